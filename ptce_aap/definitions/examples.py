"""Examples that rules, indicators, demands and checks carry: each is run, and tells when it no longer holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ptce_aap.definitions.reader import Problem, Section
from ptce_aap.definitions.vocabulary import Example, Vocabulary
from ptce_aap.domain.budget import Control
from ptce_aap.domain.calls import CallSheet
from ptce_aap.domain.eligibility import Result, Rule
from ptce_aap.domain.exchange import read_instant
from ptce_aap.domain.facts import Facts
from ptce_aap.domain.indicators import Indicator, Measure
from ptce_aap.domain.refusals import BadAnswers, Unreadable
from ptce_aap.domain.requirements import Requirement, State
from ptce_aap.domain.wording import Unit

RESULTS = {"remplie": Result.MET, "non_remplie": Result.NOT_MET, "a_verifier": Result.TO_VERIFY}
STATES = {"respectee": State.RESPECTED, "non_respectee": State.NOT_RESPECTED, "inconnue": State.UNKNOWN}
NOTHING_KNOWN = "inconnu"


def read_examples(
    section: Section, subject: Rule | Indicator | Requirement | Control, vocabulary: Vocabulary
) -> list[Example]:
    """Read the examples of something declared, and refuse it where they do not show it pass and fail."""
    examples = []
    for item in section.sections("exemple", []):
        item.text("dit", "")
        answers = item.section("reponses", {})
        example = Example(
            file=item.file,
            key=item.key,
            subject=subject,
            model=item.optional_text("modele"),
            answers={} if answers is None else answers.data,
            submitted_at=item.optional_text("depose_le"),
            expected=item.raw("attendu"),
        )
        if example.model is not None and example.model not in vocabulary.models:
            item.refuse(f"le modèle « {example.model} » n'est pas déclaré.", "modele")
        if not _is_expectation(subject, example.expected):
            item.refuse(f"la réponse attendue s'écrit {_told(subject)}.", "attendu")
        item.close()
        examples.append(example)
    if not _show_both_sides(subject, [example.expected for example in examples]):
        section.refuse(f"il manque des exemples : {_needed(subject)}.", "exemple")
    vocabulary.examples += examples
    return examples


def _is_expectation(subject: object, expected: object) -> bool:
    match subject:
        case Rule():
            return isinstance(expected, str) and expected in RESULTS
        case Requirement():
            return isinstance(expected, str) and expected in STATES
        case Control():
            return isinstance(expected, list) and all(isinstance(place, str) for place in expected)
        case _:
            return expected == NOTHING_KNOWN or _exact(expected) is not None


def _told(subject: object) -> str:
    match subject:
        case Rule():
            return " ou ".join(RESULTS)
        case Requirement():
            return " ou ".join(STATES)
        case Control():
            return "comme la liste des places signalées, vide s'il n'y en a pas"
        case _:
            return f"comme un nombre (12, « 12500.50 », « 1/3 ») ou « {NOTHING_KNOWN} »"


def _show_both_sides(subject: object, expected: list[Any]) -> bool:
    match subject:
        case Rule():
            return "remplie" in expected and "non_remplie" in expected
        case Requirement():
            return "respectee" in expected and "non_respectee" in expected
        case Control():
            return [] in expected and any(expected)
        case _:
            return len({_exact(value) for value in expected}) >= 2


def _needed(subject: object) -> str:
    match subject:
        case Rule():
            return "un au moins où la règle est remplie et un au moins où elle ne l'est pas"
        case Requirement():
            return "un au moins où l'exigence est respectée et un au moins où elle ne l'est pas"
        case Control():
            return "un au moins où le contrôle signale quelque chose et un au moins où il ne signale rien"
        case _:
            return "deux au moins, de valeurs différentes"


def _exact(value: object) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError):
        return None


def run_examples(vocabulary: Vocabulary, sheet: CallSheet, problems: list[Problem]) -> None:
    """Run every example; one that does not give what it expects is a problem of its file."""
    for example in vocabulary.examples:
        try:
            found = _answer(example, _facts(example, vocabulary, sheet))
        except (BadAnswers, Unreadable) as error:
            problems.append(Problem(example.file, example.key, f"les réponses de l'exemple sont fausses : {error}"))
            continue
        if found != _wanted(example):
            told = f"l'exemple attend « {example.expected} », la déclaration donne « {found} »."
            problems.append(Problem(example.file, example.key, told))


def _facts(example: Example, vocabulary: Vocabulary, sheet: CallSheet) -> Facts:
    model = vocabulary.models.get(example.model or "", {})
    raw = {stage: _merged(model.get(stage), example.answers.get(stage)) for stage in {**model, **example.answers}}
    return Facts(
        vocabulary.questionnaire,
        vocabulary.questionnaire.parse(raw),
        submitted_at=_instant(example.submitted_at),
        closes_at=sheet.closes_at,
        envelope_cents=sheet.envelope_cents,
        implicits=tuple(vocabulary.implicits),
    )


def _merged(model: Any, answers: Any) -> Any:
    """Return the model's answers of a stage with the example's in their place."""
    if isinstance(model, Mapping) and isinstance(answers, Mapping):
        return {**model, **answers}
    return model if answers is None else answers


def _instant(text: str | None) -> datetime | None:
    return None if text is None else read_instant(text)


def _answer(example: Example, facts: Facts) -> Any:
    match example.subject:
        case Rule() as rule:
            return rule.judge(facts).result
        case Requirement() as requirement:
            return requirement.check(facts).state
        case Control() as control:
            return [finding.key for finding in control.find(facts)]
        case Indicator() as indicator:
            return _told_value(indicator.measure(facts))


def _told_value(measure: Measure) -> Any:
    if measure.value is None:
        return NOTHING_KNOWN
    return Fraction(measure.value) / (100 if measure.indicator.unit is Unit.MONEY else 1)


def _wanted(example: Example) -> Any:
    match example.subject:
        case Rule():
            return RESULTS[example.expected]
        case Requirement():
            return STATES[example.expected]
        case Control():
            return example.expected
        case Indicator():
            return NOTHING_KNOWN if example.expected == NOTHING_KNOWN else _exact(example.expected)
