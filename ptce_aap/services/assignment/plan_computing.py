"""A plan computed by the worker: the most equal loads that are possible, then the best readings, proven."""

from __future__ import annotations

import time
from typing import Any

from ptce_aap.domain.assignment.answer import Answer, TooFewReaders
from ptce_aap.domain.assignment.instance import Instance
from ptce_aap.domain.assignment.planning import PlanSettings, Situation, instances
from ptce_aap.domain.errors import RuleViolation

SEED = 1
_SECONDS = 120.0


def computed(situation: Situation, settings: PlanSettings) -> dict[str, Any]:
    """Return a plan as it is stored. Errors: ``plan_unsolved``."""
    # Imported here: this module is loaded by the web process, which never computes.
    from ptce_aap.domain.assignment.program import Unsolved
    from ptce_aap.domain.assignment.solving import assign

    began, left = time.monotonic(), _SECONDS
    found: tuple[Instance, Answer] | None = None
    try:
        for instance in instances(situation, settings):
            answer = assign(instance, seed=SEED, seconds=left)
            found = instance, answer
            left = max(1.0, _SECONDS - (time.monotonic() - began))
            if answer.feasible or isinstance(answer.blocking[0], TooFewReaders):
                break
    except Unsolved:
        raise RuleViolation("plan_unsolved") from None
    if found is None:
        raise RuleViolation("plan_unsolved")
    return _content(situation, settings, *found)


def _content(situation: Situation, settings: PlanSettings, instance: Instance, answer: Answer) -> dict[str, Any]:
    elsewhere = {member.reference: member.elsewhere for member in situation.members}
    return {
        "pairs": [[dossier, reader] for dossier, readers in (answer.readers_of or {}).items() for reader in readers],
        "feasible": answer.feasible,
        "blocking": [block.as_json() for block in answer.blocking],
        "proven": answer.proven,
        "total": answer.total,
        "worst": answer.worst,
        "demands": {need.id: need.demand for need in instance.needs},
        "bounds": {
            reader.id: [instance.minimum_of(reader) + elsewhere[reader.id], reader.maximum + elsewhere[reader.id]]
            for reader in instance.readers
        },
        "kept": sorted([dossier, reader] for dossier, reader in situation.kept(settings)),
    }
