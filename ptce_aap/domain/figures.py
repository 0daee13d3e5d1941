"""The figures that stand beside a table while it is filled: totals, balances, indicators, from what the call declares.

Nothing is declared for it: the columns that rules add up have a total; a check that two amounts are equal is a
balance, named by what its sentence says before the colon; an indicator stands under the last table that it reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from ptce_aap.domain.budget import Control, WhenTrue
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.conditions import Operator, exact
from ptce_aap.domain.declarations import Named, Number, Otherwise, Quantity, Share, Sum, Total
from ptce_aap.domain.facts import Facts
from ptce_aap.domain.indicators import Indicator, Measure
from ptce_aap.domain.question import Answers, Question, Row
from ptce_aap.domain.questionnaire import Stage
from ptce_aap.domain.statements import Compared
from ptce_aap.domain.values import QuestionKind
from ptce_aap.domain.wording import ShownNumber, Unit, write

_FEWEST_PARTS, _MOST_PARTS, _LONGEST_NAME = 2, 5, 40
_COLONS = (" : ", "\u00a0: ")
_UNITS = {QuestionKind.MONEY: Unit.MONEY, QuestionKind.INTEGER: Unit.COUNT, QuestionKind.NUMBER: Unit.NUMBER}


@dataclass(frozen=True, slots=True)
class ColumnTotal:
    """The sum of a column; ``shown`` is French."""

    column: Question
    shown: str


@dataclass(frozen=True, slots=True)
class ColumnShares:
    """Who has how much of a column: the greatest parts, by the first words of their rows; ``shown`` is French."""

    column: Question
    shown: str


@dataclass(frozen=True, slots=True)
class Balance:
    """Two amounts that a check wants equal: their names with their values, and by how much they differ."""

    label: str
    sides: tuple[tuple[str, str], ...]
    gap: str | None  # None: they are equal
    lesser: str  # the name of the side where it is missing


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that stands beside one table."""

    totals: tuple[ColumnTotal, ...]
    shares: tuple[ColumnShares, ...]
    balances: tuple[Balance, ...]
    measures: tuple[Measure, ...]

    @property
    def known(self) -> tuple[Measure, ...]:
        """The indicators that can be computed already."""
        return tuple(measure for measure in self.measures if measure.value is not None)

    def __bool__(self) -> bool:
        """Tell whether there is anything to show."""
        return bool(self.totals or self.shares or self.balances or self.known)


def of_stage(
    definition: CallDefinition,
    answers: Answers,
    stage: Stage,
    *,
    closes_at: datetime,
    measured: Iterable[Measure] = (),
) -> dict[str, Figures]:
    """Return the figures of each table of a stage, by its path, on these answers.

    ``measured``: the indicators, where they are computed on these answers already.
    """
    facts = Facts(
        definition.questionnaire,
        answers,
        submitted_at=None,
        closes_at=closes_at,
        envelope_cents=definition.sheet.envelope_cents,
        implicits=definition.implicits,
    )
    tables = {question.path: question for question in stage.questions if question.is_table}
    summed = _summed(definition)
    wholes = _wholes(definition)
    known = {measure.key: measure for measure in measured}
    return {
        path: Figures(
            totals=tuple(_totals(table, summed, facts)),
            shares=tuple(_shares(table, wholes, facts)),
            balances=tuple(found for control in definition.controls if (found := _balance(control, path, facts))),
            measures=tuple(
                known.get(one.key) or one.measure(facts)
                for one in definition.indicators
                if _stands_under(one, tables) == path
            ),
        )
        for path, table in tables.items()
    }


def _totals(table: Question, summed: frozenset[str], facts: Facts) -> Iterator[ColumnTotal]:
    for column in table.fields:
        if column.kind is not QuestionKind.MONEY and not (column.path in summed and column.kind in _UNITS):
            continue
        cells: list[Number] = [
            exact(row[column.key]) for row in facts.rows(table.path) if row.get(column.key) is not None
        ]
        if cells:
            yield ColumnTotal(column, write(sum(cells), _UNITS[column.kind]))


