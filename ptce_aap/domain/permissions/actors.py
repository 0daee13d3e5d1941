"""The person who acts: an account, the roles that were given to it, and the rooms that they open."""

from __future__ import annotations

from dataclasses import dataclass, field

from ptce_aap.domain.permissions.rights import POLICY
from ptce_aap.domain.permissions.roles import Permission, Role


@dataclass(frozen=True, slots=True, order=True)
class Absent:
    """A correspondent for whom another one acts during his absence."""

    reference: str
    person_id: int


@dataclass(frozen=True, slots=True)
class Grant:
    """A role given to a person: on one call, or on every call where ``call_id`` is None.

    ``absent``: the role is that of somebody absent, for the days in which this person acts for him.
    """

    role: Role
    call_id: int | None = None
    region: str | None = None
    seat: str | None = None
    absent: Absent | None = None


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
        """Return the regions that this person instructs on the call, his own and those of whom he acts for."""
        return frozenset(g.region for g in self._instructs(call_id) if g.region)

    def absents_on(self, call_id: int) -> dict[str, tuple[Absent, ...]]:
        """Return the regions that are his by the absence of somebody only, each with those for whom he acts there."""
        found: dict[str, set[Absent]] = {}
        own = {g.region for g in self._instructs(call_id) if g.absent is None}
        for grant in self._instructs(call_id):
            if grant.absent is not None and grant.region and grant.region not in own:
                found.setdefault(grant.region, set()).add(grant.absent)
        return {region: tuple(sorted(absents)) for region, absents in sorted(found.items())}

    def closed_with(self, call_id: int) -> dict[str, tuple[int, ...]]:
        """Return the same by identifier: what is closed to all of those for whom he acts is closed to him."""
        return {region: tuple(one.person_id for one in absents) for region, absents in self.absents_on(call_id).items()}

    def _instructs(self, call_id: int) -> list[Grant]:
        return [g for g in self.grants_on(call_id) if g.role is Role.CORRESPONDENT]
