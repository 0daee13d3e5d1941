"""The rounds of retention: what is over goes, class by class, and a report says what, how many and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.retention import BY_KEY, CLASSES, Durations, Kept
from ptce_aap.models import (
    Call,
    DailyHeadLetter,
    HalfSignIn,
    InboxItem,
    Job,
    MailMessage,
    OutboxItem,
    PeriodicTask,
    Person,
    PersonToken,
    ReadingPlan,
    RegionResource,
    ResourceChange,
    ResourceUpload,
    RetentionReport,
    Scenario,
    SignIn,
    SpentChallenge,
    TableUpload,
)
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.exchanges import letters
from ptce_aap.services.retention import due, erasing, people

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Report:
    """What a round erased, or would erase, by class; ``reference`` is None where nothing was written."""

    at: datetime
    counts: dict[Kept, int]
    durations: Durations
    reference: str | None = None

    @property
    def total(self) -> int:
        """Return how many objects in all."""
        return sum(self.counts.values())

    def content(self) -> dict[str, Any]:
        """Return the report as it is kept and downloaded: neither name nor text."""
        return {
            "at": self.at.isoformat(),
            "suspended_calls": sorted(self.durations.held),
            "classes": [
                {
                    "class": one.key.value,
                    "title": one.title,
                    "duration": self.durations.of(one.key).words,
                    "erased": self.counts.get(one.key, 0),
                }
                for one in CLASSES
                if one.key in SWEPT
            ],
            "total": self.total,
        }


def run(session: Session, durations: Durations, *, now: datetime, dry: bool = False) -> Report:
    """Erase everything whose time is over, and write the report; ``dry`` does it all, then takes it back.

    A round that finds nothing writes nothing: a second one, at the same instant, finds nothing.
    Errors: ``erasures_call_unknown`` where the durations name a call that is not here: a suspended call whose name is
    mistyped would be erased for good.
    """
    _require_known(session, durations)
    nested = session.begin_nested()
    counts = _erase_all(session, durations, now)
    report = Report(now, dict(counts), durations)
    if dry:
        nested.rollback()
        session.expire_all()
        return report
    nested.commit()
    if not report.total:
        return report
    row = RetentionReport(at=now, content=report.content())
    session.add(row)
    session.flush()
    return Report(now, dict(counts), durations, row.reference)


def _require_known(session: Session, durations: Durations) -> None:
    unknown = (durations.held | durations.of_calls.keys()) - set(session.scalars(select(Call.slug)))
    if unknown:
        raise RuleViolation("erasures_call_unknown", call=min(unknown))


def _erase_all(session: Session, durations: Durations, now: datetime) -> Counter[Kept]:
    counts: Counter[Kept] = Counter()
    for kept, found in list(due.dossiers_over(session, durations, now=now)):
        counts[kept] += len(found)
        erasing.erase_dossiers(session, SYSTEM, found, why=kept.value, now=now)
    # After dossiers: an account that has none left may be one that nobody uses.
    held = durations.held
    for person_id in people.unused_since(session, durations.of(Kept.ACCOUNTS).before(now), held=held):
        person = session.get_one(Person, person_id)
        people.erase(session, SYSTEM, person, why=Kept.ACCOUNTS.value, now=now, held=held)
        counts[Kept.ACCOUNTS] += 1
    for kept, sweep in _SWEEPS.items():
        counts[kept] += sweep(session, durations, now)
    return counts


def report(session: Session, reference: str) -> RetentionReport:
    """Return one report, however old. Errors: ``not_found``."""
    found = session.scalar(select(RetentionReport).where(RetentionReport.reference == reference))
    if found is None:
        raise NotFound()
    return found


def reports(session: Session, *, limit: int = 50) -> list[RetentionReport]:
    """Return the latest reports, the last one first."""
    return list(session.scalars(select(RetentionReport).order_by(RetentionReport.id.desc()).limit(limit)))


Sweep = Callable[[Session, Durations, datetime], int]


def _gone(session: Session, model: Any, over: Any) -> int:
    """Delete the rows that are over; return how many."""
    count = session.scalar(select(func.count()).select_from(model).where(over)) or 0
    if count:
        session.execute(delete(model).where(over).execution_options(synchronize_session=False))
    return count


def _sign_ins(session: Session, durations: Durations, now: datetime) -> int:
    before = durations.of(Kept.SIGN_INS).before(now)
    over = (
        (SignIn, or_(SignIn.ended_at <= before, SignIn.expires_at <= before)),
        (PersonToken, or_(PersonToken.used_at <= before, PersonToken.expires_at <= before)),
        (HalfSignIn, HalfSignIn.expires_at <= before),
        (SpentChallenge, SpentChallenge.spent_at <= before),
    )
    return sum(_gone(session, model, condition) for model, condition in over)


def _tables(session: Session, durations: Durations, now: datetime) -> int:
    before = durations.of(Kept.TABLES).before(now)
    return sum(_gone(session, model, model.at <= before) for model in (TableUpload, ResourceUpload))


def _directories(session: Session, durations: Durations, now: datetime) -> int:
    over = RegionResource.withdrawn_at <= durations.of(Kept.DIRECTORIES).before(now)
    of_them = select(RegionResource.id).where(over)
    _gone(session, ResourceChange, ResourceChange.resource_id.in_(of_them))
    return _gone(session, RegionResource, over)


def _exports(session: Session, durations: Durations, now: datetime) -> int:
    return _gone(session, Job, Job.finished_at <= durations.of(Kept.EXPORTS).before(now))


def _refused_letters(session: Session, durations: Durations, now: datetime) -> int:
    before = durations.of(Kept.REFUSED_LETTERS).before(now)
    over = (OutboxItem.kind == letters.KIND) & OutboxItem.last_error.is_not(None) & (OutboxItem.payload != {})
    query = select(func.count()).select_from(OutboxItem).where(over, OutboxItem.done_at < before)
    count = session.scalar(query) or 0
    if count:
        letters.forget_refused(session, now=now)
    return count


def _letters(session: Session, durations: Durations, now: datetime) -> int:
    """Forget rows of work done, and the trace of messages; those that took a head of the journal outside stay."""
    before = durations.of(Kept.LETTERS).before(now)
    named = exists().where(DailyHeadLetter.outbox_id == OutboxItem.id) | exists().where(
        PeriodicTask.outbox_id == OutboxItem.id
    )
    query = select(OutboxItem.id).where(OutboxItem.done_at <= before, ~named).order_by(OutboxItem.id)
    found = list(session.scalars(query))
    for start in range(0, len(found), _AT_ONCE):
        some = found[start : start + _AT_ONCE]
        for column in (MailMessage.outbox_id, InboxItem.outbox_id, OutboxItem.id):
            session.execute(delete(column.class_).where(column.in_(some)).execution_options(synchronize_session=False))
    return len(found)


def _simulations(session: Session, durations: Durations, now: datetime) -> int:
    count = 0
    for call in session.scalars(select(Call).where(Call.published_at.is_not(None)).order_by(Call.id)):
        assert call.published_at is not None
        if call.slug in durations.held or durations.of(Kept.SIMULATIONS, call.slug).after(call.published_at) > now:
            continue
        for model in (Scenario, ReadingPlan):
            count += _gone(session, model, model.call_id == call.id)
    return count


_SWEEPS: dict[Kept, Sweep] = {
    Kept.SIGN_INS: _sign_ins,
    Kept.TABLES: _tables,
    Kept.DIRECTORIES: _directories,
    Kept.EXPORTS: _exports,
    Kept.REFUSED_LETTERS: _refused_letters,
    Kept.LETTERS: _letters,
    Kept.SIMULATIONS: _simulations,
}
SWEPT = frozenset({*due.OF_DOSSIERS, Kept.ACCOUNTS, *_SWEEPS})
"""The classes that a round erases; the others are nobody's to erase here, or go with the files."""
assert all(BY_KEY[kept].duration for kept in SWEPT)
