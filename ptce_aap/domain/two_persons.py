"""The acts that one person proposes and another confirms: who may do either, how long a proposal waits."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from ptce_aap.domain.permissions import ROLE_OF, Deed, Role, line_of

LIFE = timedelta(days=7)
"""How long a proposal waits for its confirmation."""


class JointAct(StrEnum):
    """An act that takes two persons, named by what it makes."""

    EXTENSION = "extension"
    FREEZING = "freezing"
    PUBLICATION = "publication"
    CORRECTION = "correction"


class Outcome(StrEnum):
    """How a proposal ends. One that nobody answers dies by itself, at its term."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OVERTAKEN = "overtaken"  # what it stood on has changed, and another proposal takes its place
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Pair:
    """The two lines of the table of rights that an act takes; one person never goes by both."""

    propose: Deed
    confirm: Deed

    @property
    def proposers(self) -> frozenset[Role]:
        """The roles that propose it."""
        return _roles(self.propose)

    @property
    def confirmers(self) -> frozenset[Role]:
        """The roles that confirm it."""
        return _roles(self.confirm)


def _roles(deed: Deed) -> frozenset[Role]:
    return frozenset(role for relation in line_of(deed).open_to if (role := ROLE_OF[relation]) is not None)


# The secretariat proposes a list, the chair of the committee validates it. Whoever declared a conflict by mistake may
# ask for its correction too.
PAIRS: dict[JointAct, Pair] = {
    JointAct.EXTENSION: Pair(Deed.EXTEND_CALL, Deed.CONFIRM_EXTENSION),
    JointAct.FREEZING: Pair(Deed.FREEZE_LIST, Deed.CONFIRM_FREEZING),
    JointAct.PUBLICATION: Pair(Deed.PUBLISH_LIST, Deed.CONFIRM_PUBLICATION),
    JointAct.CORRECTION: Pair(Deed.CORRECT_CONFLICT, Deed.CONFIRM_CORRECTION),
}

LABELS: dict[JointAct, str] = {
    JointAct.EXTENSION: "Repousser la clôture",
    JointAct.FREEZING: "Figer la liste classée",
    JointAct.PUBLICATION: "Publier les lauréats",
    JointAct.CORRECTION: "Corriger un conflit déclaré par erreur",
}
"""How readers know each act."""


@dataclass(frozen=True, slots=True)
class Debt:
    """To whom a role is owed, by mailbox: who gave it, who had given him the right to, and so on."""

    everybody: frozenset[str] = frozenset()
    managers: frozenset[str] = frozenset()  # without the administration, from which every role comes in the end


def of_one_maker(one: str, owed_by_one: Debt, other: str, owed_by_other: Debt) -> bool:
    """Tell whether two people, by mailbox, are one to the other, or both to one manager, owing their roles."""
    direct = one in owed_by_other.everybody or other in owed_by_one.everybody
    return direct or not owed_by_one.managers.isdisjoint(owed_by_other.managers)


def mailbox(email: str) -> str:
    """Return the box that an address leads to: two addresses of one box are one person.

    Case, compatibility forms of letters, and what follows a « + » in the local part make no other box.
    """
    local, _, host = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{host.rstrip('.')}"
