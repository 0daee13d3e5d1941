"""The end of the exports of whoever has lost the right to them: made or on their way, nobody takes them any more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from ptce_aap.models import Job

REGION = "export.region"
"""The kind of the exports of a region: their ``params`` name the dossiers that they hold."""


def end_exports(session: Session, person_id: int, call_id: int, error: str, *, now: datetime) -> None:
    """End every export that a person has of a call, with the code of the reason; no row names their files any more.

    One that is being made ends too: a job that is over stays over, whatever its producer brings afterwards. The bytes
    are forgotten as those of any file that nobody names.
    """
    asked_by = (Job.requester_id == person_id, Job.call_id == call_id, Job.kind.startswith("export."))
    _end(session, *asked_by, error=error, now=now)


def end_exports_of(session: Session, references: Collection[str], error: str, *, now: datetime) -> None:
    """End every export of a region that holds one of these dossiers: what is erased is in no file any more."""
    living = select(Job.id, Job.params).where(Job.kind == REGION, Job.error.is_(None))
    gone = set(references)
    held = [row.id for row in session.execute(living) if gone.intersection(row.params["dossiers"])]
    if held:
        _end(session, Job.id.in_(held), error=error, now=now)


def _end(session: Session, *which: ColumnElement[bool], error: str, now: datetime) -> None:
    session.execute(
        update(Job)
        .where(*which, Job.error.is_(None))
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
