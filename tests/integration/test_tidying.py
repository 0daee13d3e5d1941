"""Stored files that nobody names: set aside after a day, forgotten a day later, never one that a row names."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from ptce_aap import clock
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.jobs import tidying
from ptce_aap.jobs.context import JobContext, open_context
from ptce_aap.jobs.handlers import Task
from ptce_aap.models import Attachment, Job
from ptce_aap.services import invariants
from ptce_aap.services.applicants import attachments
from ptce_aap.services.running import outbox
from ptce_aap.services.running.outbox import Holder
from ptce_aap.storage.inspection import FileKind, Inspected
from tests import files
from tests.filings import NOW, Applicants, open_call


@pytest.fixture
def context(fresh_database: Database, tmp_path: Path) -> JobContext:
    return open_context(load_settings({}, instance=tmp_path / "instance"), fresh_database)


@pytest.fixture
def people(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


def put(context: JobContext, content: bytes) -> str:
    return context.storage.put(io.BytesIO(content)).digest


def uploads(context: JobContext) -> Iterator[Path]:
    return (path for path in (context.settings.instance / "uploads").rglob("*") if path.is_file())


def grow_old(context: JobContext, hours: int = 25) -> None:
    """Let so many hours pass for every file."""
    for path in uploads(context):
        modified = path.stat().st_mtime - hours * 3600
        os.utime(path, (modified, modified))


def tidy(context: JobContext) -> None:
    assert tidying.tidy_storage(context, Task("id", "tidy_storage", {}, 1, NOW)) is None


def places(context: JobContext) -> dict[str, str]:
    """Return where each file lies: in its place, or aside."""
    return {path.name: "aside" if path.parent.name == "aside" else "kept" for path in uploads(context)}


def join(context: JobContext, people: Applicants, content: bytes) -> str:
    stored = context.storage.put(io.BytesIO(content))
    file, reference = Inspected("a.pdf", FileKind.PDF, stored.size), people.start()
    who, path = people.actor(), "pieces.statuts"
    context.database.transaction(attachments.add, who, reference, path, file, stored, now=NOW)
    return stored.digest


def test_a_file_that_nobody_names_is_set_aside_after_a_day_and_forgotten_a_day_later(context: JobContext) -> None:
    digest = put(context, b"sent and never joined")
    tidy(context)
    assert places(context) == {digest: "kept"}
    grow_old(context)
    tidy(context)
    tidy(context)
    assert places(context) == {digest: "aside"}
    grow_old(context)
    tidy(context)
    assert places(context) == {}


def test_what_a_row_names_stays_even_when_the_piece_was_taken_away(context: JobContext, people: Applicants) -> None:
    digest = join(context, people, files.pdf())
    context.database.transaction(lambda session: session.execute(update(Attachment).values(removed_at=NOW)))
    grow_old(context)
    tidy(context)
    assert places(context) == {digest: "kept"}


def test_a_file_that_is_joined_again_while_it_is_set_aside_is_never_lost(
    context: JobContext, people: Applicants
) -> None:
    digest = put(context, files.pdf())
    grow_old(context)
    tidy(context)
    assert places(context) == {digest: "aside"}
    # The row comes although the bytes lie aside: as if it had been written while they were being set aside.
    join(context, people, files.pdf())
    (context.settings.instance / "uploads" / digest[:2] / digest).unlink()
    with context.storage.open(digest) as file:
        assert file.read() == files.pdf()
    tidy(context)
    assert places(context) == {digest: "kept"}


def test_work_to_be_done_keeps_the_file_that_it_carries(context: JobContext) -> None:
    digest = put(context, b"a file on its way")
    identifier = context.database.transaction(outbox.emit, "none", {"file": digest}, at=NOW)
    grow_old(context)
    tidy(context)
    assert places(context) == {digest: "kept"}
    holder = Holder("drawn", "here:1")
    assert context.database.transaction(outbox.take, identifier, holder, now=NOW) is not None
    assert context.database.transaction(outbox.begin, identifier, "none", holder.owner, now=NOW) is not None
    tidy(context)
    assert places(context) == {digest: "aside"}


def test_an_export_is_kept_while_it_can_be_taken_and_no_longer(context: JobContext, people: Applicants) -> None:
    digest, who = put(context, b"an export"), people.actor().person_id
    job = Job(requester_id=who, kind="export.marks", params={}, created_at=NOW, state="done", file_digest=digest)
    job.finished_at = clock.now() - timedelta(hours=47)
    context.database.transaction(lambda session: session.add(job))
    grow_old(context)
    tidy(context)
    assert places(context) == {digest: "kept"}
    passed = update(Job).values(finished_at=clock.now() - timedelta(hours=49))
    context.database.transaction(lambda session: session.execute(passed))
    tidy(context)
    assert places(context) == {digest: "aside"}


def test_what_a_crash_left_half_written_is_forgotten_after_a_day(context: JobContext) -> None:
    put(context, b"x")
    half = context.settings.instance / "uploads" / "incoming" / "half"
    half.write_bytes(b"hal")
    tidy(context)
    assert half.exists()
    grow_old(context)
    tidy(context)
    assert not half.exists()


@pytest.mark.target("REL-16")
@pytest.mark.target("REL-20")
def test_a_row_without_its_file_is_told(context: JobContext, people: Applicants) -> None:
    digest = join(context, people, files.pdf())

    def found() -> int:
        with context.database.reading() as session:
            checked = {one.name: one.count for one in invariants.check_all(session, context.storage)}
        return checked[invariants.FILES]

    assert found() == 0
    context.storage.set_aside(digest)
    context.storage.forget_aside(digest)
    assert found() == 1


def test_a_file_is_durable_before_a_row_can_name_it(context: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real_sync, real_rename = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        seen.append("sync folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "sync file")
        real_sync(descriptor)

    def rename(path: Path, target: Path) -> Path:
        seen.append("rename")
        return real_rename(path, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", rename)
    put(context, b"durable")
    assert seen[-3:] == ["sync folder", "rename", "sync folder"] or seen == ["sync file", "rename", "sync folder"]
    assert seen[0] == "sync file"


def test_a_listing_says_when_each_file_was_put(context: JobContext) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    digest = put(context, b"listed")
    [kept] = context.storage.kept()
    assert (kept.digest, kept.aside, before < kept.modified_at < datetime.now(UTC)) == (digest, False, True)
