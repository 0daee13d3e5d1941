"""Who may do what: permissions, roles, and the table that links them.

This table answers "may a person with this role ever enter this room?". Which dossiers the person
finds there is the visibility query (``models/visibility.py``), and a declared conflict
closes a dossier whatever the role.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """A role on a call. ``APPLICANT`` is not granted: whoever has an account may file."""

    APPLICANT = "applicant"
    CORRESPONDENT = "correspondent"
    JUROR = "juror"
    CHAIR = "chair"
    TEAM = "team"
    AUDITOR = "auditor"
    ADMIN = "admin"


ROLE_LABELS: dict[Role, str] = {
    Role.APPLICANT: "Candidature",
    Role.CORRESPONDENT: "Correspondance ESS de l’État",
    Role.JUROR: "Jury",
    Role.CHAIR: "Présidence du jury",
    Role.TEAM: "Équipe de l’appel",
    Role.AUDITOR: "Audit",
    Role.ADMIN: "Administration des comptes",
}
"""How readers know each role."""


class Permission(StrEnum):
    """One act of the procedure, named by its verb and its object."""

    OWN_ACCOUNT = "own_account"
    FILE_DOSSIER = "file_dossier"
    INSTRUCT = "instruct"
    ASK_COMPLEMENTS = "ask_complements"
    SCORE = "score"
    DECLARE_CONFLICT = "declare_conflict"
    MANAGE_CALL = "manage_call"
    MANAGE_PEOPLE = "manage_people"
    DECIDE_ELIGIBILITY = "decide_eligibility"
    ASSIGN = "assign"
    SEE_MANAGEMENT = "see_management"
    SEE_RANKING = "see_ranking"
    SEE_CORRECTED = "see_corrected"
    SEE_SEVERITY = "see_severity"
    CHAIR_DECISION = "chair_decision"
    FREEZE_SHORTLIST = "freeze_shortlist"
    SIMULATE = "simulate"
    READ_JOURNAL = "read_journal"
    EXPORT = "export"


POLICY: dict[Role, frozenset[Permission]] = {
    Role.APPLICANT: frozenset({Permission.OWN_ACCOUNT, Permission.FILE_DOSSIER}),
    Role.CORRESPONDENT: frozenset({Permission.OWN_ACCOUNT, Permission.INSTRUCT, Permission.ASK_COMPLEMENTS}),
    Role.JUROR: frozenset({Permission.OWN_ACCOUNT, Permission.SCORE, Permission.DECLARE_CONFLICT}),
    Role.CHAIR: frozenset(
        {
            Permission.OWN_ACCOUNT,
            Permission.DECLARE_CONFLICT,
            Permission.SEE_MANAGEMENT,
            Permission.SEE_RANKING,
            Permission.SEE_CORRECTED,
            Permission.SEE_SEVERITY,
            Permission.CHAIR_DECISION,
            Permission.FREEZE_SHORTLIST,
            Permission.SIMULATE,
            Permission.EXPORT,
        }
    ),
    Role.TEAM: frozenset(
        {
            Permission.OWN_ACCOUNT,
            Permission.MANAGE_CALL,
            Permission.MANAGE_PEOPLE,
            Permission.ASK_COMPLEMENTS,
            Permission.DECIDE_ELIGIBILITY,
            Permission.ASSIGN,
            Permission.SEE_MANAGEMENT,
            Permission.SEE_RANKING,
            Permission.SEE_CORRECTED,
            Permission.FREEZE_SHORTLIST,
            Permission.SIMULATE,
            Permission.EXPORT,
            Permission.READ_JOURNAL,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.OWN_ACCOUNT,
            Permission.SEE_MANAGEMENT,
            Permission.SEE_RANKING,
            Permission.SEE_CORRECTED,
            Permission.READ_JOURNAL,
            Permission.EXPORT,
        }
    ),
    Role.ADMIN: frozenset({Permission.OWN_ACCOUNT, Permission.MANAGE_PEOPLE}),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role given to a person: on one call, or on every call where ``call_id`` is None."""

    role: Role
    call_id: int | None = None
    region: str | None = None
    seat: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts, as the services see him: an account and its grants."""

    person_id: int
    reference: str
    name: str
    email: str
    grants: frozenset[Grant] = field(default_factory=frozenset)

    def grants_on(self, call_id: int | None) -> frozenset[Grant]:
        """Return the grants that hold on this call."""
        return frozenset(g for g in self.grants if g.call_id is None or g.call_id == call_id)

    def roles_on(self, call_id: int | None) -> frozenset[Role]:
        """Return the roles held on this call; everybody is an applicant."""
        return frozenset({Role.APPLICANT} | {g.role for g in self.grants_on(call_id)})

    def may(self, permission: Permission, call_id: int | None) -> bool:
        """Tell whether a role held on this call carries the permission."""
        return any(permission in POLICY[role] for role in self.roles_on(call_id))

    def may_somewhere(self, permission: Permission) -> bool:
        """Tell whether the permission is held on at least one call."""
        roles = {Role.APPLICANT} | {g.role for g in self.grants}
        return any(permission in POLICY[role] for role in roles)

    def regions_on(self, call_id: int) -> frozenset[str]:
        """Return the regions that this person instructs on the call."""
        return frozenset(g.region for g in self.grants_on(call_id) if g.role is Role.CORRESPONDENT and g.region)
