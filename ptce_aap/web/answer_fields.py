"""One field per question, by its kind: what is typed is kept as typed; a value is shown as it would be typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wtforms import Field
from wtforms.widgets import CheckboxInput, EmailInput, ListWidget, RadioInput, Select, TelInput, TextArea, TextInput

from ptce_aap.documents.french import grouped
from ptce_aap.domain.questionnaire import Question, QuestionKind, Value
from ptce_aap.domain.typed import raw_of_typed

CHECKED_AS_TYPED = frozenset(
    {QuestionKind.SIREN, QuestionKind.SIRET, QuestionKind.RNA, QuestionKind.COMMUNE, QuestionKind.POSTCODE}
)
"""Kinds whose form is checked while one types: numbers of legal persons and of places, never of people."""
_FEW = 6
_YES_NO = (("oui", "Oui"), ("non", "Non"))


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

    @property
    def checked_as_typed(self) -> bool:
        """Tell whether its form is checked while one types."""
        return self.question.kind in CHECKED_AS_TYPED

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
        """Return the chosen options; a blank one is none."""
        return [one for one in self.data or () if one.strip()]


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


def has_field(question: Question) -> bool:
    """Tell whether the question is answered in one field."""
    return question.kind in _BUILDERS


def field_of(question: Question, name: str, *, compact: bool) -> Any:
    """Return the unbound field of a question; ``compact`` where room is scarce, as in the row of a table."""
    return _BUILDERS[question.kind](question, name, compact)


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
            return f"{grouped(euros)},{cents:02d}" if cents else grouped(euros)
        case QuestionKind.NUMBER:
            whole, _, decimals = f"{value:f}".partition(".")
            return f"{grouped(int(whole))},{decimals}" if decimals else grouped(int(whole))
        case QuestionKind.INTEGER:
            return grouped(value)
        case _:
            told = question.to_json(value)
            return str(told)
