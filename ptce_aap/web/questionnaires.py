"""Forms made from a questionnaire: one field per question by its kind, read back by the question itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.widgets import CheckboxInput, EmailInput, ListWidget, RadioInput, Select, TelInput, TextArea, TextInput

from ptce_aap.domain.questionnaire import Question, QuestionKind, Reading, Value
from ptce_aap.domain.refusals import Refusal
from ptce_aap.domain.typed import raw_of_typed
from ptce_aap.services.drafts import NOTHING, Given, Unread

_FEW = 6
_YES_NO = (("oui", "Oui"), ("non", "Non"))
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


class AnswerField(Field):
    """A question's field: what is typed is kept as typed; ``question`` gives label, help and limits to the page."""

    def __init__(self, label: str, *, question: Question, widget: Any, **options: Any) -> None:
        super().__init__(label, widget=widget, **options)
        self.question = question

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            self.data = str(valuelist[0])

    def _value(self) -> str:
        return self.data or ""

    @property
    def typed(self) -> str:
        """What was typed, to be shown again."""
        return self.data or ""

    def raw(self) -> object:
        """Return the raw value that the question reads."""
        return raw_of_typed(self.question.kind, self.typed)


class OptionsField(AnswerField):
    """A question answered by one of its options."""

    def __init__(self, label: str, *, question: Question, options: Iterable[tuple[str, str]], **rest: Any) -> None:
        super().__init__(label, question=question, **rest)
        self.offered = tuple(options)

    option_widget: Any = RadioInput()

    def iter_choices(self) -> Iterable[tuple[str, str, bool]]:
        """Give (value, words, chosen) of each option; a value that is no option is not shown as chosen."""
        return [(value, words, value == (self.data or "")) for value, words in self.offered]

    def has_groups(self) -> bool:
        """Options are not grouped."""
        return False


class ManyOptionsField(OptionsField):
    """A question answered by several of its options."""

    option_widget = CheckboxInput()

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [str(item) for item in valuelist]

    def iter_choices(self) -> Iterable[tuple[str, str, bool]]:
        """Give (value, words, chosen) of each option."""
        return [(value, words, value in (self.data or ())) for value, words in self.offered]

    @property
    def typed(self) -> str:
        """What was chosen."""
        return ", ".join(self.data or ())

    def raw(self) -> object:
        """Return the chosen options."""
        return list(self.data or ())


class StatementField(AnswerField):
    """A statement to be ticked: ticked is yes, not ticked is not answered."""

    default_value = "oui"

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = "oui" if valuelist else ""

    def raw(self) -> object:
        """Return true where it is ticked, nothing elsewhere."""
        return True if self.data == "oui" else None


def _text(question: Question, name: str, compact: bool) -> Any:
    return _unbound(AnswerField, question, name, TextInput())


def _long_text(question: Question, name: str, compact: bool) -> Any:
    rows = 3 if compact else 8 if (question.max_length or 0) > 2_500 else 5
    return _unbound(AnswerField, question, name, TextArea(), render_kw={"rows": rows})


def _email(question: Question, name: str, compact: bool) -> Any:
    return _unbound(AnswerField, question, name, EmailInput())


def _phone(question: Question, name: str, compact: bool) -> Any:
    return _unbound(AnswerField, question, name, TelInput())


def _digits(question: Question, name: str, compact: bool) -> Any:
    return _unbound(AnswerField, question, name, TextInput(), render_kw={"inputmode": "numeric"})


def _yes_no(question: Question, name: str, compact: bool) -> Any:
    if question.must_be_true:
        return _unbound(StatementField, question, name, CheckboxInput())
    return _choose(question, name, _YES_NO, as_list=compact)


def _choice(question: Question, name: str, compact: bool) -> Any:
    offered = tuple((option.value, option.label) for option in question.options)
    return _choose(question, name, offered, as_list=compact or len(offered) > _FEW)


def _choices(question: Question, name: str, compact: bool) -> Any:
    offered = tuple((option.value, option.label) for option in question.options)
    return _unbound(ManyOptionsField, question, name, ListWidget(prefix_label=False), options=offered)


def _choose(question: Question, name: str, offered: tuple[tuple[str, str], ...], *, as_list: bool) -> Any:
    if as_list:
        return _unbound(OptionsField, question, name, Select(), options=(("", "— À choisir —"), *offered))
    # A radio button cannot be unticked: what need not be answered can be taken back.
    given_up = () if question.required else (("", "Sans réponse"),)
    return _unbound(OptionsField, question, name, ListWidget(prefix_label=False), options=(*offered, *given_up))


def _unbound(kind: type[AnswerField], question: Question, name: str, widget: Any, **options: Any) -> Any:
    return kind(question.label, question=question, widget=widget, id=f"q-{name}", **options)


_BUILDERS: Mapping[QuestionKind, Callable[[Question, str, bool], Any]] = {
    QuestionKind.TEXT: _text,
    QuestionKind.LONG_TEXT: _long_text,
    QuestionKind.INTEGER: _text,
    QuestionKind.NUMBER: _text,
    QuestionKind.MONEY: _text,
    QuestionKind.DATE: _text,
    QuestionKind.YES_NO: _yes_no,
    QuestionKind.CHOICE: _choice,
    QuestionKind.CHOICES: _choices,
    QuestionKind.SIREN: _digits,
    QuestionKind.SIRET: _digits,
    QuestionKind.RNA: _text,
    QuestionKind.EMAIL: _email,
    QuestionKind.PHONE: _phone,
    QuestionKind.COMMUNE: _text,
    QuestionKind.POSTCODE: _digits,
}


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
            unbound |= {
                f"{prefix}{name}": _BUILDERS[part.kind](part, f"{prefix}{name}", compact) for name, part in parts
            }
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
                return [(f"{question.key}-{part.key}", part) for part in question.fields if part.kind in _BUILDERS]
            case _:
                return [(question.key, question)]

    def __getitem__(self, key: str) -> Entry:
        return next(entry for entry in self.entries if entry.question.key == key)

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
            (field.id, f"{field.question.label} : {message}")
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


def shown(question: Question, value: Value) -> Any:
    """Return what a field shows of a value, as its reader would have typed it."""
    if value is None:
        return [] if question.kind is QuestionKind.CHOICES else ""
    match question.kind:
        case QuestionKind.CHOICES:
            return list(value)
        case QuestionKind.YES_NO:
            return "oui" if value else "non"
        case QuestionKind.MONEY:
            euros, cents = divmod(value, 100)
            return f"{_grouped(str(euros))},{cents:02d}" if cents else _grouped(str(euros))
        case QuestionKind.NUMBER:
            whole, _, decimals = f"{value:f}".partition(".")
            return f"{_grouped(whole)},{decimals}" if decimals else _grouped(whole)
        case QuestionKind.INTEGER:
            return _grouped(str(value))
        case _:
            told = question.to_json(value)
            return str(told)


def _grouped(digits: str) -> str:
    return f"{int(digits):,}".replace(",", "\u202f")


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
