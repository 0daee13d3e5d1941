"""The table of rights, and the three questions that the code asks it."""

from __future__ import annotations

from ptce_aap.domain.permissions.applying_rights import APPLYING
from ptce_aap.domain.permissions.judging_rights import JUDGING
from ptce_aap.domain.permissions.managing_rights import MANAGING
from ptce_aap.domain.permissions.periods import Period
from ptce_aap.domain.permissions.roles import ROLE_OF, Permission, Relation, Role
from ptce_aap.domain.permissions.vocabulary import Deed, Line, Scope

RIGHTS: tuple[Line, ...] = (*APPLYING, *JUDGING, *MANAGING)
"""Every right of the application, one line an act."""

_LINES: dict[Deed, Line] = {line.deed: line for line in RIGHTS}


def _rooms(role: Role) -> frozenset[Permission]:
    lines = (line for line in RIGHTS if any(ROLE_OF[relation] is role for relation in line.open_to))
    return frozenset(line.room for line in lines if line.room is not None)


POLICY: dict[Role, frozenset[Permission]] = {role: _rooms(role) for role in Role}
"""The rooms that each role opens: those of the acts that are open to it in some period."""


def line_of(deed: Deed) -> Line:
    """Return the line of an act."""
    return _LINES[deed]


def is_open(deed: Deed, period: Period, relation: Relation | None = None, *, chosen: bool = False) -> bool:
    """Tell whether an act is open in this period to whoever stands so, or to somebody where no relation is given.

    ``chosen``: the files of the call open the periods that the table leaves to them.
    """
    line = _LINES[deed]
    relations = line.open_to if relation is None else (relation,)
    return any(period in line.periods(one, chosen=chosen) for one in relations)


def conflict_closes(scope: Scope, period: Period) -> bool:
    """Tell whether a conflict closes this to the person, whatever his roles: one's own dossiers stay one's own."""
    match scope:
        case Scope.DOSSIER | Scope.SHEETS:
            return True
        case Scope.STANDINGS:
            return period is not Period.PUBLISHED
        case Scope.PUBLIC | Scope.ACCOUNT | Scope.OWN | Scope.LISTED | Scope.CALL:
            return False
