"""Answers the scenarios whose selection a walk does not give: the solver works here, never in the web process."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.domain.portfolio.reading import read_problem
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import On, Record, Task, handles
from ptce_aap.services.selection import scenarios


@handles(scenarios.KIND, on=On.COMPUTATIONS)
def answer(context: JobContext, task: Task) -> Record | None:
    """Answer the scenario named by ``{"scenario": reference}``, if it still waits."""
    # Imported here: the worker of mails and documents starts without the numerical libraries.
    from ptce_aap.domain.portfolio.program import Unsolved
    from ptce_aap.domain.portfolio.solving import select

    reference = task.payload["scenario"]
    with context.database.reading() as session:
        asked = scenarios.waiting(session, reference)
    if asked is None:
        return None
    text, digest = asked
    problem = read_problem(text)
    try:
        result = select(problem).as_json(problem, seed=scenarios.SEED)
    except Unsolved:
        result = None

    def record(session: Session) -> None:
        scenarios.record(session, reference, digest, result, now=clock.now())

    return record
