"""What a request that waits does to the time after which silence decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.domain.calls import CallSheet, Silence
from ptce_aap.models import Dossier
from ptce_aap.services.exchanges import complement_answers


@dataclass(frozen=True, slots=True)
class StoppedClock:
    """The stop of a time of silence, in Paris days: its first day, its last one at most, what an answer now would do.

    ``until`` is None where the time begins anew at the answer and not before. ``decides_on``: the day on which silence
    would decide if the answer came today. ``told``: the applicant reads that day too, its text being approved.
    """

    means: Silence
    since: date
    until: date | None
    decides_on: date
    told: bool


def stopped(session: Session, dossier: Dossier, sheet: CallSheet, *, now: datetime) -> StoppedClock | None:
    """Return what the request that waits stops: one statement. None where the call says of silence nothing.

    ``dossier`` is filed, and its last request waits.
    """
    if sheet.silence_means is None or sheet.silence_months is None or dossier.filed_at is None:
        return None
    requests = complement_answers.before(session, dossier.id, now)
    stops = complement_answers.stops_of(requests, now=now)
    today = now.astimezone(PARIS).date()
    received = dossier.filed_at.astimezone(PARIS).date()
    answered = (*stops[:-1], replace(stops[-1], end=today, answered=True))
    if (decides_on := sheet.implied_decision_day(received, answered)) is None:
        return None
    anew = sheet.silence_means is Silence.ACCEPTANCE
    last_day = (requests[-1].due_at - timedelta(seconds=1)).astimezone(PARIS).date()
    return StoppedClock(
        sheet.silence_means, stops[-1].start, None if anew else last_day, decides_on, told=sheet.tells_silence
    )
