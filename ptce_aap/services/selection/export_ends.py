"""The end of the exports of whoever has lost the right to them: made or on their way, nobody takes them any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from ptce_aap.models import Job


def end_exports(session: Session, person_id: int, call_id: int, error: str, *, now: datetime) -> None:
    """End every export that a person has of a call, with the code of the reason; no row names their files any more.

    One that is being made ends too: a job that is over stays over, whatever its producer brings afterwards. The bytes
    are forgotten as those of any file that nobody names.
    """
    session.execute(
        update(Job)
        .where(Job.requester_id == person_id, Job.call_id == call_id, Job.kind.startswith("export."))
        .where(Job.error.is_(None))
        .values(
            state="failed",
            error=error,
            file_digest=None,
            filename=None,
            media_type=None,
            finished_at=func.coalesce(Job.finished_at, now),
        )
        .execution_options(synchronize_session=False)
    )
