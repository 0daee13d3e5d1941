"""The dates of a call and of a dossier, for people's own calendars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.documents.calendar_file import Event, calendar_file
from ptce_aap.domain import calendar
from ptce_aap.domain.calls import CallDefinition, Silence
from ptce_aap.domain.dossier import UNREAD
from ptce_aap.models import Call, Dossier
from ptce_aap.services.exchanges import complement_answers

_BEFORE = timedelta(days=1)
_SILENCE = {Silence.REJECTION: "décision implicite de rejet", Silence.ACCEPTANCE: "décision implicite d’acceptation"}


def of_call(call: Call, definition: CallDefinition, *, base_url: str) -> str:
    """Return the dates of a call: opening, closing, publication once it is done; the other milestones in words."""
    page, host = base_url + addresses.call(call.slug), _host(base_url)
    told = "\n".join(f"{milestone.label}\u00a0: {milestone.when}" for milestone in definition.sheet.milestones)
    events = [
        Event(f"ouverture.{call.slug}@{host}", f"Ouverture des dépôts – {call.short_title}", call.opens_at, url=page),
        _closing(call, f"cloture.{call.slug}@{host}", f"Clôture des dépôts – {call.short_title}", told, page),
    ]
    if call.published_at is not None:
        title = f"Publication des lauréats – {call.short_title}"
        events.append(Event(f"publication.{call.slug}@{host}", title, call.published_at, url=page))
    return calendar_file(call.title, events, changed_at=call.created_at, sequence=call.version)


def of_dossier(
    session: Session, dossier: Dossier, call: Call, definition: CallDefinition, *, base_url: str, now: datetime
) -> str:
    """Return the dates of a dossier: the closing, and the day when silence decides where that may be told.

    That day is counted from the last deposit, in the time of Paris; requests for complements hold it back. It is told
    as on the receipt: once its text is approved, of a dossier that is read, until the decision is there.
    """
    decided_on = None
    if dossier.state not in UNREAD and call.published_at is None:
        requests = complement_answers.before(session, dossier.id, now)
        decided_on = complement_answers.silence_decides_on(definition.sheet, dossier, requests, now=now)
    silence = _silence(dossier, call, definition, decided_on, base_url)
    return _file(dossier, call, [_closing_of(dossier, call, base_url), *silence])


def of_draft(dossier: Dossier, call: Call, *, base_url: str) -> str:
    """Return the closing alone, for a reminder."""
    return _file(dossier, call, [_closing_of(dossier, call, base_url)])


def _file(dossier: Dossier, call: Call, events: list[Event]) -> str:
    return calendar_file(_named(dossier, call), events, changed_at=dossier.created_at, sequence=call.version)


def _silence(
    dossier: Dossier, call: Call, definition: CallDefinition, decided_on: date | None, base_url: str
) -> Iterator[Event]:
    meaning = definition.sheet.silence_means
    if decided_on is None or meaning is None:
        return
    yield Event(
        uid=f"silence.{dossier.reference}@{_host(base_url)}",
        summary=f"Dossier {dossier.number}\u00a0: {_SILENCE[meaning]} si rien n’est répondu d’ici là",
        begins=decided_on,
        description="Date comptée du dernier dépôt, sous réserve que le dossier soit complet. "
        "Une demande de compléments la repousse.",
        url=base_url + addresses.dossier(dossier.reference),
    )


def _closing_of(dossier: Dossier, call: Call, base_url: str) -> Event:
    page = base_url + addresses.dossier(dossier.reference)
    uid = f"cloture.{dossier.reference}@{_host(base_url)}"
    if dossier.due_at is not None:
        return _until(dossier.due_at, uid, f"Compléments à déposer – {_named(dossier, call)}", "", page)
    return _closing(call, uid, f"Clôture des dépôts – {_named(dossier, call)}", "", page)


def _closing(call: Call, uid: str, summary: str, told: str, page: str) -> Event:
    return _until(call.closes_at, uid, summary, told, page)


def _until(too_late_at: datetime, uid: str, summary: str, told: str, page: str) -> Event:
    last = calendar.last_moment(too_late_at)
    return Event(uid, summary, last.replace(second=0, microsecond=0), last, told, page, remind=_BEFORE)


def _named(dossier: Dossier, call: Call) -> str:
    return f"{dossier.title} ({call.short_title})" if dossier.title else call.short_title


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or "localhost"
