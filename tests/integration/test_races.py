"""Many at once, as often as the security page states: what comes of it is what the written rule says, each time."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from ptce_aap.database import Database
from ptce_aap.models import Answer, Conflict, Dossier, DossierPerson, Filing, JournalEntry, OutboxItem, Sheet
from ptce_aap.models.jury import received
from ptce_aap.services import invariants
from ptce_aap.services.applicants import drafts
from ptce_aap.services.applicants.stored import Given
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import deposit_letters, filing
from ptce_aap.services.jury import conflicts, marking
from tests.budgets import budget
from tests.deliberations import NOW, lay_out
from tests.filings import BASE, CLOSES, LEAST, Applicants, open_call
from tests.integration.test_attacks_races import at_once
from tests.integration.test_extensions import extend, team
from tests.integration.test_marking import finish_declaration, give, open_marking, save, whole


def broken(database: Database) -> list[str]:
    with database.reading() as session:
        return [found.name for found in invariants.check_all(session) if not found.ok]


@pytest.mark.soak
@pytest.mark.target("REL-01")
def test_deposits_of_one_dossier_at_once_are_one_deposit_one_number_one_receipt(fresh_database: Database) -> None:
    call, drawn = open_call(fresh_database), random.Random(1)
    actor = call.actor()
    for _ in range(budget("races.deposits")):
        reference, answers = call.bring(LEAST), list[tuple[int, str]]()

        def deposit(reference: str = reference, answers: list[tuple[int, str]] = answers) -> None:
            filed = fresh_database.transaction(filing.file_dossier, actor, reference, base_url=BASE, received_at=NOW)
            answers.append((filed.id, filed.sha256))

        clicks = drawn.randint(2, 50)
        assert at_once(*[deposit] * clicks) == {"done": clicks}
        assert len(set(answers)) == 1
    with fresh_database.reading() as session:
        numbers = session.scalars(select(Dossier.number)).all()
        filings = session.scalar(select(func.count()).select_from(Filing))
        lines = session.scalar(select(func.count()).where(JournalEntry.act == "dossier.filed"))
        receipts = session.scalar(select(func.count()).where(OutboxItem.kind == deposit_letters.RECEIPT))
    assert len(set(numbers)) == len(numbers) == filings == lines == receipts == budget("races.deposits")
    assert broken(fresh_database) == []


@pytest.mark.soak
@pytest.mark.target("REL-03")
def test_a_closing_put_off_at_the_moment_of_deposits_admits_exactly_those_that_follow_it(
    fresh_database: Database,
) -> None:
    call = open_call(fresh_database)
    manager, closes = team(call), CLOSES
    for _ in range(budget("races.extensions")):
        on_time, late = call.bring(LEAST), [call.bring(LEAST) for _ in range(3)]
        ends: dict[str, bool] = {}

        def deposit(reference: str, at: datetime, ends: dict[str, bool] = ends) -> Callable[[], None]:
            def act() -> None:
                ends[reference] = False
                call.file(reference, at=at)
                ends[reference] = True

            return act

        later = closes + timedelta(hours=1)
        acts = [deposit(on_time, closes - timedelta(microseconds=1))]
        acts += [deposit(reference, closes + timedelta(minutes=1)) for reference in late]
        counted = at_once(*acts, lambda at=closes, to=later: extend(call, manager, to, now=at + timedelta(seconds=30)))
        assert set(counted) <= {"done", "call_closed"}
        assert ends[on_time]  # never a refusal before the closing
        assert {one for one in late if not ends[one]} == before_extension(call, late)
        closes = later
    assert broken(fresh_database) == []


def before_extension(call: Applicants, references: list[str]) -> set[str]:
    """The rule, read in the journal: a deposit after the former closing is there only if its line follows the act's."""
    with call.database.reading() as session:
        lines = {entry.object: entry.sequence for entry in session.scalars(_lines("dossier.filed"))}
        extended = max(entry.sequence for entry in session.scalars(_lines("call.extended")))
    assert all(lines[one] > extended for one in references if one in lines)
    return {one for one in references if one not in lines}


def _lines(act: str) -> Any:
    return select(JournalEntry).where(JournalEntry.act == act, JournalEntry.call_id.is_not(None))


