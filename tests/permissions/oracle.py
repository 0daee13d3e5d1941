"""What each cell of the matrix must answer, worked out of the lines of the table and of nothing else.

Independent of the policy code: neither ``Actor.may``, nor ``is_open``, nor ``conflict_closes``, nor any query.
"""

from __future__ import annotations

from enum import StrEnum

from ptce_aap.domain.permissions import RIGHTS, ROLE_OF, Deed, Kind, Line, Period, Permission, Relation, Role, Scope
from tests.permissions.entries import Entry
from tests.permissions.people import HERE, Walker
from tests.permissions.world import Marker, Stage

_LINES = {line.deed: line for line in RIGHTS}
_PEOPLE = {Relation.OWNER, Relation.FILER, Relation.EDITOR, Relation.READER}
_BEFORE_THE_JURY = {Relation.TEAM, Relation.AUDITOR, Relation.CORRESPONDENT_HERE}
_JURY = list(Stage).index(Stage.JURY)


class Outcome(StrEnum):
    """What a person is answered."""

    OPEN = "open"
    EMPTY = "empty"  # the page is shown, without what it would tell
    CLOSED = "closed"  # refused in words, or led elsewhere; nothing changes
    MISSING = "missing"  # the page of an address that does not exist
    FORBIDDEN = "forbidden"  # the room is not that of any of his roles
    SIGN_IN = "sign_in"


_BEST_FIRST = tuple(Outcome)


def expected(entry: Entry, method: str, walker: Walker, stage: Stage, *, there: bool) -> Outcome:
    """Return what a walker is answered; ``there``: what the address names exists at this stage."""
    lines = [_LINES[deed] for deed in entry.deeds(method)]
    if any(line.room is None for line in lines):
        return _public(entry, lines, stage, there)
    if walker.visits:
        return Outcome.SIGN_IN
    if not any((entry.room or line.room) in rooms_of(walker) for line in lines):
        return Outcome.FORBIDDEN
    if entry.everywhere and not walker.everywhere:
        return Outcome.FORBIDDEN
    entered = [line for line in lines if (entry.room or line.room) in rooms_of(walker)]
    found = min((_inside(entry, line, walker, stage) for line in entered), key=_BEST_FIRST.index)
    if found in {Outcome.OPEN, Outcome.EMPTY}:
        if entry.absent or not there or (entry.holder and entry.holder != walker.name):
            return Outcome.EMPTY if entry.page else Outcome.CLOSED
        # Conflicts are declared on lists that some have before the jury; readers are given to what was found eligible.
        early = _BEFORE_THE_JURY if any(line.scope is Scope.LISTED for line in lines) else set()
        if entry.eligible and list(Stage).index(stage) < _JURY and relations_of(walker).isdisjoint(early):
            return Outcome.CLOSED
    return found


def shown(walker: Walker, stage: Stage) -> frozenset[Marker]:
    """Return the markers of the target that a walker may ever read at a stage, on any page."""
    return frozenset(marker for marker, deeds in _TOLD_BY.items() if any(_opens(d, walker, stage) for d in deeds))


def rooms_of(walker: Walker) -> frozenset[Permission]:
    """Return the rooms that the roles of a walker open."""
    roles = {role for role, *_ in walker.grants} | ({Role.APPLICANT} if not walker.visits else set())
    return frozenset(
        line.room for line in RIGHTS for one in line.open_to if line.room is not None and ROLE_OF[one] in roles
    )


def relations_of(walker: Walker) -> frozenset[Relation]:
    """Return how a walker stands to the dossier, by each of his roles."""
    found = {walker.people}
    for role, region, _ in walker.grants:
        if role is Role.CORRESPONDENT:
            found.add(Relation.CORRESPONDENT_HERE if region == HERE else Relation.CORRESPONDENT_ELSEWHERE)
        elif role is Role.JUROR:
            found.add(Relation.JUROR_READING if walker.reads else Relation.JUROR)
        else:
            found.add(Relation(role.value))
    return frozenset(found)


def in_conflict(walker: Walker, stage: Stage) -> bool:
    """Tell whether the dossier is closed to a walker whatever his roles: he prepares it, or said so to the jury."""
    declared = walker.conflict and list(Stage).index(stage) >= _JURY
    return walker.people in _PEOPLE or declared


def _public(entry: Entry, lines: list[Line], stage: Stage, there: bool) -> Outcome:
    if entry.absent:
        return Outcome.MISSING
    if entry.dead:
        return Outcome.EMPTY
    if not there:
        return Outcome.CLOSED
    everybody = any(stage.period in periods for line in lines for periods in line.open_to.values())
    return Outcome.OPEN if everybody else Outcome.MISSING


def _inside(entry: Entry, line: Line, walker: Walker, stage: Stage) -> Outcome:
    """Return what a line answers to whoever is in its room: who, then a conflict, then when."""
    scope = entry.scope or line.scope
    relations = relations_of(walker)
    if entry.each_region and Relation.CORRESPONDENT_ELSEWHERE in relations:
        relations |= {Relation.CORRESPONDENT_HERE}
    mine = relations & set(line.open_to)
    period = stage.period
    told = Outcome.EMPTY if entry.page else Outcome.CLOSED
    if scope is Scope.OWN and (walker.people not in _PEOPLE or stage is Stage.ANNOUNCED):
        return Outcome.MISSING
    if scope is Scope.DOSSIER and (in_conflict(walker, stage) or not mine):
        return Outcome.MISSING
    if scope is Scope.SHEETS and in_conflict(walker, stage):
        return told
    if scope is Scope.STANDINGS and in_conflict(walker, stage) and period is not Period.PUBLISHED:
        return told
    if any(period in line.open_to[relation] for relation in mine):
        return Outcome.OPEN
    return Outcome.MISSING if scope is Scope.DOSSIER and line.kind is Kind.READ and mine else told


def _opens(deed: Deed, walker: Walker, stage: Stage) -> bool:
    line = _LINES[deed]
    closed = {Scope.DOSSIER, Scope.SHEETS} | ({Scope.STANDINGS} if stage is not Stage.PUBLISHED else set())
    if line.scope in closed and in_conflict(walker, stage):
        return False
    return any(stage.period in line.open_to[one] for one in relations_of(walker) & set(line.open_to))


_READING = (
    Deed.READ_OWN_DOSSIER,
    Deed.READ_INSTRUCTED,
    Deed.READ_ASSIGNED,
    Deed.READ_MANAGED,
    Deed.READ_PRESIDED,
)
_SAID = (Deed.READ_INSTRUCTED, Deed.READ_MANAGED, Deed.READ_PRESIDED)
_TOLD_BY: dict[Marker, tuple[Deed, ...]] = {
    Marker.TITLE: (*_READING, Deed.REREAD_CONFLICTS, Deed.SEE_LAUREATES),
    Marker.CONTENT: _READING,
    Marker.DRAFT: (Deed.READ_OWN_DOSSIER,),
    Marker.PIECE: _READING,
    Marker.MESSAGE: (Deed.READ_OWN_MESSAGES, Deed.READ_INSTRUCTED, Deed.READ_SERVICE_MESSAGES),
    Marker.PROPOSAL: _SAID,
    Marker.OPINION: (*_SAID, Deed.READ_REGIONAL_OPINION),
    Marker.DECISION: (*_SAID, Deed.READ_RESULT),
    Marker.COMMENT: (Deed.READ_OTHERS_MARKS, Deed.SEE_RANKING),
    Marker.COMMITTEE: (Deed.READ_OTHERS_MARKS, Deed.SEE_RANKING),
}
"""By which acts each kind of text is read."""
