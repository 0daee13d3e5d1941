"""Who walks through the application: one person of each column of the matrix, then persons of several roles at once."""

from __future__ import annotations

from dataclasses import dataclass

from ptce_aap.domain.permissions import Relation, Role
from ptce_aap.domain.sharing import Right

HERE, ELSEWHERE = "31", "93"


@dataclass(frozen=True, slots=True)
class Walker:
    """A person: how he stands to the dossier as an applicant, his grants, whether he is in conflict with it."""

    name: str
    people: Relation = Relation.APPLICANT
    grants: tuple[tuple[Role, str | None, str | None], ...] = ()  # role, region, seat
    reads: bool = False  # was given the dossier to read
    conflict: bool = False  # declares one when the jury begins
    shares: Right | None = None
    everywhere: bool = False  # the grants hold on every call

    @property
    def email(self) -> str:
        """The address of the account; nobody's where the walker only visits."""
        return f"{self.name}@permissions.example.org"

    @property
    def visits(self) -> bool:
        """Tell whether the walker has no account."""
        return self.people is Relation.VISITOR


_CORRESPONDS = (Role.CORRESPONDENT, HERE, None)
_JUDGES = (Role.JUROR, None, "ess")
_TEAM, _CHAIR, _AUDITOR = (Role.TEAM, None, None), (Role.CHAIR, None, None), (Role.AUDITOR, None, None)

THIRTEEN = (
    Walker("visitor", Relation.VISITOR),
    Walker("owner", Relation.OWNER),
    Walker("editor", Relation.EDITOR, shares=Right.EDIT),
    Walker("stranger"),
    Walker("correspondent", grants=(_CORRESPONDS,)),
    Walker("elsewhere", grants=((Role.CORRESPONDENT, ELSEWHERE, None),)),
    Walker("reader", grants=(_JUDGES,), reads=True),
    Walker("juror", grants=((Role.JUROR, None, "education"),)),
    Walker("conflicted", grants=((Role.JUROR, None, "agriculture"),), reads=True, conflict=True),
    Walker("chair", grants=(_CHAIR,)),
    Walker("team", grants=(_TEAM,)),
    Walker("auditor", grants=(_AUDITOR,)),
    Walker("admin", grants=((Role.ADMIN, None, None),)),
)
"""The columns of the matrix: PUB OWN COL OTH COR+ COR- JUR+ JUR0 JURx PRE CHA AUD ADM."""

UNIONS = (
    Walker("filer", Relation.FILER, shares=Right.FILE),
    Walker("onlooker", Relation.READER, shares=Right.READ),
    # Deny wins over a union of roles: people of the dossier who hold a role besides.
    Walker("editor_juror", Relation.EDITOR, grants=(_JUDGES,), reads=True, shares=Right.EDIT),
    Walker("editor_team", Relation.EDITOR, grants=(_TEAM, _CORRESPONDS), shares=Right.EDIT),
    # Conflict wins over every role.
    Walker("chair_conflicted", grants=(_CHAIR,), conflict=True),
    Walker("team_conflicted", grants=(_TEAM,), conflict=True),
    Walker("auditor_conflicted", grants=(_AUDITOR,), conflict=True),
    Walker("correspondent_conflicted", grants=(_CORRESPONDS,), conflict=True),
    # Two roles that do not hinder each other.
    Walker("opener", grants=((Role.TEAM, None, None),), everywhere=True),
    Walker("juror_elsewhere", grants=((Role.JUROR, None, "ess"), (Role.CORRESPONDENT, ELSEWHERE, None))),
)
"""Persons of several roles, and people of the dossier by each right."""

WALKERS = (*THIRTEEN, *UNIONS)
