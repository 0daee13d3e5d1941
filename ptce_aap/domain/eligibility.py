"""Eligibility rules: three-valued, each with its sentence and the fields that it reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ptce_aap.domain.conditions import Condition
from ptce_aap.domain.facts import Facts
from ptce_aap.domain.wording import Sentence


class Result(StrEnum):
    """What a rule answers. The correspondent proposes, the call team decides; the program never refuses."""

    MET = "met"
    NOT_MET = "not_met"
    TO_VERIFY = "to_verify"


@dataclass(frozen=True, slots=True)
class Case:
    """One answer of a rule, and when it is given; the last case of a rule has no condition."""

    result: Result
    condition: Condition | None
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the regulation: its cases are tried in order, the first that applies answers."""

    key: str
    label: str
    plain: str  # the rule in plain words
    reference: str  # where the regulation says it
    cases: tuple[Case, ...]
    fields: tuple[str, ...]  # every column that the rule can read, in the form's order

    def judge(self, facts: Facts) -> Verdict:
        """Return what the rule answers of a dossier."""
        case = next(case for case in self.cases if case.condition is None or case.condition.holds(facts))
        return Verdict(self.key, self.label, case.result, case.sentence.fill(facts), self.fields)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule answered of one dossier."""

    rule: str
    label: str
    result: Result
    reason: str  # French
    fields: tuple[str, ...]


def overall(verdicts: Iterable[Verdict]) -> Result:
    """Return the whole: ``not_met`` if any rule is, else ``to_verify`` if any is, else ``met``."""
    results = {verdict.result for verdict in verdicts}
    for result in (Result.NOT_MET, Result.TO_VERIFY):
        if result in results:
            return result
    return Result.MET
