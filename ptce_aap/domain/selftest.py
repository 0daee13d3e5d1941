"""A short test of eligibility: a few questions that fill a dossier in part, for the call's own rules to judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from ptce_aap.domain.eligibility import Verdict
from ptce_aap.domain.questionnaire import Answers, Question, QuestionKind, Questionnaire

MOST_QUESTIONS = 10

Raw = Mapping[str, Any]  # stage → key → raw answer, as a dossier's file
Chosen = Mapping[str, tuple[str, ...]]  # key of the test's question → chosen options


@dataclass(frozen=True, slots=True)
class Effect:
    """What choosing an option says of a dossier."""

    fills: Raw  # written in the dossier that is started from the test
    supposes: Raw  # read by the rules of the test besides, and never written: what the dossier will have to say


@dataclass(frozen=True, slots=True)
class SelfTestQuestion:
    """A question of the test, with what each of its options says of a dossier."""

    question: Question
    effects: Mapping[str, Effect]

    @property
    def many(self) -> bool:
        """Tell whether several options may be chosen together."""
        return self.question.kind is QuestionKind.CHOICES


@dataclass(frozen=True, slots=True)
class Remark:
    """What the test cannot know of a rule, told beside it; ``later``: the rule is not judged by the test at all."""

    rule: str
    sentence: str
    later: bool


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The test of a call, one version."""

    title: str
    introduction: str
    questions: tuple[SelfTestQuestion, ...]
    remarks: tuple[Remark, ...]

    def remark(self, rule: str) -> Remark | None:
        """Return what is told beside a rule."""
        return next((remark for remark in self.remarks if remark.rule == rule), None)

    def missing(self, chosen: Chosen) -> tuple[Question, ...]:
        """Return the questions without an answer."""
        return tuple(item.question for item in self.questions if not chosen.get(item.question.key))

    def known(self, chosen: Chosen) -> dict[str, tuple[str, ...]]:
        """Return the answers that the test offers; one only where one only may be chosen."""
        found = {}
        for item in self.questions:
            options = [value for value in chosen.get(item.question.key, ()) if value in item.effects]
            if options:
                found[item.question.key] = tuple(options) if item.many else (options[0],)
        return found

    def written(self, questionnaire: Questionnaire, chosen: Chosen) -> Answers:
        """Return the answers with which a dossier starts."""
        return questionnaire.parse(_joined(effect.fills for effect in self._effects(chosen)))

    def supposed(self, questionnaire: Questionnaire, chosen: Chosen) -> Answers:
        """Return the answers that the rules judge: those written, and what they let suppose."""
        return questionnaire.parse(_joined(overlaid(effect.fills, effect.supposes) for effect in self._effects(chosen)))

    def judged(self, verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
        """Return the verdicts that the test can give: those of the rules that are not left for later."""
        later = {remark.rule for remark in self.remarks if remark.later}
        return tuple(verdict for verdict in verdicts if verdict.rule not in later)

    def _effects(self, chosen: Chosen) -> list[Effect]:
        known = self.known(chosen)
        return [item.effects[value] for item in self.questions for value in known.get(item.question.key, ())]


def overlaid(fills: Any, supposes: Any) -> Any:
    """Return one raw answer over another: rows and list items meet by their place, keys by their name."""
    match fills, supposes:
        case (None, other) | (other, None):
            return other
        case Mapping(), Mapping():
            keys = dict.fromkeys([*fills, *supposes])
            return {key: overlaid(fills.get(key), supposes.get(key)) for key in keys}
        case list() | tuple(), list() | tuple():
            return [overlaid(one, other) for one, other in zip_longest(fills, supposes)]
        case _:
            return supposes


def _joined(parts: Iterable[Raw]) -> Any:
    whole: Any = {}
    for part in parts:
        whole = _with(whole, part)
    return whole


def _with(one: Any, other: Any) -> Any:
    """Return two raw answers together: the rows of both, the keys of both, else the later one."""
    match one, other:
        case Mapping(), Mapping():
            return {**one, **{key: _with(one[key], value) if key in one else value for key, value in other.items()}}
        case list() | tuple(), list() | tuple():
            return [*one, *other]
        case _:
            return other
