"""Who may do what, when, on which dossier: one table, that the code asks and that officials read.

A right is open where three things hold together: the room (``POLICY``, asked by every view), the relation to the
dossier (drawn by ``models/visibility.py``) and the period of the call (``is_open``, asked by services). A conflict
closes what it touches, whatever else a person is (``conflict_closes``). ``docs/permissions.md`` prints the table.
"""

from ptce_aap.domain.permissions.actors import Absent, Actor, Grant
from ptce_aap.domain.permissions.periods import PERIOD_LABELS, Period, period_of, reached
from ptce_aap.domain.permissions.rights import POLICY, RIGHTS, conflict_closes, is_open, line_of
from ptce_aap.domain.permissions.roles import (
    RELATION_LABELS,
    ROLE_LABELS,
    ROLE_OF,
    Permission,
    Relation,
    Role,
)
from ptce_aap.domain.permissions.vocabulary import Deed, Kind, Line, Scope

__all__ = [
    "PERIOD_LABELS",
    "POLICY",
    "RELATION_LABELS",
    "RIGHTS",
    "ROLE_LABELS",
    "ROLE_OF",
    "Absent",
    "Actor",
    "Deed",
    "Grant",
    "Kind",
    "Line",
    "Period",
    "Permission",
    "Relation",
    "Role",
    "Scope",
    "conflict_closes",
    "is_open",
    "line_of",
    "period_of",
    "reached",
]
