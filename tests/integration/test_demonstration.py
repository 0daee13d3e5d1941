"""The demonstration: four fictional calls, each in its phase today, spread like the real one and true to every rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from stdnum import luhn

from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.documents.specimen import specimen
from ptce_aap.domain import sheets
from ptce_aap.domain.calendar import Phase, phase
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.sheets import Entry
from ptce_aap.entry import preparation
from ptce_aap.models import (
    Assignment,
    Attachment,
    Call,
    Conflict,
    Dossier,
    JournalEntry,
    Member,
    Opinion,
    OutboxItem,
    Person,
    RankingEntry,
    RoleGrant,
    Sheet,
    Shortlist,
)
from ptce_aap.services import demonstration, invariants
from ptce_aap.services.accounts import accounts
from ptce_aap.services.bundles import making
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.journal import journal_verification
from ptce_aap.services.ranking import standings
from ptce_aap.storage import open_storage
from tests import entering
from tests.browsers import Browser, application
from tests.bundles import HOLDS, judge, judge_alone
from tests.conftest import _ENGINES, _lend
from tests.databases import Databases
from tests.personal_texts import personal_texts, told_in_the_journal

NOW = datetime(2026, 3, 12, 10, 30, tzinfo=UTC)
SECOND = Path(__file__).resolve().parents[1] / "second_call"
MARKED, OPEN, INSTRUCTION, PUBLISHED = "ptce-2015", "ptce-2015-2", "ptce-2015-3", "ptce-2015-4"


@pytest.fixture(scope="module", params=_ENGINES)
def told(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Database]:
    """A database in which the demonstration was told once."""
    for database in _lend(databases, request.param):
        database.transaction(demonstration.load, open_storage("memory:///"), now=NOW)
        yield database


@pytest.fixture
def session(told: Database) -> Iterator[Session]:
    with told.reading() as session:
        yield session


def states(session: Session, slug: str) -> dict[str, int]:
    query = select(Dossier.state, func.count()).join(Call, Call.id == Dossier.call_id).where(Call.slug == slug)
    return {row.state: row.count for row in session.execute(query.group_by(Dossier.state))}


def test_each_call_is_in_its_phase_and_says_that_it_is_fictional(session: Session) -> None:
    found = {call.slug: call for call in calls.all_calls(session)}
    phases = {slug: phase(calls.calendar_of(call), NOW) for slug, call in found.items()}
    assert phases == {
        MARKED: Phase.DELIBERATION,
        OPEN: Phase.OPEN,
        INSTRUCTION: Phase.INSTRUCTION,
        PUBLISHED: Phase.PUBLISHED,
    }
    assert all(call.fictional and "données fictives" in call.title for call in found.values())


@pytest.mark.target("SEC-37")
def test_every_chain_of_its_journal_holds_and_no_clock_goes_back(session: Session) -> None:
    report = journal_verification.verify(session)
    assert report.whole
    assert sum(chain.lines for chain in report.chains) > 1_000


def test_its_journal_names_nobody_and_quotes_nothing(session: Session) -> None:
    assert len(personal_texts(session)) > 1_000
    assert told_in_the_journal(session) == []


def test_125_dossiers_are_marked_and_30_are_in_each_other_call(session: Session) -> None:
    assert states(session, MARKED) == {"eligible": 99, "not_eligible": 26}
    assert states(session, OPEN) == {"draft": 18, "filed": 12}
    assert sum(states(session, INSTRUCTION).values()) == 30
    assert set(states(session, INSTRUCTION)) == {"eligible", "filed", "not_eligible"}
    assert states(session, PUBLISHED) == {"eligible": 24, "not_eligible": 6}


def test_dossiers_come_from_27_regions_and_half_of_them_from_five(session: Session) -> None:
    query = select(Dossier.region).join(Call, Call.id == Dossier.call_id).where(Call.slug == MARKED)
    regions = Counter(session.scalars(query))
    assert len(regions) == 27
    assert sum(count for _, count in regions.most_common(5)) == 63


def test_both_stages_and_the_range_of_requests_are_those_of_2015(session: Session) -> None:
    rows = session.execute(select(Dossier.stage, Dossier.amount_cents).where(Dossier.state != "draft")).all()
    assert len({row.stage for row in rows}) == 2
    assert all(2_600_000 <= row.amount_cents <= 29_000_000 for row in rows)
    call = calls.call_by_slug(session, MARKED)
    asked = session.scalar(
        select(func.sum(Dossier.amount_cents)).where(Dossier.call_id == call.id, Dossier.state == "eligible")
    )
    assert asked is not None
    assert call.envelope_cents == 270_000_000
    assert asked > 4 * call.envelope_cents


def test_decisions_agree_with_the_rules_and_budgets_balance(session: Session) -> None:
    for slug in (MARKED, PUBLISHED):
        call = calls.call_by_slug(session, slug)
        definition = calls.definition_of(session, call)
        for dossier in session.scalars(select(Dossier).where(Dossier.call_id == call.id)):
            answers = dossiers.answers_of(session, dossier.id, definition.questionnaire)
            evaluation = evaluate(definition, answers, submitted_at=dossier.filed_at, closes_at=call.closes_at)
            assert evaluation.errors == ()
            assert (evaluation.eligible.value == "not_met") == (dossier.state == "not_eligible")
            assert evaluation.eligible.value == dossier.computed_eligibility


def test_every_eligible_dossier_was_read_three_times_and_waits_for_its_line(session: Session) -> None:
    call = calls.call_by_slug(session, MARKED)
    ranking = standings.latest(session, call.id)
    assert ranking is not None
    entries = session.scalars(select(RankingEntry).where(RankingEntry.ranking_id == ranking.id)).all()
    assert len(entries) == 99
    assert all(entry.readings == 3 and entry.rank is not None for entry in entries)
    line = standings.line_of(session, call, ranking)
    assert line is not None
    assert 12 <= line.above <= 30
    assert (call.frozen_at, session.get(Shortlist, call.id)) == (None, None)


def test_the_published_call_has_its_shortlist(session: Session) -> None:
    call = calls.call_by_slug(session, PUBLISHED)
    shortlist = session.get_one(Shortlist, call.id)
    outcomes = Counter(entry["outcome"] for entry in shortlist.content["entries"])
    assert sum(outcomes.values()) == 24
    assert set(outcomes) >= {"selected", "reserve"}


def test_final_sheets_explain_every_mark_that_asks_for_it(session: Session) -> None:
    call = calls.call_by_slug(session, MARKED)
    definition = calls.definition_of(session, call)
    found = session.scalars(select(Sheet).where(Sheet.call_id == call.id).limit(60)).all()
    for sheet in found:
        dossier = session.get_one(Dossier, sheet.dossier_id)
        answers = dossiers.answers_of(session, dossier.id, definition.questionnaire)
        evaluation = evaluate(definition, answers, submitted_at=dossier.filed_at, closes_at=call.closes_at)
        entries = {mark.criterion: Entry(mark.half_points, mark.comment) for mark in sheet.marks}
        assert sheets.unexplained(definition.grid, evaluation, entries) == ()


def test_a_few_jurors_declared_conflicts_and_read_nothing_of_those_dossiers(session: Session) -> None:
    read = {(row.dossier_id, row.person_id) for row in session.scalars(select(Assignment))}
    conflicts = {(row.dossier_id, row.person_id) for row in session.scalars(select(Conflict))}
    assert len(conflicts) == 12
    assert not read & conflicts


def test_the_call_in_instruction_has_proposals_drafts_and_opinions(session: Session) -> None:
    call = calls.call_by_slug(session, INSTRUCTION)
    found = session.scalars(select(Opinion).where(Opinion.call_id == call.id)).all()
    given = [opinion for opinion in found if opinion.given_at is not None]
    assert 0 < len(given) < len(found) < 30


def test_every_region_has_its_correspondent_and_twelve_jurors_sit_on_seven_seats(session: Session) -> None:
    call = calls.call_by_slug(session, MARKED)
    grants = session.scalars(select(RoleGrant).where(RoleGrant.call_id == call.id)).all()
    assert len({grant.region for grant in grants if grant.role == "correspondent"}) == 27
    jurors = [grant for grant in grants if grant.role == "juror"]
    assert (len(jurors), len({grant.seat for grant in jurors})) == (12, 7)


def test_one_account_a_role_has_a_password_and_it_opens_a_session(told: Database) -> None:
    with told.reading() as session:
        shown = accounts.demo_accounts(session)
        signed = session.scalar(select(func.count()).where(Person.password_hash.is_not(None)))
    assert [account.role for account in shown] == [
        "Candidature",
        "Correspondance ESS de l’État",
        "Jury",
        "Présidence du jury",
        "Équipe de l’appel",
        "Équipe de l’appel",  # what takes two persons is done from this page too
        "Audit",
    ]
    assert signed == len(shown)
    assert all(told.transaction(entering.sign_in, one.email, "demonstration", now=NOW) for one in shown)


def test_nobody_real_can_be_reached_or_recognised(session: Session) -> None:
    assert all(email.endswith("example.org") for email in session.scalars(select(Person.email)))
    numbers = [*session.scalars(select(Member.siren)), *session.scalars(select(Dossier.carrier_siren))]
    known = [number for number in numbers if number is not None]
    assert len(known) > 1_000
    assert all(number.startswith("000") and luhn.is_valid(number) for number in known)


def test_names_and_summaries_are_all_different(session: Session) -> None:
    titles = session.scalars(select(Dossier.title)).all()
    assert len(titles) == len(set(titles)) == 215
    call = calls.call_by_slug(session, MARKED)
    definition = calls.definition_of(session, call)
    path = definition.sheet.projection.summary
    summaries = [
        dossiers.value_at(dossiers.answers_of(session, number, definition.questionnaire), path)
        for number in session.scalars(select(Dossier.id).where(Dossier.call_id == call.id))
    ]
    assert len(summaries) == len(set(summaries)) == 125


def test_the_applicant_has_a_draft_and_a_deposit_whose_receipts_are_owed(session: Session) -> None:
    applicant = session.scalars(select(Person).where(Person.email == "candidature@example.org")).one()
    owned = session.scalars(select(Dossier.state).where(Dossier.owner_id == applicant.id)).all()
    assert owned.count("draft") == 1
    assert len(owned) == 5
    owed = session.scalars(select(OutboxItem.kind).where(OutboxItem.kind != "corrected")).all()
    assert owed == ["receipt"] * 4


def test_every_piece_is_a_specimen_that_can_be_opened(session: Session, tmp_path: Path) -> None:
    storage = open_storage(f"file://{tmp_path}")
    expected = storage.put(BytesIO(specimen("Statuts du porteur", calls.call_by_slug(session, MARKED).title)))
    kept = {(row.sha256, row.size) for row in session.scalars(select(Attachment))}
    assert len(kept) == 6
    assert (expected.digest, expected.size) in kept


def test_the_journal_of_each_call_is_in_the_order_of_time(session: Session) -> None:
    for call in calls.all_calls(session):
        query = select(JournalEntry.at).where(JournalEntry.call_id == call.id).order_by(JournalEntry.sequence)
        instants = session.scalars(query).all()
        assert list(instants) == sorted(instants)
        assert instants[-1] <= NOW


def test_every_invariant_holds(session: Session) -> None:
    assert [finding for finding in invariants.check_all(session) if not finding.ok] == []


def test_a_call_can_be_filled_with_as_many_dossiers_as_one_likes(fresh_database: Database) -> None:
    def fill(session: Session) -> int:
        call = calls.open_call(session, calls.SYSTEM, load_call("ptce-2015"), now=NOW)
        demonstration.generate(session, call, 60, readings=2, now=NOW)
        return call.id

    call_id = fresh_database.transaction(fill)
    with fresh_database.reading() as session:
        ranking = standings.latest(session, call_id)
        assert ranking is not None
        readings = session.scalars(select(RankingEntry.readings).where(RankingEntry.ranking_id == ranking.id)).all()
        assert len(readings) >= 45
        assert set(readings) == {2}
        assert [finding for finding in invariants.check_all(session) if not finding.ok] == []


def test_a_call_of_another_shape_is_told_from_its_own_recipes(fresh_database: Database) -> None:
    def fill(session: Session) -> int:
        call = calls.open_call(session, calls.SYSTEM, load_call("fabriques-2016", SECOND), now=NOW)
        demonstration.generate(session, call, 20, now=NOW, operator=SECOND)
        return call.id

    call_id = fresh_database.transaction(fill)
    with fresh_database.reading() as session:
        ranking = standings.latest(session, call_id)
        assert ranking is not None
        entries = session.scalars(select(RankingEntry).where(RankingEntry.ranking_id == ranking.id)).all()
        assert [entry.readings for entry in entries] == [3] * 16
        assert [finding for finding in invariants.check_all(session) if not finding.ok] == []


def test_the_demonstration_is_told_once_and_kept(tmp_path: Path) -> None:
    settings = load_settings({}, instance=tmp_path / "demo", demo=True)

    def references() -> list[str]:
        database = Database(settings.database_url)
        with database.reading() as session:
            found = sorted(session.scalars(select(Dossier.reference)))
        database.dispose()
        return found

    preparation.prepare(settings)
    first = references()
    preparation.prepare(settings)
    assert len(first) == 215
    assert references() == first


def test_told_again_the_same_day_it_is_the_same(told: Database, sqlite_database: Database) -> None:
    def fingerprint(session: Session) -> list[tuple[object, ...]]:
        query = select(Dossier.reference, Dossier.title, Dossier.state, RankingEntry.total_shown)
        query = query.outerjoin(RankingEntry, RankingEntry.dossier_id == Dossier.id).order_by(Dossier.reference)
        return [tuple(row) for row in session.execute(query)]

    sqlite_database.transaction(demonstration.load, open_storage("memory:///"), now=NOW)
    with told.reading() as first, sqlite_database.reading() as second:
        assert fingerprint(first) == fingerprint(second)


ROOMS = {
    "candidature@example.org": "/candidature",
    "correspondance@example.org": f"/correspondant/{INSTRUCTION}",
    "jury@example.org": f"/jury/{MARKED}",
    "presidence@example.org": f"/pilotage/{MARKED}/classement",
    "equipe@example.org": f"/pilotage/{MARKED}",
    "audit@example.org": f"/pilotage/{PUBLISHED}/journal",
}


def test_every_role_of_the_sign_in_page_finds_its_room(told: Database, tmp_path: Path) -> None:
    app = application(told, tmp_path)
    for email, room in ROOMS.items():
        page = Browser(app, told, email).get(room)
        assert page.status_code == 200


@pytest.mark.parametrize("slug", [MARKED, PUBLISHED])
def test_the_bundles_of_its_calls_hold_for_both_verifiers(told: Database, tmp_path: Path, slug: str) -> None:
    with told.reading() as session:
        call_id = calls.call_by_slug(session, slug).id
    sealed = told.transaction(making.seal, calls.SYSTEM, call_id, now=NOW)
    with told.reading() as session:
        (tmp_path / "a.zip").write_bytes(making.written(session, sealed))
    assert (judge(tmp_path / "a.zip"), judge_alone(tmp_path / "a.zip")) == (HOLDS, HOLDS)
