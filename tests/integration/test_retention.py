"""What is kept goes at its date, not a day before; what proves a decision stays; nothing goes without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ptce_aap import cli, clock
from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.retention import Duration, Durations, Kept
from ptce_aap.models import (
    Answer,
    Dossier,
    Filing,
    InboxItem,
    Job,
    MailMessage,
    OutboxItem,
    Person,
    PersonToken,
    ReadingPlan,
    RetentionReport,
    SignIn,
    TableUpload,
)
from ptce_aap.services import invariants
from ptce_aap.services.journal import journal_verification
from ptce_aap.services.retention import rounds
from ptce_aap.services.running import outbox
from tests.deliberations import NOW, Scene, lay_out

DEFAULT = Durations()
DAY = timedelta(days=1)


def round_at(database: Database, at: datetime, durations: Durations = DEFAULT, *, dry: bool = False) -> rounds.Report:
    """Do one round at an instant."""
    return database.transaction(rounds.run, durations, now=at, dry=dry)


def sound(database: Database) -> None:
    """Every invariant holds, and the chain of the journal."""
    with database.reading() as session:
        assert [one for one in invariants.check_all(session) if not one.ok] == []
        assert journal_verification.verify(session).whole


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """A published call: two laureates, three that are not; a draft, and a person who never came back."""
    scene = lay_out(fresh_database, amounts=(1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000))
    scene.freeze()
    scene.publish()
    fresh_database.transaction(_leave_traces, scene.call_id())
    return scene


def _leave_traces(session: Session, call_id: int) -> None:
    """Everything that other classes hold, of this instant."""
    person = Person(email="partie@example.org", email_key="partie@example.org", name="Partie", created_at=NOW)
    session.add(person)
    session.flush()
    draft = Dossier(call_id=call_id, owner_id=1, created_at=NOW, saved_at=NOW)
    session.add(draft)
    session.flush()
    session.add(Answer(dossier_id=draft.id, key="q", value="brouillon", author_id=1, at=NOW))
    session.add(SignIn(digest="a", person_id=1, created_at=NOW, seen_at=NOW, expires_at=NOW, proved_at=NOW))
    session.add(PersonToken(digest="b", person_id=1, purpose="reset", expires_at=NOW))
    left = outbox.emit(session, "mail", {}, at=NOW)
    item = session.get_one(OutboxItem, left)
    item.done_at = NOW
    session.add(InboxItem(handler="mail", outbox_id=left, done_at=NOW))
    session.add(MailMessage(outbox_id=left, subject="Un objet", sent_at=NOW))
    refused = session.get_one(OutboxItem, outbox.emit(session, "mail", {"to": "x@example.org"}, at=NOW))
    refused.done_at, refused.last_error = NOW, "refused by the server (550)"
    session.add(InboxItem(handler="mail", outbox_id=refused.id, done_at=NOW))
    session.add(
        Job(requester_id=1, kind="export.marks", params={}, state="failed", error="x", created_at=NOW, finished_at=NOW)
    )
    session.add(TableUpload(dossier_id=draft.id, key="q", person_id=1, filename="t.csv", content={}, at=NOW))
    session.add(ReadingPlan(call_id=call_id, asked_by_id=1, asked_at=NOW, settings={}))


def _closing(scene: Scene) -> datetime:
    with scene.database.reading() as session:
        return scene.call(session).closes_at


EXPECTED: dict[Kept, tuple[Callable[[Scene], datetime], int]] = {
    Kept.TABLES: (lambda _: NOW + DAY, 1),
    Kept.EXPORTS: (lambda _: NOW + 2 * DAY, 1),
    Kept.REFUSED_LETTERS: (lambda _: NOW + 30 * DAY, 1),
    Kept.SIGN_INS: (lambda _: NOW + 30 * DAY, 2),
    Kept.DRAFTS: (lambda scene: Duration(months=3).after(_closing(scene)), 1),
    Kept.LETTERS: (lambda _: Duration(months=12).after(NOW), 1),
    Kept.SIMULATIONS: (lambda _: Duration(months=12).after(NOW), 1),
    Kept.NOT_SELECTED: (lambda _: Duration(months=24).after(NOW), 0),
    Kept.ACCOUNTS: (lambda _: Duration(months=36).after(NOW), 1),
    Kept.LAUREATES: (lambda _: Duration(months=120).after(NOW), 0),
}


@pytest.mark.target("SEC-42")
def test_over_ten_years_each_class_goes_at_its_date_and_a_second_round_finds_nothing(scene: Scene) -> None:
    database = scene.database
    gone: dict[Kept, datetime] = {}
    counted: dict[Kept, int] = {}
    days = sorted({day(scene) + shift for day, _ in EXPECTED.values() for shift in (-DAY, DAY)})
    for at in days:
        told = round_at(database, at, dry=True).counts
        report = round_at(database, at)
        assert report.counts == told
        for kept, count in report.counts.items():
            if count:
                gone.setdefault(kept, at)
                counted[kept] = counted.get(kept, 0) + count
        assert round_at(database, at).total == 0
    for kept, (day, least) in EXPECTED.items():
        assert abs(gone[kept] - day(scene)) <= DAY, kept
        assert counted[kept] >= max(least, 1), kept
    assert counted[Kept.LAUREATES] + counted[Kept.NOT_SELECTED] == len(scene.dossiers)
    sound(database)
    with database.reading() as session:
        kept_reports = session.scalars(select(RetentionReport)).all()
        assert sum(one.content["total"] for one in kept_reports) == sum(counted.values())


def test_an_erased_dossier_keeps_its_number_its_digest_and_its_place_and_nothing_else(scene: Scene) -> None:
    database = scene.database
    with database.reading() as session:
        before = session.execute(select(Filing.sha256).order_by(Filing.id)).scalars().all()
        snapshots = session.scalars(select(Filing.snapshot)).all()
        titles = session.scalars(select(Dossier.title).where(Dossier.number.is_not(None))).all()
    assert all(snapshots)
    assert all(titles)
    round_at(database, NOW + 3660 * DAY)
    with database.reading() as session:
        assert session.execute(select(Filing.sha256).order_by(Filing.id)).scalars().all() == before
        assert set(session.scalars(select(Filing.snapshot))) == {""}
        assert session.scalar(select(func.count()).select_from(Answer)) == 0
        assert set(session.scalars(select(Dossier.title))) == {"Dossier effacé"}
        assert session.scalar(select(func.count()).where(Dossier.number.is_not(None))) == len(scene.dossiers)
        assert session.scalar(text("SELECT count(*) FROM ranking_entry")) == len(scene.dossiers)
    sound(database)


def test_a_deposit_is_not_blanked_while_its_dossier_stands(scene: Scene) -> None:
    for statement in (
        "UPDATE filing SET snapshot = ''",
        "UPDATE filing SET sha256 = sha256 || ''  , sequence = sequence + 1",
        "DELETE FROM filing",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            scene.database.transaction(lambda session, sql=statement: session.execute(text(sql)))


def test_what_is_erased_can_only_become_blank(scene: Scene) -> None:
    round_at(scene.database, NOW + 3660 * DAY)
    for statement in ("UPDATE filing SET snapshot = 'autre'", "DELETE FROM filing", "DELETE FROM erasure"):
        with pytest.raises(DBAPIError, match="append-only"):
            scene.database.transaction(lambda session, sql=statement: session.execute(text(sql)))


def test_nothing_of_a_suspended_call_goes_and_a_call_may_have_its_own_duration(scene: Scene) -> None:
    late = NOW + 3660 * DAY
    held = Durations(held=frozenset({scene.slug}))
    assert not {Kept.DRAFTS, Kept.NOT_SELECTED, Kept.LAUREATES} & {
        kept for kept, count in round_at(scene.database, late, held, dry=True).counts.items() if count
    }
    longer = Durations(of_calls={scene.slug: {Kept.LAUREATES: Duration(months=240)}})
    assert not round_at(scene.database, late, longer, dry=True).counts.get(Kept.LAUREATES)
    assert round_at(scene.database, late, dry=True).counts[Kept.LAUREATES]


@pytest.mark.parametrize("wrong", [Durations(held=frozenset({"litgie"})), Durations(of_calls={"litgie": {}})])
def test_nothing_goes_while_a_suspended_call_is_one_that_nobody_knows(scene: Scene, wrong: Durations) -> None:
    with pytest.raises(RuleViolation, match="erasures_call_unknown") as refused:
        round_at(scene.database, NOW + 3660 * DAY, wrong)
    assert refused.value.facts == {"call": "litgie"}


def test_a_call_that_is_never_published_is_taken_for_abandoned_two_years_after_its_closing(
    fresh_database: Database,
) -> None:
    scene = lay_out(fresh_database, (90, 80), ranked=False)
    closing = _closing(scene)
    day = Duration(months=48).after(closing)
    assert not round_at(fresh_database, day - DAY).counts.get(Kept.NOT_SELECTED)
    assert round_at(fresh_database, day + DAY).counts[Kept.NOT_SELECTED] == 2
    sound(fresh_database)


def test_an_account_that_nobody_uses_goes_unless_it_decided_something_or_has_a_dossier(scene: Scene) -> None:
    round_at(scene.database, NOW + 1200 * DAY)
    with scene.database.reading() as session:
        left = set(session.scalars(select(Person.email).where(Person.active)))
    assert "partie@example.org" not in left
    laureate = scene.emails["applicant"]
    assert {laureate, *(scene.emails[name] for name in ("team", "chair", "juror-1"))} <= left


def test_the_command_counts_then_erases_and_lists_by_reference(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PTCE_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("PTCE_DATABASE_URL", scene.database.url)
    monkeypatch.setattr(clock, "now", lambda: NOW + 3660 * DAY)
    assert cli.run(["retention", "--dry-run"]) == 0
    assert "à effacer" in capsys.readouterr().out
    assert cli.run(["retention", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] > len(scene.dossiers)
    assert cli.run(["retention"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Total : 0 effacés."
    assert cli.run(["retention", "--erasures"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert set(scene.dossiers) < {one["object"] for one in listed}
