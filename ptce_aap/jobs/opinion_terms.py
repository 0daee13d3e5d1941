"""Freezes the regions' orders once the term of opinions has passed."""

from __future__ import annotations

from datetime import timedelta

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import Task, periodic
from ptce_aap.services.instruction import opinion_terms


@periodic("opinion_terms", every=timedelta(minutes=15))
def freeze(context: JobContext, _task: Task) -> None:
    """Note what held at each term that has passed; nothing changes from the term on, whatever this round does."""
    context.database.transaction(opinion_terms.freeze, now=clock.now())
