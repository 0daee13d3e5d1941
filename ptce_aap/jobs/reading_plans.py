"""Computes the plans of readings that call teams ask for."""

from __future__ import annotations

from ptce_aap import clock
from ptce_aap.domain.assignment.planning import PlanSettings
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.handlers import On, Record, Task, handles
from ptce_aap.services.assignment import plan_computing, plan_situation, plan_store

_GIVE_UP_AFTER = 3


@handles(plan_store.KIND, on=On.COMPUTATIONS)
def compute(context: JobContext, task: Task) -> Record | None:
    """Compute the plan of ``{"plan": reference}`` from what is true now, for whoever asked for it."""
    reference = str(task.payload["plan"])
    with context.database.reading() as session:
        found = plan_store.asked(session, reference)
        if found is None:
            return None
        plan, actor, call = found
        settings = PlanSettings.from_json(plan.settings)
        situation = plan_situation.known(session, actor, call, now=clock.now()).situation
    if task.attempts > _GIVE_UP_AFTER:  # each process that tried was killed on the way
        return lambda session: plan_store.fail(session, reference, "plan_unsolved")
    try:
        content = plan_computing.computed(situation, settings)
    except RuleViolation as violation:
        refusal = violation.code
        return lambda session: plan_store.fail(session, reference, refusal)
    except Exception:
        if task.attempts < _GIVE_UP_AFTER:
            raise
        return lambda session: plan_store.fail(session, reference, "plan_unsolved")
    digest = situation.digest()
    return lambda session: plan_store.record(session, reference, digest=digest, content=content, now=clock.now())
