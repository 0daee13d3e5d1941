"""What tells how an installation is: counts and dates, never a person, an address or a text."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.config import BadSettings, Settings
from ptce_aap.models import DailyHead, JournalHead, OutboxItem, PeriodicTask
from ptce_aap.services.backups.making import LAST
from ptce_aap.services.exchanges import letters
from ptce_aap.services.retention import durations
from ptce_aap.services.running import clocks


@dataclass(frozen=True, slots=True)
class Owed:
    """Effects that are owed and not done: how many, since when the oldest, how many were tried in vain."""

    count: int = 0
    since: datetime | None = None
    failing: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """An installation at an instant. ``effects`` by kind, mails apart; None: never, or not to be known."""

    at: datetime
    effects: Mapping[str, Owed]
    mails: Owed
    refused: int  # mails that a server refused for good, and that may still be sent again
    unoffered_since: datetime | None  # the oldest effect that the relay has not handed over
    rounds: int  # kinds of periodic tasks that a relay has ever owed
    round_due_at: datetime | None  # the earliest periodic task whose last round is done
    backup_at: datetime | None
    backup_unreadable: bool
    retention_fault: str  # what is wrong in the durations of the installation; empty: nothing
    head_at: datetime | None
    lines: int  # of the journal
    clock_gap: timedelta  # how far the database's clock is ahead, zero within a second
    disk_free: int  # bytes
    disk_size: int

    @property
    def every_effect(self) -> Owed:
        """Return what is owed beside mails, all kinds together."""
        owed = self.effects.values()
        since = min((one.since for one in owed if one.since is not None), default=None)
        return Owed(sum(one.count for one in owed), since, sum(one.failing for one in owed))


def read(session: Session, settings: Settings) -> Figures:
    """Read the figures of an installation; changes nothing."""
    gap, at = clocks.gap(session, clock.now), clock.now()
    undone = _undone(session)
    backup_at, unreadable = last_backup(settings)
    disk = shutil.disk_usage(settings.instance)
    return Figures(
        at=at,
        effects={kind: owed for kind, owed in sorted(undone.items()) if kind != letters.KIND},
        mails=undone.get(letters.KIND, Owed()),
        refused=_count_refused(session, at),
        unoffered_since=session.scalar(
            select(func.min(OutboxItem.created_at)).where(OutboxItem.done_at.is_(None), OutboxItem.offered_at.is_(None))
        ),
        rounds=session.scalars(select(func.count()).select_from(PeriodicTask)).one(),
        round_due_at=session.scalar(
            select(func.min(PeriodicTask.due_at))
            .join(OutboxItem, OutboxItem.id == PeriodicTask.outbox_id)
            .where(OutboxItem.done_at.is_not(None))
        ),
        backup_at=backup_at,
        backup_unreadable=unreadable,
        retention_fault=retention_fault(settings),
        head_at=session.scalar(select(func.max(DailyHead.at))),
        lines=session.scalar(select(func.sum(JournalHead.sequence))) or 0,
        clock_gap=gap,
        disk_free=disk.free,
        disk_size=disk.total,
    )


def last_backup(settings: Settings) -> tuple[datetime | None, bool]:
    """Return when the last backup was made from here, and whether what says so cannot be read."""
    try:
        return datetime.fromisoformat(json.loads((settings.instance / LAST).read_text(encoding="utf-8"))["at"]), False
    except FileNotFoundError:
        return None, False
    except (ValueError, KeyError, TypeError):
        return None, True


def retention_fault(settings: Settings) -> str:
    """Return what keeps the durations from being read, in French; empty where nothing does."""
    try:
        durations.read(settings.instance)
    except BadSettings as error:
        return str(error).removeprefix(f"{settings.instance / durations.FILE} : ").rstrip(".")
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _undone(session: Session) -> dict[str, Owed]:
    rows = session.execute(
        select(OutboxItem.kind, func.count(), func.min(OutboxItem.created_at), func.count(OutboxItem.last_error))
        .where(OutboxItem.done_at.is_(None))
        .group_by(OutboxItem.kind)
    )
    return {kind: Owed(count, since, failing) for kind, count, since, failing in rows}


def _count_refused(session: Session, at: datetime) -> int:
    refused = select(func.count()).where(
        OutboxItem.kind == letters.KIND,
        OutboxItem.done_at > at - letters.KEPT_WHEN_REFUSED,
        OutboxItem.last_error.is_not(None),
        OutboxItem.payload != {},
    )
    return session.scalar(refused) or 0
