"""Attacks by hurry: many at once on one dossier, one account, one list."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Actor
from ptce_aap.models import (
    Conflict,
    Dossier,
    Filing,
    JournalEntry,
    OutboxItem,
    ProposedAct,
    ProposedActEnd,
    Sheet,
    Shortlist,
)
from ptce_aap.models.jury import received
from ptce_aap.services.deposits import deposit_letters, filing, results
from ptce_aap.services.jury import conflicts, marking
from ptce_aap.services.selection import shortlists
from tests.budgets import budget
from tests.deliberations import NOW, invite_on_every_call, lay_out
from tests.filings import CLOSES, LEAST, open_call
from tests.integration.test_marking import finish_declaration, give, open_marking, save, whole
from tests.two_persons import BASE, confirm, list_shown


def at_once(*acts: Callable[[], Any]) -> Counter[str]:
    """Do all these acts at the same moment; return how many ended in each way."""
    ready, ends = threading.Barrier(len(acts)), []

    def run(act: Callable[[], Any]) -> None:
        ready.wait()
        try:
            act()
            ends.append("done")
        except RuleViolation as refusal:
            ends.append(refusal.code)
        except Exception as error:
            ends.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(ends)


@pytest.mark.target("REL-01")
def test_fifty_deposits_of_one_dossier_at_once_make_one_filing_and_owe_its_effects_once(
    fresh_database: Database,
) -> None:
    call = open_call(fresh_database)
    reference = call.bring(LEAST)
    actor = call.actor()

    def count(model: Any, *where: Any) -> int:
        with fresh_database.reading() as session:
            return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    mails = count(OutboxItem, OutboxItem.kind == "mail")
    numbers = []

    def deposit() -> None:
        filed = fresh_database.transaction(filing.file_dossier, actor, reference, base_url=BASE, received_at=NOW)
        numbers.append(filed.sha256)

    assert at_once(*[deposit] * 50) == {"done": 50}
    assert len(set(numbers)) == 1
    assert count(Filing) == 1
    assert count(JournalEntry, JournalEntry.act == "dossier.filed") == 1
    assert count(OutboxItem, OutboxItem.kind == deposit_letters.RECEIPT) == 1
    assert count(OutboxItem, OutboxItem.kind == "mail") == mails + 2  # the account's address and the contact's


@pytest.mark.target("REL-02")
def test_the_last_instant_is_on_time_and_the_closing_is_not(fresh_database: Database) -> None:
    call = open_call(fresh_database)
    on_time, late = call.bring(LEAST), call.bring(LEAST)
    call.file(on_time, at=CLOSES - timedelta(microseconds=1))
    with pytest.raises(RuleViolation, match="call_closed"):
        call.file(late, at=CLOSES)
    with fresh_database.reading() as session:
        states = dict(session.execute(select(Dossier.reference, Dossier.state)).all())
    assert states == {on_time: "filed", late: "draft"}


@pytest.mark.soak
def test_two_who_confirm_at_once_do_the_act_once(fresh_database: Database) -> None:
    for number in range(1, 1 + budget("races.confirmations")):
        _confirmed_by_many(fresh_database, f"-{number}")
        with fresh_database.reading() as session:
            assert session.scalar(select(func.count()).select_from(Shortlist)) == number
            assert session.scalar(select(func.count()).select_from(ProposedActEnd)) == 2 * number
            told = select(OutboxItem).where(OutboxItem.kind == results.KIND)
            assert len(session.scalars(told).all()) == number


def _confirmed_by_many(database: Database, suffix: str) -> None:
    """Freeze, then publish, the list of a call of its own, by two who confirm several times at the same moment."""
    scene = lay_out(database, (90, 80, 70), suffix=suffix)
    team, chair, call_id = scene.actor("team"), scene.actor("chair"), scene.call_id()
    scene.emails["other chair"] = f"autre-presidence{suffix}@example.org"
    invite_on_every_call(database, scene.emails["other chair"], "chair")
    other = scene.actor("other chair")
    seen = list_shown(database, team, call_id).seen

    def answer(actor: Actor, act: ProposedAct) -> Callable[[], Any]:
        return lambda: confirm(database, actor, act, now=NOW)

    proposing = {"base_url": BASE, "now": NOW}
    act = database.transaction(shortlists.propose_freezing, team, call_id, seen, **proposing)
    assert at_once(*[answer(other, act), answer(chair, act)] * 3) == {"done": 1, "act_ended": 5}
    act = database.transaction(shortlists.propose_publication, team, call_id, **proposing)
    assert at_once(*[answer(other, act), answer(scene.actor("team-2"), act)] * 2) == {"done": 1, "act_ended": 3}


def test_a_sheet_made_final_and_a_conflict_declared_at_once_never_leave_a_sheet_that_counts(
    fresh_database: Database,
) -> None:
    scene = lay_out(fresh_database, (90, 80, 70, 60), readings=(0, 0, 0, 0), ranked=False)
    open_marking(scene)
    give(scene, "juror-1", scene.dossiers)
    finish_declaration(scene, "juror-1")
    juror, call_id = scene.actor("juror-1"), scene.call_id()
    for reference in scene.dossiers:
        version = save(scene, reference, whole(scene))

        def end(reference: str = reference, version: int = version) -> None:
            fresh_database.transaction(marking.make_final, juror, call_id, reference, version=version, now=NOW)

        def declare(reference: str = reference) -> None:
            fresh_database.transaction(conflicts.declare, juror, call_id, reference, "Un lien.", now=NOW)

        ends = at_once(end, declare, end, declare)
        assert set(ends) <= {"done", "sheet_is_final", "already_done", "not_found"}
        with fresh_database.reading() as session:
            found = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
            assert session.get(Conflict, (found.id, juror.person_id)) is not None
            assert session.scalars(received(call_id).where(Sheet.dossier_id == found.id)).all() == []
