"""A questionnaire as declared: its stages, how a whole dossier is read, and what is still missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ptce_aap.domain.question import (
    MAX_ROWS,
    ROW_ID,
    Answers,
    Option,
    Question,
    Reading,
    Row,
    Value,
    filled_rows,
    is_filled,
    unknown_key,
)
from ptce_aap.domain.refusals import BadAnswers, Refusal
from ptce_aap.domain.values import QuestionKind, is_blank

__all__ = [
    "MAX_ROWS",
    "ROW_ID",
    "Answers",
    "Option",
    "Question",
    "QuestionKind",
    "Questionnaire",
    "Reading",
    "Row",
    "Stage",
    "Value",
    "filled_rows",
    "is_filled",
]


@dataclass(frozen=True, slots=True)
class Stage:
    """A page of the form."""

    key: str
    title: str
    questions: tuple[Question, ...]
    introduction: str = ""
    jury_note: str = ""  # what the jury looks for here
    axis: str | None = None


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """The whole form, one version."""

    key: str
    version: int
    title: str
    stages: tuple[Stage, ...]
    _by_path: Mapping[str, Question] = field(init=False, repr=False, compare=False)
    _positions: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        questions = [question for stage in self.stages for question in stage.questions]
        everything = [item for question in questions for item in (question, *question.fields)]
        object.__setattr__(self, "_by_path", {item.path: item for item in everything})
        object.__setattr__(self, "_positions", {item.path: index for index, item in enumerate(everything)})

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every top-level question, in the form's order."""
        return tuple(question for stage in self.stages for question in stage.questions)

    def stage(self, key: str) -> Stage | None:
        """Return the stage of this key."""
        return next((stage for stage in self.stages if stage.key == key), None)

    def question(self, path: str) -> Question | None:
        """Return the question or sub-field of this path (``stage.key`` or ``stage.key.sub``)."""
        return self._by_path.get(path)

    def in_form_order(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return these paths once each, in the form's order."""
        return tuple(sorted(set(paths), key=lambda path: self._positions.get(path, -1)))

    def read(self, document: object) -> tuple[Answers, tuple[Refusal, ...]]:
        """Read ``{stage: {key: raw}}``: the right answers, and every refusal."""
        answers: dict[str, Value] = {}
        refusals: list[Refusal] = []
        for name, stage, raw in _members(document, "answers", self._stages_by_key(), refusals):
            for path, question, item in _members(raw, name, {q.key: q for q in stage.questions}, refusals):
                reading = question.read(item, path)
                refusals += reading.refusals
                if not is_blank(reading.value):
                    answers[path] = reading.value
        ordered = {question.path: answers[question.path] for question in self.questions if question.path in answers}
        return ordered, tuple(refusals)

    def _stages_by_key(self) -> dict[str, Stage]:
        return {stage.key: stage for stage in self.stages}

    def parse(self, document: object) -> Answers:
        """Return the answers of ``{stage: {key: raw}}``.

        Errors: ``BadAnswers`` naming every refused place.
        """
        answers, refusals = self.read(document)
        if refusals:
            raise BadAnswers(refusals)
        return answers

    def to_canonical(self, answers: Answers) -> dict[str, dict[str, Any]]:
        """Return ``{stage: {key: canonical JSON}}`` of what is answered, without row identifiers."""
        document: dict[str, dict[str, Any]] = {}
        for stage in self.stages:
            told = {q.key: q.to_json(answers[q.path]) for q in stage.questions if not is_blank(answers.get(q.path))}
            told = {key: value for key, value in told.items() if value not in ([], {})}
            if told:
                document[stage.key] = told
        return document

    def missing(self, answers: Answers) -> tuple[str, ...]:
        """Return the places that completeness still asks for, in the form's order."""
        return tuple(place for question in self.questions for place in question.missing(answers.get(question.path)))

    def blocking(self, answers: Answers) -> tuple[str, ...]:
        """Return the places without which the dossier cannot be filed, even as it is."""
        return tuple(place for question in self.questions for place in question.blocking(answers.get(question.path)))


def _members(
    raw: object, place: str, known: Mapping[str, Any], refusals: list[Refusal]
) -> Iterator[tuple[str, Any, object]]:
    """Give (place, what is known under the key, raw value) of a mapping that may be null; refuse what is unknown."""
    if raw is None:
        return
    if not isinstance(raw, Mapping):
        refusals.append(Refusal(place, "wrong_type", "des réponses nommées sont attendues ({…})."))
        return
    prefix = "" if place == "answers" else f"{place}."
    for key, item in raw.items():
        if key in known:
            yield f"{prefix}{key}", known[key], item
        else:
            refusals.append(unknown_key(f"{prefix}{key}"))
