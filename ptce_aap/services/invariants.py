"""What is always true of the data: named checks over the whole database, each with the objects that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ptce_aap.services import (
    invariants_of_adoption,
    invariants_of_calls,
    invariants_of_complements,
    invariants_of_corrected,
    invariants_of_discussion,
    invariants_of_dossiers,
    invariants_of_effects,
    invariants_of_erasures,
    invariants_of_factors,
    invariants_of_journal,
    invariants_of_messages,
    invariants_of_people,
    invariants_of_pieces,
    invariants_of_plans,
    invariants_of_rankings,
    invariants_of_revisions,
    invariants_of_scenarios,
    invariants_of_table_uploads,
    invariants_of_two_persons,
    stored_files,
)
from ptce_aap.storage import Storage

EXAMPLES = 5
FILES = "storage.every_row_has_its_file"
Check = Callable[[Session], Iterable[str]]

CHECKS: dict[str, Check] = {
    **invariants_of_dossiers.CHECKS,
    **invariants_of_rankings.CHECKS,
    **invariants_of_revisions.CHECKS,
    **invariants_of_adoption.CHECKS,
    **invariants_of_calls.CHECKS,
    **invariants_of_journal.CHECKS,
    **invariants_of_scenarios.CHECKS,
    **invariants_of_table_uploads.CHECKS,
    **invariants_of_pieces.CHECKS,
    **invariants_of_plans.CHECKS,
    **invariants_of_complements.CHECKS,
    **invariants_of_corrected.CHECKS,
    **invariants_of_discussion.CHECKS,
    **invariants_of_messages.CHECKS,
    **invariants_of_people.CHECKS,
    **invariants_of_two_persons.CHECKS,
    **invariants_of_factors.CHECKS,
    **invariants_of_effects.CHECKS,
    **invariants_of_erasures.CHECKS,
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


def check_all(session: Session, storage: Storage | None = None) -> tuple[Finding, ...]:
    """Run every check, in the order of its name; where a storage is given, that it holds what rows name too."""
    checks = CHECKS if storage is None else {**CHECKS, FILES: lambda session: stored_files.missing(session, storage)}
    return tuple(_run(name, check, session) for name, check in sorted(checks.items()))


def _run(name: str, check: Check, session: Session) -> Finding:
    broken = list(check(session))
    return Finding(name, len(broken), tuple(broken[:EXAMPLES]))
