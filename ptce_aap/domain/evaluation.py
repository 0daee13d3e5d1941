"""What a dossier is worth: completeness, eligibility, indicators, demands and budget, in one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ptce_aap.domain.budget import Finding, Severity
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.eligibility import Result, Verdict, overall
from ptce_aap.domain.facts import Facts
from ptce_aap.domain.indicators import AxisLevel, Measure, axis_level
from ptce_aap.domain.questionnaire import Answers
from ptce_aap.domain.requirements import Check


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that the rules of a call say of one dossier."""

    call: str
    missing: tuple[str, ...]  # places, in the form's order
    verdicts: tuple[Verdict, ...]
    measures: tuple[Measure, ...]
    checks: tuple[Check, ...]
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    levels: Mapping[str, AxisLevel]

    @property
    def complete(self) -> bool:
        """Tell whether nothing obligatory is missing."""
        return not self.missing

    @property
    def eligible(self) -> Result:
        """Return the whole of the eligibility rules."""
        return overall(self.verdicts)

    def verdict(self, rule: str) -> Verdict:
        """Return what a rule answered."""
        return next(verdict for verdict in self.verdicts if verdict.rule == rule)

    def measure(self, key: str) -> Measure:
        """Return an indicator's measure."""
        return next(measure for measure in self.measures if measure.key == key)

    def check(self, key: str) -> Check:
        """Return how a demand stands."""
        return next(check for check in self.checks if check.key == key)

    def as_json(self) -> dict[str, Any]:
        """Return the shape that ``ptce-aap evaluate`` prints, without the file's name."""
        return {
            "call": self.call,
            "complete": self.complete,
            "missing": list(self.missing),
            "eligibility": [
                {"rule": v.rule, "result": str(v.result), "reason": v.reason, "fields": list(v.fields)}
                for v in self.verdicts
            ],
            "eligible": str(self.eligible),
            "indicators": [_measure_json(measure) for measure in self.measures],
            "requirements": [_check_json(check) for check in self.checks],
            "budget": {"errors": _findings_json(self.errors), "warnings": _findings_json(self.warnings)},
            "axes": [
                {"key": level.axis, "level": level.level, "ceiling": level.ceiling} for level in self.levels.values()
            ],
        }


def evaluate(
    definition: CallDefinition,
    answers: Answers,
    *,
    submitted_at: datetime | None = None,
    closes_at: datetime | None = None,
) -> Evaluation:
    """Evaluate a dossier, filed or draft (``submitted_at`` None).

    ``closes_at`` is the call's closing in force, the first instant at which it is too late; the call sheet's if None.
    """
    facts = Facts(
        definition.questionnaire,
        answers,
        submitted_at=submitted_at,
        closes_at=closes_at or definition.sheet.closes_at,
        envelope_cents=definition.sheet.envelope_cents,
        implicits=definition.implicits,
    )
    measures = tuple(indicator.measure(facts) for indicator in definition.indicators)
    checks = tuple(requirement.check(facts) for requirement in definition.requirements)
    return Evaluation(
        call=definition.sheet.name,
        missing=facts.missing,
        verdicts=tuple(rule.judge(facts) for rule in definition.eligibility),
        measures=measures,
        checks=checks,
        errors=_find(definition, facts, Severity.ERROR),
        warnings=_find(definition, facts, Severity.WARNING),
        levels=_levels(measures, checks),
    )


def _find(definition: CallDefinition, facts: Facts, severity: Severity) -> tuple[Finding, ...]:
    controls = (control for control in definition.controls if control.severity is severity)
    return tuple(finding for control in controls for finding in control.find(facts))


def _levels(measures: tuple[Measure, ...], checks: tuple[Check, ...]) -> dict[str, AxisLevel]:
    return {
        axis: axis_level(
            axis,
            [measure.level for measure in measures if measure.axis == axis],
            [check.ceiling for check in checks if check.axis == axis and check.ceiling is not None],
        )
        for axis in dict.fromkeys(measure.axis for measure in measures)
    }


def _measure_json(measure: Measure) -> dict[str, Any]:
    return {
        "key": measure.key,
        "axis": measure.axis,
        "value": measure.json_value(),
        "unit": measure.indicator.unit_label,
        "level": measure.level,
        "fields": list(measure.indicator.fields),
    }


def _check_json(check: Check) -> dict[str, Any]:
    return {
        "key": check.key,
        "axis": check.axis,
        "state": str(check.state),
        "ceiling": check.ceiling,
        "message": check.message,
        "fields": list(check.requirement.fields),
    }


def _findings_json(findings: tuple[Finding, ...]) -> list[dict[str, str]]:
    return [{"key": finding.key, "message": finding.message} for finding in findings]
