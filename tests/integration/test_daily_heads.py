"""The heads of the journal: one a day, signed, sent outside; what they find that the database alone cannot."""

from __future__ import annotations

import json
import stat
import subprocess
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.config import BadSettings, load_settings
from ptce_aap.database import Database
from ptce_aap.domain.daily_heads import ChainHead, Head, content_of, root_of
from ptce_aap.domain.journal_chain import FIRST, Break, Fault, digest_of
from ptce_aap.jobs import journal as journal_job
from ptce_aap.jobs import run
from ptce_aap.jobs.context import JobContext, open_context
from ptce_aap.jobs.handlers import Task
from ptce_aap.models import DailyHead, JournalEntry
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.journal import daily_heads, journal, journal_key, journal_verification
from ptce_aap.services.journal.journal_verification import BadHead, Report

# Ten past midnight in Paris.
DAY = datetime(2026, 11, 22, 23, 10, tzinfo=UTC)


@pytest.fixture
def context(fresh_database: Database, tmp_path: Path) -> JobContext:
    """An installation that has a key of its own and two witnesses."""
    environment = {"PTCE_JOURNAL_WITNESSES": "greffe@example.org, audit@example.net"}
    return open_context(load_settings(environment, instance=tmp_path / "instance"), fresh_database)


def act(context: JobContext, *, at: datetime, count: int = 1, **facts: object) -> None:
    """Write lines of the platform."""

    def write(session: Session) -> None:
        for _ in range(count):
            journal.record(session, SYSTEM, "test.act", on=("test", "x"), at=at, facts=facts)

    context.database.transaction(write)


def sign(context: JobContext, monkeypatch: pytest.MonkeyPatch, *, at: datetime) -> None:
    """Let the task of the day run at an instant."""
    monkeypatch.setattr(clock, "now", lambda: at)
    assert journal_job.daily_head(context, Task("id", "daily_head", {}, 1, at)) is None  # type: ignore[func-returns-value]


def heads(context: JobContext) -> list[dict[str, Any]]:
    """Return every head whole, in their order."""
    with context.database.reading() as session:
        return list(daily_heads.all_exported(session))


def verified(context: JobContext, *outside: dict[str, Any]) -> Report:
    """Verify the journal against heads kept outside."""
    with context.database.reading() as session:
        return journal_verification.verify(session, outside=outside)


def fault_of(report: Report, chain: str = "platform") -> Break | None:
    """Return what is wrong with a chain."""
    return next(one.fault for one in report.chains if one.chain == chain)


