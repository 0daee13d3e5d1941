"""The states of a dossier and the acts that lead from one to the next, as one table."""

from __future__ import annotations

from enum import StrEnum

from ptce_aap.domain.errors import RuleViolation


class State(StrEnum):
    """Where a dossier stands."""

    DRAFT = "draft"
    FILED = "filed"
    ELIGIBLE = "eligible"
    NOT_ELIGIBLE = "not_eligible"
    WITHDRAWN = "withdrawn"


UNREAD = (State.DRAFT.value, State.WITHDRAWN.value)
"""The states in which nobody but its applicant finds a dossier."""


class Act(StrEnum):
    """What moves a dossier."""

    FILE = "file"
    FILE_AGAIN = "file_again"
    WITHDRAW = "withdraw"
    FIND_ELIGIBLE = "find_eligible"
    FIND_NOT_ELIGIBLE = "find_not_eligible"


TRANSITIONS: dict[tuple[State, Act], State] = {
    (State.DRAFT, Act.FILE): State.FILED,
    # Before the closing, the last deposit counts; a dossier that was withdrawn may be filed again.
    (State.FILED, Act.FILE_AGAIN): State.FILED,
    (State.WITHDRAWN, Act.FILE_AGAIN): State.FILED,
    (State.FILED, Act.WITHDRAW): State.WITHDRAWN,
    (State.ELIGIBLE, Act.WITHDRAW): State.WITHDRAWN,
    (State.NOT_ELIGIBLE, Act.WITHDRAW): State.WITHDRAWN,
    (State.FILED, Act.FIND_ELIGIBLE): State.ELIGIBLE,
    (State.FILED, Act.FIND_NOT_ELIGIBLE): State.NOT_ELIGIBLE,
    # Until the marking opens, the call team may come back on its decision, with a new reason.
    (State.ELIGIBLE, Act.FIND_NOT_ELIGIBLE): State.NOT_ELIGIBLE,
    (State.NOT_ELIGIBLE, Act.FIND_ELIGIBLE): State.ELIGIBLE,
    (State.ELIGIBLE, Act.FIND_ELIGIBLE): State.ELIGIBLE,
    (State.NOT_ELIGIBLE, Act.FIND_NOT_ELIGIBLE): State.NOT_ELIGIBLE,
}


def after(state: str, act: Act) -> State:
    """Return the state that an act leads to. Errors: ``wrong_state`` where the act does not apply."""
    reached = TRANSITIONS.get((State(state), act))
    if reached is None:
        raise RuleViolation("wrong_state", state=state, act=act.value)
    return reached
