"""The cells of a spreadsheet as raw answers: what a person means by what a spreadsheet program kept of it."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from ptce_aap.domain.persons import fold
from ptce_aap.domain.question import Option, Question
from ptce_aap.domain.typed import raw_of_typed
from ptce_aap.domain.values import QuestionKind


class Unknown(Enum):
    """What stands in a cell that holds no value."""

    NOT_COMPUTED = "formula without its result"
    ERROR = "result in error"


Cell = str | int | float | bool | date | datetime | Unknown | None

BETWEEN = " | "
"""What stands between the choices of a cell that holds several."""

_BETWEEN = (re.compile(r"[|\n]"), re.compile(r"[|\n;]"), re.compile(r"[|\n;,]"))
# Spreadsheet programs keep fifteen digits of a number: what comes after is noise of their own.
_DIGITS_KEPT = 15
_YES = frozenset({"oui", "o", "x", "vrai", "true", "yes", "y", "1"})
_NO = frozenset({"non", "n", "faux", "false", "no", "0"})
# A program that takes an identifier for a number drops the zeros that it begins with.
_WIDTHS = {
    QuestionKind.SIREN: 9,
    QuestionKind.SIRET: 14,
    QuestionKind.POSTCODE: 5,
    QuestionKind.COMMUNE: 5,
    QuestionKind.PHONE: 10,
}
_SHORTEST = {QuestionKind.POSTCODE: 4, QuestionKind.COMMUNE: 4, QuestionKind.PHONE: 9}


def is_empty(cell: Cell) -> bool:
    """Tell whether a cell holds nothing that a person wrote."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def as_typed(cell: Cell) -> str:
    """Return a cell as a person would have typed it: « 12500,5 », « 12/06/2015 », « oui »."""
    match cell:
        case None | Unknown():
            return ""
        case bool():
            return "oui" if cell else "non"
        case date():
            return french_date(cell.date() if isinstance(cell, datetime) else cell)
        case int():
            return str(cell)
        case float():
            return f"{number_of(cell):f}".replace(".", ",")
        case _:
            return cell


def french_date(day: date) -> str:
    """Return « 12/06/2015 », the year on four digits."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def number_of(cell: float) -> Decimal:
    """Return the number that a spreadsheet program shows: fifteen digits, no zeros at the end."""
    exact = Decimal(f"{cell:.{_DIGITS_KEPT}g}")
    return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize()


def raw_of_cell(question: Question, cell: Cell, *, from_text: bool) -> object:
    """Return the raw answer of a cell; what is not understood is left as text, for the question to refuse.

    ``from_text``: the file has no types (CSV), so that the zeros of an identifier may have been dropped unseen.
    """
    kind = question.kind
    match kind:
        case QuestionKind.CHOICE:
            return option_of(question, as_typed(cell))
        case QuestionKind.CHOICES:
            return _options_of(question, as_typed(cell))
        case QuestionKind.YES_NO:
            return _yes_no(cell)
        case QuestionKind.DATE if isinstance(cell, int | float) and not isinstance(cell, bool):
            return as_typed(cell)  # a number is no date until its cell is told to be one
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        if kind in {QuestionKind.INTEGER, QuestionKind.NUMBER, QuestionKind.MONEY}:
            return number_of(cell) if isinstance(cell, float) else cell
        if kind in _WIDTHS:
            return _with_zeros(question, as_typed(cell))
    text = as_typed(cell)
    return raw_of_typed(kind, _with_zeros(question, text) if from_text and kind in _WIDTHS else text)


def option_of(question: Question, text: str) -> str:
    """Return the value of the option that a text means, by its value or its words, whatever case and accents.

    The text itself where none is meant, or several.
    """
    told = " ".join(text.split())
    for words in (_value, _label):
        if found := [option.value for option in question.options if words(option) == told]:
            return found[0]
    for words in (_value, _label):
        if folded := fold(told):
            found = [option.value for option in question.options if fold(words(option)) == folded]
            if len(found) == 1:
                return found[0]
    if told.isascii() and told.isdigit():
        found = [
            option.value for option in question.options if option.value.isdigit() and int(option.value) == int(told)
        ]
        if len(found) == 1:
            return found[0]  # « 1 » for the code « 01 »
    return text


def written_option(question: Question, value: str) -> str:
    """Return the words by which an option is written in a file: its label, or its value where the label is not its own.

    A label that another option's name would read as, or that holds what stands between choices, is not.
    """
    label = question.option_label(value)
    plain = not any(sign in label for sign in "|;,\n") or question.kind is QuestionKind.CHOICE
    return label if plain and option_of(question, label) == value else value


def _value(option: Option) -> str:
    return option.value


def _label(option: Option) -> str:
    return " ".join(option.label.split())


def _options_of(question: Question, text: str) -> object:
    known = {option.value for option in question.options}
    whole = option_of(question, text)
    if whole in known:
        return [whole]
    parts: list[str] = []
    for between in _BETWEEN:
        parts = [option_of(question, part) for part in between.split(text) if part.strip()]
        if known.issuperset(parts):
            break
    return parts


def _yes_no(cell: Cell) -> object:
    if isinstance(cell, bool):
        return cell
    word = fold(as_typed(cell))
    return True if word in _YES else False if word in _NO else as_typed(cell)


def _with_zeros(question: Question, text: str) -> str:
    digits = "".join(text.split())
    if digits.isascii() and digits.isdigit() and len(digits) >= _SHORTEST.get(question.kind, 1):
        whole = digits.zfill(_WIDTHS[question.kind])
        if not question.read(whole).refusals:
            return whole  # else digits are missing: that is what to tell, not a check digit that nobody wrote
    return text