def unprotected(database: Database, *statements: str) -> None:
    """Do what somebody who administers the database can do: take the triggers away, and change rows."""

    def change(session: Session) -> None:
        for table in ("journal_entry", "journal_head", "daily_head"):
            if database.engine.dialect.name == "sqlite":
                for what in ("update", "delete"):
                    session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{what}"))
            else:
                session.execute(text(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"))
        for statement in statements:
            session.execute(text(statement))

    database.transaction(change)


def written_anew(context: JobContext, **facts: object) -> None:
    """Change the facts of line 2 of the platform, and chain every line after it again, the head with them."""
    with context.database.reading() as session:
        lines = list(journal.lines(session, "platform"))
    unprotected(context.database)

    def rewrite(session: Session) -> None:
        previous = FIRST
        for line in lines:
            line |= {"previous": previous} | ({"facts": facts} if line["sequence"] == 2 else {})
            previous = digest_of(line)
            entry = session.get_one(JournalEntry, ("platform", line["sequence"]))
            entry.previous, entry.digest, entry.facts = line["previous"], previous, line["facts"]
        session.execute(text("UPDATE journal_head SET digest = :digest"), {"digest": previous})

    context.database.transaction(rewrite)


def test_a_head_is_written_once_a_day_of_paris_and_follows_the_one_before(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(context, at=DAY, count=2)
    for at in (DAY, DAY + timedelta(hours=3), DAY + timedelta(hours=24)):
        sign(context, monkeypatch, at=at)
        act(context, at=at)
    first, second = heads(context)
    assert [(one["number"], one["day"]) for one in (first, second)] == [(1, "2026-11-23"), (2, "2026-11-24")]
    assert (first["previous"], second["previous"]) == (FIRST, first["digest"])
    assert [one["chains"][0]["sequence"] for one in (first, second)] == [2, 4]
    assert verified(context).whole
    assert verified(context, first, second).whole


def test_nothing_is_signed_where_nothing_ever_happened(context: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    sign(context, monkeypatch, at=DAY)
    assert heads(context) == []


def test_the_root_depends_on_every_chain_and_on_no_order() -> None:
    one, other = ChainHead("call-1", 3, "a" * 64), ChainHead("platform", 9, "b" * 64)
    assert root_of([one, other]) == root_of([other, one])
    changed = [replace(one, sequence=4), replace(one, digest="c" * 64), replace(one, chain="call-2")]
    assert len({root_of([one, other]), *(root_of([each, other]) for each in changed), root_of([one])}) == 5


def test_what_is_signed_is_the_canonical_text_of_five_fields() -> None:
    head = Head(1, DAY.date(), DAY, FIRST, ())
    assert head.content == (
        b'{"at":"2026-11-22T23:10:00.000000Z","day":"2026-11-22","number":1,"previous":"' + FIRST.encode() + b'",'
        b'"root":"' + root_of([]).encode() + b'"}'
    )


@pytest.mark.target("SEC-38")
def test_openssl_alone_verifies_the_signature_of_a_published_head(
    context: JobContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    act(context, at=DAY)
    sign(context, monkeypatch, at=DAY)
    with context.database.reading() as session:
        published, pem = json.loads(daily_heads.as_json(session))["heads"][0], daily_heads.keys_as_pem(session)
    assert "chains" not in published
    (tmp_path / "key.pem").write_text(pem)
    (tmp_path / "signature").write_bytes(bytes.fromhex(published["signature"]))

    def openssl(content: bytes) -> int:
        (tmp_path / "content").write_bytes(content)
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key.pem"]
        asked = [*command, "-in", "content", "-sigfile", "signature"]
        return subprocess.run(asked, cwd=tmp_path, capture_output=True, check=False).returncode

    assert openssl(content_of(published)) == 0
    assert openssl(content_of({**published, "number": 2})) != 0


@pytest.mark.target("SEC-38")
def test_each_witness_is_sent_the_head_whole_and_nothing_personal(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(context, at=DAY)
    sign(context, monkeypatch, at=DAY)
    with context.database.reading() as session:
        assert [(one.letters, one.sent) for one in daily_heads.published(session, most=1)] == [(2, 0)]
    run.drain(context)
    with context.database.reading() as session:
        assert [(one.letters, one.sent) for one in daily_heads.published(session, most=1)] == [(2, 2)]
    written = [
        message_from_bytes(file.read_bytes(), policy=default)
        for file in (context.settings.instance / "outbox").glob("*.eml")
    ]
    assert {letter["To"] for letter in written} == {"greffe@example.org", "audit@example.net"}
    for letter in written:
        (joined,) = letter.iter_attachments()
        assert joined.get_filename() == "journal-2026-11-23.json"
        assert json.loads(joined.get_content()) == heads(context)[0]
        assert heads(context)[0]["digest"] in letter.get_body(("plain",)).get_content()


@pytest.mark.target("SEC-37")
def test_a_journal_written_anew_to_its_end_is_found_by_the_head_kept_outside(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(context, at=DAY, count=4)
    sign(context, monkeypatch, at=DAY)
    kept = heads(context)[0]
    act(context, at=DAY, count=2)
    written_anew(context, other=1)
    assert fault_of(verified(context)) == Break(4, Fault.HEAD, 0)
    unprotected(context.database, "DELETE FROM daily_head_letter", "DELETE FROM daily_head")
    assert verified(context).whole, "who holds the database can make it look sound"
    report = verified(context, kept)
    assert (fault_of(report), report.bad_head) == (Break(4, Fault.HEAD, 0), 1)


@pytest.mark.target("SEC-37")
def test_a_cut_tail_is_found_by_the_head_kept_outside(context: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    act(context, at=DAY, count=4)
    sign(context, monkeypatch, at=DAY)
    kept = heads(context)[0]
    unprotected(
        context.database,
        "DELETE FROM daily_head_letter",
        "DELETE FROM daily_head",
        "DELETE FROM journal_entry WHERE sequence = 4",
        "UPDATE journal_head SET sequence = 3, digest = (SELECT digest FROM journal_entry WHERE sequence = 3)",
    )
    assert verified(context).whole
    assert fault_of(verified(context, kept)) == Break(4, Fault.CUT, 3)


def test_a_line_written_past_the_head_is_found(context: JobContext) -> None:
    act(context, at=DAY, count=3)
    with context.database.reading() as session:
        last = list(journal.lines(session, "platform"))[-1]
    more = {**last, "sequence": 4, "previous": last["digest"]}
    context.database.transaction(
        lambda session: session.add(JournalEntry(**{**more, "at": DAY, "digest": digest_of(more)}))
    )
    assert fault_of(verified(context)) == Break(4, Fault.HEAD, 3)


def test_nothing_is_signed_over_a_journal_that_was_rewritten(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(context, at=DAY, count=3)
    sign(context, monkeypatch, at=DAY)
    written_anew(context, other=1)
    sign(context, monkeypatch, at=DAY + timedelta(days=1))
    assert len(heads(context)) == 1


def test_a_clock_that_goes_back_is_found_and_the_chain_still_holds(context: JobContext) -> None:
    act(context, at=DAY, count=2)
    act(context, at=DAY - timedelta(hours=1))
    (chain,) = verified(context).chains
    assert (chain.whole, chain.clock) == (True, [Break(3, Fault.CLOCK, 2)])
    assert not verified(context).whole


@pytest.mark.parametrize("field", ["root", "digest", "signature", "chains", "at", "number"])
def test_a_head_that_was_changed_is_no_head(context: JobContext, monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    act(context, at=DAY)
    sign(context, monkeypatch, at=DAY)
    head = heads(context)[0]
    journal_verification.require_head(head)
    other = {"root": "0" * 64, "digest": "0" * 64, "signature": "0" * 128, "chains": [], "at": "hier", "number": 7}
    for changed in ({**head, field: other[field]}, {name: value for name, value in head.items() if name != field}):
        with pytest.raises(BadHead):
            journal_verification.require_head(changed)


def test_heads_written_anew_by_another_key_are_found(context: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    act(context, at=DAY)
    sign(context, monkeypatch, at=DAY)
    kept = heads(context)[0]
    unprotected(context.database, "DELETE FROM daily_head_letter", "DELETE FROM daily_head")
    journal_key.key_file(context.settings).unlink()
    sign(context, monkeypatch, at=DAY)
    assert verified(context).whole
    assert heads(context)[0]["key"] != kept["key"]
    # The content is the same, and so is its digest: only who signed it differs.
    assert verified(context, kept).whole
    sign(context, monkeypatch, at=DAY + timedelta(days=1))
    unprotected(context.database, "UPDATE daily_head SET signature = root || root WHERE number = 1")
    assert verified(context, kept).bad_head == 1


@pytest.mark.target("SEC-38")
@pytest.mark.parametrize("attack", ["UPDATE daily_head SET signature = signature", "DELETE FROM daily_head"])
def test_a_head_is_neither_changed_nor_erased(
    context: JobContext, monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    act(context, at=DAY)
    sign(context, monkeypatch, at=DAY)
    with pytest.raises(DBAPIError, match="append-only"):
        context.database.transaction(lambda session: session.execute(text(attack)))


def test_the_key_is_drawn_at_its_first_use_and_only_its_owner_reads_it(
    context: JobContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = journal_key.key_file(context.settings)
    assert not path.exists()
    act(context, at=DAY)
    sign(context, monkeypatch, at=DAY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not journal_key.create(context.settings), "a key is never replaced"
    path.chmod(0o640)
    with pytest.raises(BadSettings, match="chmod 600"):
        journal_key.signing_key(context.settings)


def test_a_public_installation_draws_no_key_by_itself(context: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    open_to_all = replace(context, settings=replace(context.settings, base_url="https://aap.example.org"))
    assert open_to_all.settings.public
    act(context, at=DAY)
    sign(open_to_all, monkeypatch, at=DAY)
    assert heads(context) == []
    assert not journal_key.key_file(context.settings).exists()
    given = replace(open_to_all.settings, journal_key="1f" * 32)
    sign(replace(open_to_all, settings=given), monkeypatch, at=DAY)
    assert len(heads(context)) == 1


@pytest.mark.parametrize("key", ["", "1f" * 31, "zz" * 32])
def test_a_key_that_is_none_is_refused(context: JobContext, key: str) -> None:
    settings = replace(context.settings, journal_key=key or None)
    if key:
        with pytest.raises(BadSettings, match="64 chiffres"):
            journal_key.signing_key(settings)
    else:
        assert journal_key.signing_key(settings) is None


def test_two_workers_at_once_write_one_head(context: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    act(context, at=DAY)
    journal_key.create(context.settings)
    monkeypatch.setattr(clock, "now", lambda: DAY)
    task = Task("id", "daily_head", {}, 1, DAY)
    workers = [threading.Thread(target=journal_job.daily_head, args=(context, task)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with context.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(DailyHead)) == 1
