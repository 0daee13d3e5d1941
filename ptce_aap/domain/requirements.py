"""What a call demands, with consequences: a ceiling on an axis, a flag to readers, a reason asked of the juror."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ptce_aap.domain.conditions import Condition
from ptce_aap.domain.facts import Facts
from ptce_aap.domain.statements import quantities_of
from ptce_aap.domain.wording import Sentence


class State(StrEnum):
    """Whether a demand is respected; unknown where an input is."""

    RESPECTED = "respected"
    NOT_RESPECTED = "not_respected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A demand: when it is not respected, and what follows then."""

    key: str
    axis: str
    label: str
    plain: str
    reference: str
    breach: Condition  # not respected when it holds
    silence: str | None  # a table: left empty on a filed dossier, the demand is not respected
    ceiling: int | None
    alert: bool
    reason_asked: bool  # a mark above the ceiling asks the juror for a sentence
    sentences: Mapping[State, Sentence]
    fields: tuple[str, ...]

    def check(self, facts: Facts) -> Check:
        """Return how the demand stands on a dossier."""
        state = self._state(facts)
        broken = state is State.NOT_RESPECTED
        return Check(
            requirement=self,
            state=state,
            ceiling=self.ceiling if broken else None,
            alert=self.alert and broken,
            reason_asked=self.reason_asked and broken,
            message=self.sentences[state].fill(facts),
        )

    def _state(self, facts: Facts) -> State:
        if self.silence is not None and facts.submitted_at is not None and not facts.rows(self.silence):
            return State.NOT_RESPECTED
        if any(quantity.of(facts) is None for quantity in quantities_of(self.breach)):
            return State.UNKNOWN
        return State.NOT_RESPECTED if self.breach.holds(facts) else State.RESPECTED


@dataclass(frozen=True, slots=True)
class Check:
    """How a demand stands on one dossier; consequences only where it is not respected."""

    requirement: Requirement
    state: State
    ceiling: int | None
    alert: bool
    reason_asked: bool
    message: str  # French

    @property
    def key(self) -> str:
        """Return the demand's key."""
        return self.requirement.key

    @property
    def axis(self) -> str:
        """Return the demand's axis."""
        return self.requirement.axis
