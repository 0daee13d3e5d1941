"""Signs the head of the journal once a day, sends it outside, has it time-stamped where an authority is set."""

from __future__ import annotations

from datetime import timedelta

import structlog

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Task, periodic
from ptce_aap.services.journal import head_writing, journal_key
from ptce_aap.services.journal.head_writing import JournalRewritten
from ptce_aap.timestamps import Authority, AuthoritySilent, StampRefused

# Heads of the days during which an authority was away; older ones are covered by those that follow them.
_AT_ONCE = 30

_log = structlog.get_logger(__name__)


@periodic("daily_head", every=timedelta(minutes=10))
def daily_head(context: JobContext, _task: Task) -> None:
    """Write the head of the day where it is not written yet, then stamp those that are not stamped."""
    settings = context.settings
    key = journal_key.own_key(settings)
    if key is None:
        _log.warning("journal_key_missing")
        return
    try:
        head = context.database.transaction(
            head_writing.write,
            key,
            witnesses=settings.journal_witnesses,
            base_url=settings.base_url,
            now=clock.now(),
        )
    except JournalRewritten as error:
        # Not raised: the row would be offered every minute and a half, and say nothing more.
        _log.error("journal_rewritten", chain=error.chain, sequence=error.sequence)
        return
    if head is not None:
        _log.info("daily_head_signed", number=head.number)
    if settings.tsa_url:
        _stamp(context, Authority(settings.tsa_url, certificates=settings.tsa_ca))


def _stamp(context: JobContext, authority: Authority) -> None:
    """Ask for the stamps that are missing, outside any transaction; where the authority is away, later."""
    with context.database.reading() as session:
        waiting = head_writing.unstamped(session, most=_AT_ONCE)
    for number, head in waiting:
        try:
            stamp = authority.stamp(head.content)
        except AuthoritySilent as error:
            _log.warning("authority_silent", number=number, error=str(error))
            return
        except StampRefused as error:
            _log.error("stamp_refused", number=number, error=str(error))
            return
        context.database.transaction(
            head_writing.keep_stamp,
            number,
            authority=authority.name,
            answer=stamp.answer,
            stamped_at=stamp.at,
            now=clock.now(),
        )
