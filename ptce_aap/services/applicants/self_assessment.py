"""What the rules of a call say of a dossier to whoever writes it: conditions, indicators, demands, what they read."""

from __future__ import annotations

from dataclasses import dataclass

from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.questionnaire import Question
from ptce_aap.domain.requirements import Check
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.instruction import evidence
from ptce_aap.services.instruction.evidence import AxisReading, Read, RuleReading


@dataclass(frozen=True, slots=True)
class DemandReading:
    """A demand of the call, how it stands and what it read."""

    check: Check
    read: Read


@dataclass(frozen=True, slots=True)
class AxisAssessment:
    """An axis of the grid: its level, its indicators, its demands."""

    axis: AxisReading
    demands: tuple[DemandReading, ...]


@dataclass(frozen=True, slots=True)
class SelfAssessment:
    """Everything that is computed of one's own dossier; an aid, never the decision nor a mark."""

    rules: tuple[RuleReading, ...]
    axes: tuple[AxisAssessment, ...]

    @property
    def first_to_mend(self) -> Question | None:
        """Return where the first condition that is not met is mended: what it found empty, else what it read first."""
        for rule in self.rules:
            if rule.verdict.result is Result.NOT_MET and rule.read.shown:
                empty = [item for item in rule.read.shown if item.value is None or item.value == ()]
                return (empty or rule.read.shown)[0].question
        return None


def assess(page: DossierPage) -> SelfAssessment:
    """Return the self-assessment of a dossier that its writer has opened; no statement."""
    definition, answers = page.definition, page.answers
    return SelfAssessment(
        rules=evidence.rule_readings(definition, answers, page.evaluation),
        axes=tuple(
            AxisAssessment(
                axis,
                tuple(
                    DemandReading(check, evidence.read_of(definition, answers, check.requirement.fields))
                    for check in axis.checks
                ),
            )
            for axis in evidence.axis_readings(definition, answers, page.evaluation)
        ),
    )
