"""The bundle of a call as it is: both verifiers find that it holds, it tells no name, and not everybody has it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.domain.bundles import layout
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.jobs import run
from ptce_aap.jobs.context import open_context
from ptce_aap.models import Call, Dossier, JournalEntry, Mark, OutboxItem, Person, Sheet
from ptce_aap.services.bundles import making
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.ranking import deliberation, standings
from ptce_aap.services.retention import erasing
from ptce_aap.services.selection import amounts, exports
from ptce_aap.services.selection.exports import What
from tests.bundles import HOLDS, judge, judge_alone
from tests.deliberations import NOW, Scene, add_dossier, lay_out, tell_the_past
from tests.integration.test_departures import decide
from tests.integration.test_discussion import criteria, revise, sheet_of

COMMENT, REASON = "Un commentaire à taire", "Le motif à taire"
SECRETS = ("Pôle 00", "Porteur 99", "Membre 0", "Personne ", "@example.org", COMMENT, REASON)


def worked_over(database: Database) -> Scene:
    """Lay out a call with everything: ties, a vote on the line, departures, a conflict, a withdrawal, revised marks."""
    scene = lay_out(
        database, (90, 80, 80, 70, 60, 50), amounts=(1_000_000,) * 6, readings=(3, 2, 2, 2, 1, 2), ranked=True
    )
    database.transaction(_withdraw_one, scene)
    database.transaction(_comment, scene)
    tell_the_past(scene)
    database.transaction(_declare, scene, "juror-3", 0)
    team, chair, call_id = scene.actor("team"), scene.actor("chair"), scene.call_id()
    database.transaction(deliberation.compute_again, team, call_id, now=NOW)
    database.transaction(deliberation.admit, chair, call_id, scene.dossiers[4], REASON, now=NOW)
    revise(scene, sheet_of(scene, 3, "juror-1"), {criteria(scene)[0]: 10}, reason=REASON)
    _require_a_tie_on_the_line(scene)
    order = [scene.dossiers[2], scene.dossiers[1]]
    database.transaction(deliberation.record_tie_vote, chair, call_id, order, REASON, now=NOW)
    decide(scene, 5, 2, reason=REASON)
    decide(scene, 3, None, reason=REASON)
    database.transaction(amounts.propose, chair, call_id, scene.dossiers[0], 50_000_000, REASON, version=0, now=NOW)
    return scene


def _withdraw_one(session, scene: Scene) -> None:
    owner = session.scalars(select(Person).where(Person.email_key == scene.emails["applicant-2"])).one()
    add_dossier(session, scene.call(session), owner, 77, 10_000).state = "withdrawn"


def _comment(session, scene: Scene) -> None:
    session.execute(update(Mark).values(comment=COMMENT))


def _declare(session, scene: Scene, name: str, dossier: int) -> None:
    from ptce_aap.services.jury import conflicts

    conflicts.declare(session, scene.actor(name), scene.call(session).id, scene.dossiers[dossier], REASON, now=NOW)


def _require_a_tie_on_the_line(scene: Scene) -> None:
    with scene.database.reading() as session:
        line = standings.line_of(session, scene.call(session))
        assert line is not None
        assert {one.reference for one in line.tied} == set(scene.dossiers[1:3])


def bundle_of(scene: Scene) -> bytes:
    sealed = scene.database.transaction(making.seal, scene.actor("auditor"), scene.call_id(), now=NOW)
    with scene.database.reading() as session:
        return making.written(session, sealed)


def acts(scene: Scene) -> list[str]:
    with scene.database.reading() as session:
        return list(session.scalars(select(JournalEntry.act).order_by(JournalEntry.sequence)))


@pytest.fixture(scope="module")
def scene(database: Database) -> Scene:
    return worked_over(database)


@pytest.mark.target("SEC-37")
def test_a_call_with_everything_holds_for_both_verifiers_and_the_same_state_is_the_same_bytes(
    scene: Scene, tmp_path: Path
) -> None:
    sealed = scene.database.transaction(making.seal, scene.actor("auditor"), scene.call_id(), now=NOW)
    with scene.database.reading() as session:
        first, again = making.written(session, sealed), making.written(session, sealed)
    assert first == again
    (tmp_path / "a.zip").write_bytes(first)
    assert (judge(tmp_path / "a.zip"), judge_alone(tmp_path / "a.zip")) == (HOLDS, HOLDS)
    # Made again, it differs by the line of the journal that says who made it, and by what follows from it.
    assert differing(first, bundle_of(scene)) == {layout.JOURNAL, layout.HEAD, layout.MANIFEST}
    assert acts(scene)[-2:] == ["bundle.sealed", "bundle.sealed"]


def differing(first: bytes, second: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(first)) as one, zipfile.ZipFile(io.BytesIO(second)) as other:
        assert one.namelist() == other.namelist()
        return {name for name in one.namelist() if one.read(name) != other.read(name)}


def test_a_bundle_holds_neither_a_name_nor_a_text(scene: Scene) -> None:
    held = _everything_stored(scene)
    assert [secret for secret in SECRETS if secret not in held] == []  # they could leak
    with zipfile.ZipFile(io.BytesIO(bundle_of(scene))) as archive:
        told = {
            name: archive.read(name).decode() for name in archive.namelist() if not name.startswith(layout.place_of(""))
        }
    assert [(secret, name) for secret in SECRETS for name, text in told.items() if secret in text] == []


def _everything_stored(scene: Scene) -> str:
    with scene.database.reading() as session:
        tables = [table for table in Person.metadata.sorted_tables if table.name != "definition_source"]
        return "\n".join(str(row) for table in tables for row in session.execute(select(table)))


def test_a_mark_changed_in_the_database_after_the_ranking_is_found(sqlite_database: Database, tmp_path: Path) -> None:
    scene = lay_out(sqlite_database, (90, 80))
    tell_the_past(scene)

    def change(session) -> None:
        sheet = session.scalars(select(Sheet).where(Sheet.reference == sheet_of(scene, 1, "juror-1"))).one()
        sheet.marks[0].half_points = 3

    scene.database.transaction(change)
    (tmp_path / "a.zip").write_bytes(bundle_of(scene))
    for found in (judge(tmp_path / "a.zip"), judge_alone(tmp_path / "a.zip")):
        assert (found.status, found.file) == (1, layout.MARKS)


def test_team_and_auditor_may_have_a_bundle_and_nobody_in_conflict_even_once_published(
    sqlite_database: Database,
) -> None:
    scene = lay_out(sqlite_database, (90, 80))

    def refusal(name: str) -> str:
        with sqlite_database.reading() as session:
            try:
                exports.require_right(session, scene.actor(name), scene.call(session), What.BUNDLE)
            except RuleViolation as violation:
                return violation.code
        return ""

    told = {name: refusal(name) for name in ("team", "auditor", "chair", "juror-1", "correspondent", "applicant")}
    assert [name for name, code in told.items() if not code] == ["team", "auditor"]
    assert set(told.values()) == {"", "not_allowed"}
    scene.declare_conflict("auditor", scene.dossiers[1])
    assert refusal("auditor") == "deport"
    sqlite_database.transaction(lambda session: session.execute(update(Call).values(frozen_at=NOW, published_at=NOW)))
    assert (refusal("auditor"), refusal("team")) == ("deport", "")


def test_there_is_no_bundle_before_the_marking_is_closed(sqlite_database: Database) -> None:
    scene = lay_out(sqlite_database, (90, 80), ranked=False)
    with sqlite_database.reading() as session, pytest.raises(RuleViolation) as refused:
        exports.require_right(session, scene.actor("team"), scene.call(session), What.BUNDLE)
    assert refused.value.code == "marking_not_closed"


@pytest.mark.target("SEC-10")
def test_the_archive_asked_for_from_the_page_is_made_by_a_job_whose_rights_are_checked_again(
    settings: Settings, sqlite_database: Database, tmp_path: Path
) -> None:
    scene = lay_out(sqlite_database, (90, 80))
    tell_the_past(scene)
    context = open_context(settings, sqlite_database)
    sqlite_database.transaction(lambda session: session.execute(delete(OutboxItem)))  # ranks that nobody waits for

    def ask() -> str:
        with sqlite_database.reading() as session:
            call = scene.call(session)
        return sqlite_database.transaction(exports.request, scene.actor("auditor"), call, What.BUNDLE, "zip", now=NOW)

    reference = ask()
    run.drain(context)
    with sqlite_database.reading() as session:
        file = exports.take(session, scene.actor("auditor"), scene.call(session), reference, now=NOW)
    assert (file.filename, file.media_type) == ("archive-ptce-2015.zip", "application/zip")
    with context.storage.open(file.digest) as stream:
        (tmp_path / "a.zip").write_bytes(stream.read())
    assert (judge(tmp_path / "a.zip"), judge_alone(tmp_path / "a.zip")) == (HOLDS, HOLDS)

    late = ask()
    scene.declare_conflict("auditor", scene.dossiers[0])
    before = acts(scene).count("bundle.sealed")
    run.drain(context)
    assert acts(scene).count("bundle.sealed") == before
    with sqlite_database.reading() as session, pytest.raises(RuleViolation):
        exports.take(session, scene.actor("auditor"), scene.call(session), late, now=NOW)


@pytest.mark.target("SEC-41")
def test_a_bundle_made_after_dossiers_were_erased_holds_for_both_verifiers(
    sqlite_database: Database, tmp_path: Path
) -> None:
    scene = lay_out(sqlite_database, (90, 80, 70))
    tell_the_past(scene)
    before = bundle_of(scene)

    def erase(session) -> None:
        found = session.scalars(select(Dossier.id).where(Dossier.reference.in_(scene.dossiers[1:])))
        erasing.erase_dossiers(session, SYSTEM, list(found), why="not_selected", now=NOW)

    sqlite_database.transaction(erase)
    after = bundle_of(scene)
    assert acts(scene).count("dossier.erased") == 2
    for content in (before, after):
        (tmp_path / "a.zip").write_bytes(content)
        assert (judge(tmp_path / "a.zip"), judge_alone(tmp_path / "a.zip")) == (HOLDS, HOLDS)
    told = [zipfile.ZipFile(io.BytesIO(content)) for content in (before, after)]
    assert told[0].read("dossiers.json") == told[1].read("dossiers.json"), "numbers and digests stay"
