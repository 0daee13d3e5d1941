"""What is always true of the data: named checks over the whole database, each with the objects that break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ptce_aap.services.invariants import of_absences as invariants_of_absences
from ptce_aap.services.invariants import of_adoption as invariants_of_adoption
from ptce_aap.services.invariants import of_calls as invariants_of_calls
from ptce_aap.services.invariants import of_complements as invariants_of_complements
from ptce_aap.services.invariants import of_consultations as invariants_of_consultations
from ptce_aap.services.invariants import of_corrected as invariants_of_corrected
from ptce_aap.services.invariants import of_directories as invariants_of_directories
from ptce_aap.services.invariants import of_discussion as invariants_of_discussion
from ptce_aap.services.invariants import of_dossiers as invariants_of_dossiers
from ptce_aap.services.invariants import of_effects as invariants_of_effects
from ptce_aap.services.invariants import of_erasures as invariants_of_erasures
from ptce_aap.services.invariants import of_factors as invariants_of_factors
from ptce_aap.services.invariants import of_journal as invariants_of_journal
from ptce_aap.services.invariants import of_messages as invariants_of_messages
from ptce_aap.services.invariants import of_people as invariants_of_people
from ptce_aap.services.invariants import of_pieces as invariants_of_pieces
from ptce_aap.services.invariants import of_plans as invariants_of_plans
from ptce_aap.services.invariants import of_rankings as invariants_of_rankings
from ptce_aap.services.invariants import of_regions as invariants_of_regions
from ptce_aap.services.invariants import of_revisions as invariants_of_revisions
from ptce_aap.services.invariants import of_scenarios as invariants_of_scenarios
from ptce_aap.services.invariants import of_table_uploads as invariants_of_table_uploads
from ptce_aap.services.invariants import of_two_persons as invariants_of_two_persons
from ptce_aap.services.running import stored_files
from ptce_aap.storage import Storage

EXAMPLES = 5
FILES = "storage.every_row_has_its_file"
Check = Callable[[Session], Iterable[str]]

CHECKS: dict[str, Check] = {
    **invariants_of_dossiers.CHECKS,
    **invariants_of_rankings.CHECKS,
    **invariants_of_regions.CHECKS,
    **invariants_of_revisions.CHECKS,
    **invariants_of_adoption.CHECKS,
    **invariants_of_calls.CHECKS,
    **invariants_of_journal.CHECKS,
    **invariants_of_scenarios.CHECKS,
    **invariants_of_table_uploads.CHECKS,
    **invariants_of_pieces.CHECKS,
    **invariants_of_plans.CHECKS,
    **invariants_of_complements.CHECKS,
    **invariants_of_consultations.CHECKS,
    **invariants_of_corrected.CHECKS,
    **invariants_of_directories.CHECKS,
    **invariants_of_discussion.CHECKS,
    **invariants_of_messages.CHECKS,
    **invariants_of_people.CHECKS,
    **invariants_of_two_persons.CHECKS,
    **invariants_of_factors.CHECKS,
    **invariants_of_effects.CHECKS,
    **invariants_of_erasures.CHECKS,
    **invariants_of_absences.CHECKS,
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
