"""Forms made from a questionnaire: one field per question by its kind, read back by the question itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms.form import BaseForm

from ptce_aap.domain.questionnaire import Question, QuestionKind, Reading, Value
from ptce_aap.domain.refusals import Refusal
from ptce_aap.services.applicants.stored import NOTHING, Given, Unread
from ptce_aap.web.answer_fields import AnswerField, ManyOptionsField, field_of, has_field, shown

_SHOWN = "_vu-"

# What the readers of files are told is worded for files; whoever types in a field is told how to type.
_SENTENCES = {
    "not_a_number": "Écrivez un nombre, par exemple 12 500,50.",
    "not_a_date": "Écrivez une date, par exemple 12/06/2015.",
    "not_integral": "Écrivez un nombre entier, sans virgule.",
    "unknown_option": "Choisissez une des réponses proposées.",
}
_WRONG_TYPE = {
    QuestionKind.INTEGER: "Écrivez un nombre entier, par exemple 12.",
    QuestionKind.YES_NO: "Répondez par oui ou par non.",
}

_LABEL_ENDS = " \u00a0\u202f.?"  # left out of a label that a colon follows


@dataclass(frozen=True, slots=True)
class Entry:
    """A question on the page with its fields: one, or one for each part of a group; none for tables and pieces."""

    question: Question
    fields: tuple[AnswerField, ...]

    @property
    def is_group(self) -> bool:
        """Tell whether the question is a group of fields."""
        return self.question.kind is QuestionKind.GROUP


class QuestionsForm:
    """The form of a stage, of a group or of a row of a table."""

    def __init__(self, questions: Iterable[Question], *, prefix: str = "", compact: bool = False) -> None:
        self._questions = tuple(questions)
        self._prefix = prefix
        unbound: dict[str, Any] = {}
        names: list[tuple[Question, list[str]]] = []
        for question in self._questions:
            parts = self._parts(question)
            names.append((question, [f"{prefix}{name}" for name, _ in parts]))
            unbound |= {f"{prefix}{name}": field_of(part, f"{prefix}{name}", compact=compact) for name, part in parts}
        self.form = BaseForm(unbound)
        self.form.process()
        fields: Any = self.form
        self.entries = tuple(Entry(question, tuple(fields[name] for name in found)) for question, found in names)

    @staticmethod
    def _parts(question: Question) -> list[tuple[str, Question]]:
        match question.kind:
            case QuestionKind.TABLE | QuestionKind.ATTACHMENT:
                return []
            case QuestionKind.GROUP:
                return [(f"{question.key}-{part.key}", part) for part in question.fields if has_field(part)]
            case _:
                return [(question.key, question)]

    def __getitem__(self, key: str) -> Entry:
        return next(entry for entry in self.entries if entry.question.key == key)

    @property
    def fields(self) -> tuple[AnswerField, ...]:
        """Every field, in the form's order."""
        return tuple(field for entry in self.entries for field in entry.fields)

    def show(self, values: Mapping[str, Value], unread: Iterable[Mapping[str, str]] = ()) -> None:
        """Fill the fields with values by question key; what could not be read is shown as it was typed."""
        typed = {item["place"].rpartition(".")[2]: item for item in unread}
        for entry in self.entries:
            value = values.get(entry.question.key)
            for field in entry.fields:
                part = (value or {}).get(field.question.key) if entry.is_group else value
                field.data = shown(field.question, part)
                field.errors = []
                problem = typed.get(field.question.key)
                if problem is not None:
                    if not isinstance(field, ManyOptionsField):
                        field.data = problem["raw"]
                    field.errors = [problem["message"]]

    def receive(self, sent: MultiDict[str, str]) -> None:
        """Take what a browser sent."""
        self.form.process(sent)

    def read(self) -> dict[str, Given]:
        """Return what was sent, by question key; messages stand beside their fields."""
        return {entry.question.key: self._read(entry) for entry in self.entries if entry.fields}

    def read_as_row(self, place: str) -> Given:
        """Return what was sent as one row of a table."""
        given = self.read()
        row = {key: item.value for key, item in given.items() if item.value is not None}
        unread = tuple(
            Unread(f"{place}.{item.place.rpartition('.')[2]}", item.raw, item.message)
            for sent in given.values()
            for item in sent.unread
        )
        return Given(row or None, unread)

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Every message with the identifier of its field."""
        return [
            (field.id, f"{field.question.label.rstrip(_LABEL_ENDS)} : {message}")
            for entry in self.entries
            for field in entry.fields
            for message in field.errors
        ]

    def _read(self, entry: Entry) -> Given:
        question = entry.question
        if entry.is_group:
            reading = question.read({field.question.key: field.raw() for field in entry.fields})
        else:
            reading = question.read(entry.fields[0].raw())
        return Given(reading.value, tuple(self._unread(entry, reading)))

    @staticmethod
    def _unread(entry: Entry, reading: Reading) -> Iterable[Unread]:
        by_place = {field.question.path: field for field in entry.fields}
        for refusal in reading.refusals:
            field = by_place.get(refusal.place, entry.fields[0])
            message = worded(refusal, field.question)
            field.errors = [*field.errors, message]
            yield Unread(refusal.place, field.typed, message)


def worded(refusal: Refusal, question: Question) -> str:
    """Return the sentence of a refusal for whoever typed in a field."""
    if refusal.code == "wrong_type" and question.kind in _WRONG_TYPE:
        return _WRONG_TYPE[question.kind]
    sentence = _SENTENCES.get(refusal.code, refusal.sentence)
    for before, after in (("'", "’"), (" ;", "\u00a0;"), (" :", "\u00a0:"), ("« ", "«\u00a0"), (" »", "\u00a0»")):
        sentence = sentence.replace(before, after)
    return sentence[:1].upper() + sentence[1:]


def mark_name(question: Question) -> str:
    """Return the name of the hidden field that tells what the form had shown of a question."""
    return f"{_SHOWN}{question.key}"


def with_marks(form: QuestionsForm, sent: MultiDict[str, str]) -> dict[str, Given]:
    """Return what was sent by question path, each with the mark of what its form had shown."""
    return {
        entry.question.path: replace(given, shown=sent.get(mark_name(entry.question), NOTHING.mark))
        for entry, given in ((form[key], given) for key, given in form.read().items())
    }
