"""What is always true of the data: named checks over the whole database, each with the objects that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ptce_aap.services import (
    invariants_of_adoption,
    invariants_of_calls,
    invariants_of_corrected,
    invariants_of_discussion,
    invariants_of_dossiers,
    invariants_of_people,
    invariants_of_plans,
    invariants_of_rankings,
    invariants_of_revisions,
    invariants_of_scenarios,
    invariants_of_table_uploads,
)

EXAMPLES = 5
Check = Callable[[Session], Iterable[str]]

CHECKS: dict[str, Check] = {
    **invariants_of_dossiers.CHECKS,
    **invariants_of_rankings.CHECKS,
    **invariants_of_revisions.CHECKS,
    **invariants_of_adoption.CHECKS,
    **invariants_of_calls.CHECKS,
    **invariants_of_scenarios.CHECKS,
    **invariants_of_table_uploads.CHECKS,
    **invariants_of_plans.CHECKS,
    **invariants_of_corrected.CHECKS,
    **invariants_of_discussion.CHECKS,
    **invariants_of_people.CHECKS,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: how many objects break it, and the references of the first ones."""

    name: str
    count: int
    examples: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Tell whether nothing breaks the invariant."""
        return self.count == 0


def check_all(session: Session) -> tuple[Finding, ...]:
    """Run every check, in the order of its name."""
    return tuple(_run(name, check, session) for name, check in sorted(CHECKS.items()))


def _run(name: str, check: Check, session: Session) -> Finding:
    broken = list(check(session))
    return Finding(name, len(broken), tuple(broken[:EXAMPLES]))
