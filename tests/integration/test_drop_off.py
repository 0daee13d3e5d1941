"""The share of drafts that become deposits, and the stage where the others stopped, on both engines."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.models import Conflict, Dossier
from ptce_aap.models.visibility import counted_for
from ptce_aap.services.applicants import drafts, drop_off
from ptce_aap.services.applicants.stored import NOTHING, Given, Unread
from ptce_aap.services.calls import calls
from tests.filings import COMPLETE, LEAST, NOW, Applicants, open_call, statements


@pytest.fixture
def call(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


def read(call: Applicants, reader: str = "chloe") -> drop_off.DropOff:
    counted = counted_for(call.actor(reader).person_id, call.call)
    with call.database.reading() as session:
        return drop_off.read(session, counted, calls.definition_of(session, call.call))


def write(call: Applicants, reference: str, path: str, value: Any) -> None:
    """Save an answer a minute after the dossier was started."""
    mark = NOTHING.mark
    stage, at = path.partition(".")[0], NOW + timedelta(minutes=1)
    given = {path: Given(value, shown=mark)}
    saved = call.database.transaction(drafts.save_stage, call.actor(), reference, stage, given, now=at)
    assert saved.conflicts == ()


def stops(found: drop_off.DropOff) -> dict[str, int]:
    return {stop.label: stop.drafts for stop in found.stops}


def test_drafts_stop_at_the_last_stage_written_and_the_complete_ones_apart(call: Applicants) -> None:
    found = read(call)
    assert (found.whole.started, found.whole.share, found.stops, found.most) == (0, None, (), None)
    call.start()
    two = call.start()
    write(call, two, "projet.resume", "Un résumé")
    write(call, two, "identification.nom_pole", "Un pôle")
    write(call, call.start(), "territoire.besoins", "Des besoins")
    # What could not be read was written all the same.
    reference = call.start()
    unread = Unread("territoire.besoins", "x", "illisible")
    at = NOW + timedelta(minutes=1)
    given = {"territoire.besoins": Given(None, (unread,), NOTHING.mark)}
    call.database.transaction(drafts.save_stage, call.actor(), reference, "territoire", given, now=at)
    # What a dossier was given when it was started is not written by hand: the self-test, a file.
    call.bring({"pieces": LEAST["pieces"]})
    call.bring(COMPLETE)
    call.file(call.bring(LEAST))
    found = read(call)
    assert stops(found) == {
        "Rien d’écrit": 2,
        "Territoire et besoins": 2,
        "Projet et stratégie": 1,
        "Rien d’obligatoire ne manque": 1,
    }
    assert (found.most.label, found.most.stage) == ("Rien d’écrit", None)
    assert (found.whole.filed, found.whole.started) == (1, 7)


def test_few_dossiers_have_counts_and_no_share(call: Applicants) -> None:
    for number in range(9):
        reference = call.bring({**LEAST, "identification": {**LEAST["identification"], "region": "94"}})
        if number < 3:
            call.file(reference)
    found = read(call)
    assert (found.whole.filed, found.whole.started, found.whole.share) == (3, 9, None)
    call.bring({})
    found = read(call)
    assert found.whole.share == Fraction(3, 10)
    assert [(one.name, one.started, one.filed, one.share) for one in found.regions] == [
        ("Corse", 9, 3, None),
        ("", 1, 0, None),
    ]


def test_a_dossier_in_conflict_counts_in_nothing_and_two_statements_tell_it_at_any_size(call: Applicants) -> None:
    hidden, *_ = [call.bring(LEAST) for _ in range(4)]
    reader, sizes = call.actor("bruno").person_id, []

    def declare(session: Session) -> None:
        dossier = session.scalars(select(Dossier).where(Dossier.reference == hidden)).one()
        conflict = Conflict(dossier_id=dossier.id, person_id=reader, call_id=call.call.id, declared_at=NOW)
        session.add(conflict)

    assert read(call, "bruno").whole.started == 4
    call.database.transaction(declare)
    for more in (0, 20):
        for _ in range(more):
            call.bring(LEAST)
        with statements(call.database) as sent:
            found = read(call, "bruno")
        assert found.whole.started == sum(stop.drafts for stop in found.stops) == 3 + more
        sizes.append(len([statement for statement in sent if statement.startswith("SELECT")]))
    assert sizes == [2, 2]
