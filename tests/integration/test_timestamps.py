"""Heads of the journal stamped by an outside authority (RFC 3161), a real one: ``openssl ts`` on this machine."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.app import create_app
from ptce_aap.config import BadSettings, Settings, load_settings
from ptce_aap.database import Database
from ptce_aap.jobs import journal as journal_job
from ptce_aap.jobs.context import JobContext, open_context
from ptce_aap.jobs.handlers import Task
from ptce_aap.models import DailyHead, DailyHeadStamp
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.journal import head_writing, journal
from ptce_aap.timestamps import Authority, AuthoritySilent, StampRefused
from tests.timestamping import LocalAuthority, authority

DAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalAuthority]:
    with authority(tmp_path / "authority") as local:
        yield local


@pytest.fixture
def context(sqlite_database: Database, tmp_path: Path, local: LocalAuthority) -> JobContext:
    """An installation that has its heads stamped there."""
    environment = {"PTCE_TSA_URL": local.url, "PTCE_TSA_CA": str(local.certificates)}
    return open_context(load_settings(environment, instance=tmp_path / "instance"), sqlite_database)


def day_passes(context: JobContext, monkeypatch: pytest.MonkeyPatch, day: int = 0) -> None:
    """Let something happen, then the task of the day run."""
    at = DAY + timedelta(days=day)

    def act(session: Session) -> None:
        journal.record(session, SYSTEM, "test.act", on=("test", "x"), at=at)

    context.database.transaction(act)
    monkeypatch.setattr(clock, "now", lambda: at)
    journal_job.daily_head(context, Task("id", "daily_head", {}, 1, at))


def stamps(context: JobContext) -> list[DailyHeadStamp]:
    """Return the stamps that are kept."""
    with context.database.reading() as session:
        return list(session.scalars(select(DailyHeadStamp).order_by(DailyHeadStamp.number)))


@pytest.mark.target("SEC-38")
def test_the_stamp_of_a_head_is_kept_as_openssl_verifies_it(
    context: JobContext, local: LocalAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    day_passes(context, monkeypatch)
    (stamp,) = stamps(context)
    with context.database.reading() as session:
        content = head_writing.head_of(session.get_one(DailyHead, 1)).content
    answer = base64.b64decode(stamp.answer)
    assert local.verifies(answer, content)
    assert not local.verifies(answer, content + b" ")
    assert abs(stamp.stamped_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert stamp.authority == "127.0.0.1"


@pytest.mark.target("REL-16")
@pytest.mark.target("SEC-38")
def test_heads_of_days_without_answer_are_stamped_once_the_authority_is_back(
    context: JobContext, local: LocalAuthority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    local.silent = True
    for day in (0, 1):
        day_passes(context, monkeypatch, day)
    assert stamps(context) == []
    client = create_app(context.settings, database=context.database).test_client()
    assert "en attente" in client.get("/verifier").text
    local.silent = False
    day_passes(context, monkeypatch, 2)
    assert [stamp.number for stamp in stamps(context)] == [1, 2, 3]
    assert "en attente" not in client.get("/verifier").text
    day_passes(context, monkeypatch, 2)
    assert len(local.questions) == 2 + 3


def test_no_authority_is_asked_unless_one_is_set(
    context: JobContext, local: LocalAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    day_passes(replace(context, settings=replace(context.settings, tsa_url=None)), monkeypatch)
    assert (stamps(context), local.questions) == ([], [])


def test_an_answer_to_another_question_is_no_stamp(local: LocalAuthority) -> None:
    asked = Authority(local.url, certificates=local.certificates)
    assert asked.stamp(b"content").answer
    for instead in (local.stamp(local.questions[0]), b"", b"\x30\x00", b"<html>", b"x" * 70_000):
        local.instead = instead
        with pytest.raises(StampRefused):
            asked.stamp(b"content")


def test_a_stamp_by_somebody_else_is_refused_where_the_authority_is_known(
    local: LocalAuthority, tmp_path: Path
) -> None:
    with authority(tmp_path / "other") as other:
        assert Authority(other.url).stamp(b"content").answer
        with pytest.raises(StampRefused):
            Authority(other.url, certificates=local.certificates).stamp(b"content")


@pytest.mark.target("REL-16")
def test_an_authority_that_cannot_be_reached_is_silent(tmp_path: Path) -> None:
    with authority(tmp_path / "gone") as gone:
        pass
    with pytest.raises(AuthoritySilent):
        Authority(gone.url, timeout=2).stamp(b"content")


def test_settings_of_an_authority_are_checked_at_start(tmp_path: Path) -> None:
    def settings(**environment: str) -> Settings:
        return load_settings(environment, instance=tmp_path)

    assert settings().tsa_url is None
    with pytest.raises(BadSettings, match="PTCE_TSA_URL"):
        settings(PTCE_TSA_URL="ftp://example.org")
    with pytest.raises(BadSettings, match="PTCE_TSA_CA"):
        settings(PTCE_TSA_CA=str(tmp_path / "none.pem"))
    with pytest.raises(BadSettings, match="PTCE_JOURNAL_WITNESSES"):
        settings(PTCE_JOURNAL_WITNESSES="quelqu'un")