def _shares(table: Question, wholes: frozenset[str], facts: Facts) -> Iterator[ColumnShares]:
    for column in table.fields:
        if column.kind is not QuestionKind.INTEGER or column.path not in wholes:
            continue
        parts = [
            (row[column.key], _name(table, row, at))
            for at, row in facts.numbered_rows(table.path)
            if row.get(column.key)
        ]
        total = sum(part for part, _ in parts)
        if len(parts) < _FEWEST_PARTS:
            continue
        parts.sort(key=lambda one: -one[0])
        told = [f"{name} {write(Fraction(part, total), Unit.SHARE)}" for part, name in parts[:_MOST_PARTS]]
        rest = len(parts) - len(told)
        more = f" et {rest} {'autres' if rest > 1 else 'autre'}" if rest else ""
        yield ColumnShares(column, ", ".join(told) + more)


def _name(table: Question, row: Row, at: int) -> str:
    """Return the first words of a row, shortened, else its number."""
    words = (row[column.key] for column in table.fields if column.kind is QuestionKind.TEXT and column.key in row)
    name = " ".join(next(words, "").split())
    return (name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…") or f"ligne {at + 1}"


def _balance(control: Control, table: str, facts: Facts) -> Balance | None:
    """Return what a check compares, where it wants two quantities equal that read this table."""
    match control.trigger:
        case WhenTrue(condition=Compared(operator=Operator.DIFFERENT) as compared):
            pass
        case _:
            return None
    if not any(path.startswith(f"{table}.") for path in compared.reads()):
        return None
    label = next((control.sentence.text.partition(colon)[0] for colon in _COLONS if colon in control.sentence.text), "")
    left, right = compared.quantities()
    (named_left, named_right) = _named(control, left), _named(control, right)
    if not label or named_left is None or named_right is None:
        return None
    amounts: tuple[Number, Number] = (left.of(facts) or 0, right.of(facts) or 0)
    if amounts == (0, 0):
        return None  # nothing is typed yet
    names = named_left[0], named_right[0]
    gap = max(amounts) - min(amounts)
    return Balance(
        label=label,
        sides=tuple((name, shown.write(facts)) for name, shown in (named_left, named_right)),
        gap=write(gap, named_left[1].unit) if gap else None,
        lesser=names[amounts[0] > amounts[1]],
    )


def _named(control: Control, quantity: Quantity) -> tuple[str, ShownNumber] | None:
    """Return the word by which the check's sentence tells a quantity, and how it is written."""
    for name, shown in control.sentence.shown.items():
        if isinstance(shown, ShownNumber) and shown.quantity == quantity:
            return name.replace("_", " ").capitalize(), shown
    return None


def _stands_under(indicator: Indicator, tables: Mapping[str, Question]) -> str | None:
    """Return the last table of the stage that an indicator reads, where it reads nothing of other stages."""
    read = {path if path in tables else path.rpartition(".")[0] for path in indicator.fields}
    if not read or not read <= tables.keys():
        return None
    return next(path for path in reversed(list(tables)) if path in read)


def _wholes(definition: CallDefinition) -> frozenset[str]:
    """Return the columns of which an indicator is a part: all their rows are the whole."""
    wholes = (one.quantity.whole for one in definition.indicators if isinstance(one.quantity, Share))
    sums = (one for one in wholes if isinstance(one, Sum) and one.where.condition is None)
    return frozenset(f"{one.table}.{column}" for one in sums for column in one.columns)


def _summed(definition: CallDefinition) -> frozenset[str]:
    """Return the columns that indicators add up."""
    sums = (one for indicator in definition.indicators for one in _sums(indicator.quantity))
    return frozenset(f"{one.table}.{column}" for one in sums for column in one.columns)


def _sums(quantity: Any) -> Iterator[Sum]:
    match quantity:
        case Sum():
            yield quantity
        case Share():
            yield from _sums(quantity.part)
            yield from _sums(quantity.whole)
        case Total():
            for term in quantity.terms:
                yield from _sums(term)
        case Otherwise() | Named():
            yield from _sums(quantity.quantity)