@pytest.mark.soak
@pytest.mark.target("REL-03")
def test_deposits_received_before_the_closing_stand_whoever_opens_the_marking_meanwhile(
    fresh_database: Database,
) -> None:
    for number in range(budget("races.closings")):
        call = open_call(fresh_database, closes=CLOSES + timedelta(seconds=number))
        manager, closes = team(call), call.call.closes_at
        on_time, late = [call.bring(LEAST) for _ in range(3)], call.bring(LEAST)

        def open_marking_now(call: Applicants = call, manager: Any = manager, closes: datetime = closes) -> None:
            fresh_database.transaction(calls.open_marking, manager, call.call.id, now=closes)

        before = closes - timedelta(microseconds=1)
        acts = [lambda one=one, call=call, at=before: call.file(one, at=at) for one in on_time]
        acts.append(lambda one=late, call=call, at=closes: call.file(one, at=at))
        assert at_once(*acts, open_marking_now) == {"done": 4, "call_closed": 1}
        with fresh_database.reading() as session:
            of_call = select(Dossier.reference).where(Dossier.call_id == call.call.id, Dossier.state == "filed")
            assert set(session.scalars(of_call)) == set(on_time)
    assert broken(fresh_database) == []


@pytest.mark.soak
@pytest.mark.target("REL-04")
def test_of_two_persons_who_save_one_answer_at_once_one_is_told_and_nothing_is_silently_lost(
    fresh_database: Database,
) -> None:
    call, path = open_call(fresh_database), "projet.resume"
    reference, pair = call.bring(LEAST), (call.actor("anne"), call.actor("bruno"))
    fresh_database.transaction(lambda session: session.add_all(_editor(session, reference, pair[1].person_id)))
    for number in range(budget("races.saves")):
        with fresh_database.reading() as session:
            dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
            shown = drafts.stored_answers(session, dossier.id).get(path, drafts.NOTHING)
        told: dict[str, tuple[str, ...]] = {}

        def write(who: Any, text: str, shown: str = shown.mark, told: dict[str, tuple[str, ...]] = told) -> None:
            given = {path: Given(text, shown=shown)}
            saved = fresh_database.transaction(drafts.save_stage, who, reference, "projet", given, now=NOW)
            told[text] = saved.conflicts

        texts = [f"{who.name} {number}" for who in pair]
        acts = [lambda who=who, text=text: write(who, text) for who, text in zip(pair, texts, strict=True)]
        assert at_once(*acts) == {"done": 2}
        winners = [text for text in texts if not told[text]]
        assert sorted(told.values()) == [(), (path,)]
        with fresh_database.reading() as session:
            stored = session.scalars(select(Answer).where(Answer.key == path)).one()
        assert (stored.value, stored.version) == (winners[0], shown.version + 1)
    assert broken(fresh_database) == []


def _editor(session: Any, reference: str, person_id: int) -> list[Any]:
    """Somebody who changes a dossier with its owner, and judges it no more than he."""
    dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
    conflict = Conflict(dossier_id=dossier.id, person_id=person_id, call_id=dossier.call_id, reason="", declared_at=NOW)
    person = DossierPerson(
        dossier_id=dossier.id,
        person_id=person_id,
        email="bruno@example.org",
        email_key="bruno@example.org",
        kind="editor",
        given="edit",
        invited_by_id=dossier.owner_id,
        invited_at=NOW,
        sent_at=NOW,
        accepted_at=NOW,
    )
    return [conflict, person]


@pytest.mark.soak
def test_a_sheet_made_final_while_its_conflict_is_declared_counts_nowhere(fresh_database: Database) -> None:
    rounds = budget("races.conflicts")
    scene = lay_out(fresh_database, [90] * rounds, readings=[0] * rounds, ranked=False)
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

        ends = at_once(end, declare)
        assert set(ends) <= {"done", "not_found"}
        with fresh_database.reading() as session:
            dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
            assert session.get(Conflict, (dossier.id, juror.person_id)) is not None
            assert session.scalars(received(call_id).where(Sheet.dossier_id == dossier.id)).all() == []
    assert broken(fresh_database) == []
