"""A question as declared: how a raw answer is read, written back, and what it still lacks.

Answers are a mapping from the path of a top-level question (``stage.key``) to its value; unanswered
questions are absent. A group is a mapping of its sub-fields, a table a tuple of rows (mappings). An empty
row stays in place, as an empty mapping, because places name rows by their index in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ptce_aap.domain import values
from ptce_aap.domain.refusals import BadAnswers, Refusal, Unreadable
from ptce_aap.domain.typed import raw_of_typed
from ptce_aap.domain.values import QuestionKind, is_blank

Value = Any  # str, int, Decimal, date, bool, tuple of texts, mapping (group), tuple of mappings (table)
Row = Mapping[str, Value]
Answers = Mapping[str, Value]

ROW_ID = "_id"  # stable identifier of a table's row inside the application; files carry none
MAX_ROWS = 200
_TOLD_LENGTH = 60  # of a refused value, in the sentence that refuses it


@dataclass(frozen=True, slots=True)
class Option:
    """One admitted answer of a choice."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a raw value: the part that is right, and what was refused."""

    value: Value
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question, or a sub-field of a group or of a table."""

    key: str
    path: str  # stage.key, or stage.key.sub for a sub-field
    kind: QuestionKind
    label: str
    help: str = ""
    example: str = ""
    reference: str = ""  # official source, or the notice that the application proposes it
    required: bool = False  # counts in completeness
    must_be_true: bool = False  # a statement: answered only by yes
    blocks_filing: bool = False  # a dossier is not even filed as it is without it
    max_length: int | None = None
    options: tuple[Option, ...] = ()
    fields: tuple[Question, ...] = ()
    min_rows: int = 0
    max_rows: int = MAX_ROWS
    _by_key: Mapping[str, Question] = field(init=False, repr=False, compare=False)
    _option_values: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {sub.key: sub for sub in self.fields})
        object.__setattr__(self, "_option_values", frozenset(option.value for option in self.options))

    @property
    def is_table(self) -> bool:
        """Tell whether the answer is rows of sub-fields."""
        return self.kind is QuestionKind.TABLE

    def sub(self, key: str) -> Question | None:
        """Return the sub-field of this key."""
        return self._by_key.get(key)

    def option_label(self, value: str) -> str:
        """Return the words of an option; the bare value where it is not one (an older version's)."""
        return next((option.label for option in self.options if option.value == value), value)

    def parse(self, raw: object, place: str | None = None, *, with_ids: bool = False) -> Value:
        """Return the value of a raw answer, None when not answered.

        Errors: ``BadAnswers`` naming every refused place.
        """
        reading = self.read(raw, place, with_ids=with_ids)
        if reading.refusals:
            raise BadAnswers(reading.refusals)
        return reading.value

    def parse_typed(self, text: str, place: str | None = None) -> Value:
        """Return the value of what a reader typed in a form field (« 12 500,50 € », « 12/06/2015 »)."""
        return self.parse(raw_of_typed(self.kind, text), place)

    def read(self, raw: object, place: str | None = None, *, with_ids: bool = False) -> Reading:
        """Read a raw answer; what is refused is told and counts as not answered."""
        place = self.path if place is None else place
        if is_blank(raw):
            return Reading(None)
        try:
            if self.kind is QuestionKind.GROUP:
                return self._read_fields(raw, place, with_ids=False)
            if self.kind is QuestionKind.TABLE:
                return self._read_rows(raw, place, with_ids=with_ids)
            return Reading(self._read_simple(raw))
        except Unreadable as error:
            return Reading(None, (error.at(place),))

    def _read_simple(self, raw: object) -> Value:
        match self.kind:
            case QuestionKind.TEXT | QuestionKind.LONG_TEXT:
                return values.read_text(raw, self.max_length)
            case QuestionKind.EMAIL:
                return values.read_email(raw, self.max_length)
            case QuestionKind.CHOICE:
                return self._read_option(raw)
            case QuestionKind.CHOICES:
                return tuple(dict.fromkeys(self._read_option(item) for item in _texts(raw)))
            case QuestionKind.ATTACHMENT:
                return tuple(values.read_text(item, self.max_length) for item in _texts(raw))
            case _:
                return _SIMPLE[self.kind](raw)

    def _read_option(self, raw: object) -> str:
        text = values.clean_text(raw)
        if text not in self._option_values:
            told = text if len(text) <= _TOLD_LENGTH else f"{text[:_TOLD_LENGTH]}…"
            raise Unreadable("unknown_option", f"« {told} » n'est pas une réponse proposée.")
        return text

    def _read_fields(self, raw: object, place: str, *, with_ids: bool) -> Reading:
        """Read the sub-fields of a group or of a row; nothing answered is None."""
        if not isinstance(raw, Mapping):
            raise Unreadable("wrong_type", "des réponses nommées sont attendues ({…}).")
        found: dict[str, Value] = {}
        refusals: list[Refusal] = []
        for key, item in raw.items():
            if with_ids and key == ROW_ID:
                found[ROW_ID] = values.read_text(item, None)
                continue
            sub = self._by_key.get(key)
            if sub is None:
                refusals.append(unknown_key(f"{place}.{key}"))
                continue
            reading = sub.read(item, f"{place}.{key}")
            refusals += reading.refusals
            if not is_blank(reading.value):
                found[key] = reading.value
        ordered = {key: found[key] for key in (ROW_ID, *self._by_key) if key in found}
        return Reading(ordered or None, tuple(refusals))

    def _read_rows(self, raw: object, place: str, *, with_ids: bool) -> Reading:
        if not isinstance(raw, list | tuple):
            raise Unreadable("wrong_type", "une liste de lignes est attendue.")
        rows: list[Row] = []
        refusals: list[Refusal] = []
        for index, item in enumerate(raw):
            at = f"{place}[{index}]"
            try:
                reading = Reading(None) if item is None else self._read_fields(item, at, with_ids=with_ids)
            except Unreadable as error:
                reading = Reading(None, (error.at(at),))
            refusals += reading.refusals
            rows.append(reading.value or {})
        while rows and not rows[-1]:
            rows.pop()
        if (count := len(filled_rows(rows))) > self.max_rows:
            sentence = f"{count} lignes, {self.max_rows} au plus."
            return Reading(None, (*refusals, Refusal(place, "too_many_rows", sentence)))
        return Reading(tuple(rows) or None, tuple(refusals))

    def to_json(self, value: Value, *, with_ids: bool = False) -> Any:
        """Return the canonical JSON form of a value: the one that ``parse`` reads back to the same value."""
        match self.kind:
            case QuestionKind.MONEY:
                return f"{value // 100}.{value % 100:02d}"
            case QuestionKind.NUMBER:
                assert isinstance(value, Decimal)
                return f"{value:f}"
            case QuestionKind.DATE:
                assert isinstance(value, date)
                return value.isoformat()
            case QuestionKind.CHOICES | QuestionKind.ATTACHMENT:
                return list(value)
            case QuestionKind.GROUP:
                return self._fields_to_json(value, with_ids=False)
            case QuestionKind.TABLE:
                return [self._fields_to_json(row, with_ids=with_ids) for row in self._kept_rows(value, with_ids)]
            case _:
                return value

    def _kept_rows(self, rows: tuple[Row, ...], with_ids: bool) -> tuple[Row, ...]:
        """Return the rows without the empty ones at the end, which hold no place."""
        if with_ids:
            return rows
        last = max((index for index, row in enumerate(rows) if is_filled(row)), default=-1)
        return rows[: last + 1]

    def _fields_to_json(self, row: Row, *, with_ids: bool) -> dict[str, Any]:
        named = {sub.key: sub.to_json(row[sub.key]) for sub in self.fields if sub.key in row}
        return {ROW_ID: row[ROW_ID], **named} if with_ids and ROW_ID in row else named

    def missing(self, value: Value) -> Iterator[str]:
        """Give the places of this question that completeness still asks for, in the form's order."""
        yield from self._lacking(value, self.path, of=_asks_for_completeness)

    def blocking(self, value: Value) -> Iterator[str]:
        """Give the places without which the dossier cannot be filed, even as it is."""
        yield from self._lacking(value, self.path, of=_asks_for_filing)

    def _lacking(self, value: Value, place: str, *, of: Any) -> Iterator[str]:
        match self.kind:
            case QuestionKind.GROUP:
                for sub in self.fields:
                    yield from sub._lacking((value or {}).get(sub.key), f"{place}.{sub.key}", of=of)
            case QuestionKind.TABLE:
                rows = value or ()
                if of(self) and len(filled_rows(rows)) < max(self.min_rows, 1):
                    yield place
                for index, row in enumerate(rows):
                    if is_filled(row):
                        for sub in self.fields:
                            yield from sub._lacking(row.get(sub.key), f"{place}[{index}].{sub.key}", of=of)
            case _:
                if of(self) and (is_blank(value) or (self.must_be_true and value is not True)):
                    yield place


def _asks_for_completeness(question: Question) -> bool:
    return question.required


def _asks_for_filing(question: Question) -> bool:
    return question.blocks_filing


_SIMPLE = {
    QuestionKind.INTEGER: values.read_integer,
    QuestionKind.NUMBER: values.read_number,
    QuestionKind.MONEY: values.read_money,
    QuestionKind.DATE: values.read_date,
    QuestionKind.YES_NO: values.read_yes_no,
    QuestionKind.SIREN: values.read_siren,
    QuestionKind.SIRET: values.read_siret,
    QuestionKind.RNA: values.read_rna,
    QuestionKind.PHONE: values.read_phone,
    QuestionKind.COMMUNE: values.read_commune,
    QuestionKind.POSTCODE: values.read_postcode,
}


def unknown_key(place: str) -> Refusal:
    """Return the refusal of a key that the questionnaire does not have."""
    return Refusal(place, "unknown_key", "cette clé n'existe pas dans le questionnaire.")


def is_filled(row: Row) -> bool:
    """Tell whether a row of a table has an answered cell: else it is not a row."""
    return len(row) > (ROW_ID in row)


def filled_rows(rows: Any) -> list[Row]:
    """Return the rows of a table that are rows: at least one cell is answered."""
    return [row for row in rows or () if is_filled(row)]


def _texts(raw: object) -> list[object]:
    if not isinstance(raw, list | tuple):
        raise Unreadable("wrong_type", "une liste de textes est attendue.")
    return [item for item in raw if not is_blank(item)]
