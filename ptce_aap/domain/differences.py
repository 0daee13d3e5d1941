"""What changed in the answer to a question between two states of a dossier, row by row in tables."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from ptce_aap.domain.questionnaire import Answers, Question, Row, Value, filled_rows
from ptce_aap.domain.values import is_blank


class Mark(StrEnum):
    """What became of a passage of a text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive words of a text, with their spaces."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer before and after; of a table, ``before`` and ``after`` are the rows that are not in both.

    ``kept`` is how many rows are in both; ``replaced`` names files that kept their name and not their content.
    """

    question: Question
    before: Value
    after: Value
    kept: int = 0
    replaced: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Tell whether anything changed."""
        return _told(self.question, self.before) != _told(self.question, self.after) or bool(self.replaced)

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The words of a text that changed, in their place; none where it is no text, or another text altogether."""
        if self.question.is_table or not (isinstance(self.before, str) and isinstance(self.after, str)):
            return ()
        return passages(self.before, self.after)


def passages(before: str, after: str) -> tuple[Passage, ...]:
    """Return the words kept, removed, added from a text to another; none where they share less than a third of them."""
    old, new = re.findall(r"\S+\s*", before), re.findall(r"\S+\s*", after)
    compared = SequenceMatcher(None, old, new)
    if compared.ratio() < 1 / 3:
        return ()
    found = []
    for tag, first, last, start, end in compared.get_opcodes():
        if tag == "equal":
            found.append(Passage(Mark.KEPT, "".join(new[start:end])))
            continue
        if first < last:
            found.append(Passage(Mark.REMOVED, "".join(old[first:last])))
        if start < end:
            found.append(Passage(Mark.ADDED, "".join(new[start:end])))
    return tuple(found)


def difference(question: Question, before: Answers, after: Answers, replaced: Collection[str] = ()) -> Difference:
    """Return what changed in the answer to a question."""
    old, new = before.get(question.path), after.get(question.path)
    if not question.is_table:
        return Difference(question, old, new, replaced=tuple(sorted(replaced)))
    former, latter = filled_rows(old), filled_rows(new)
    gone, come = _without(question, former, latter), _without(question, latter, former)
    return Difference(question, tuple(gone), tuple(come), kept=len(former) - len(gone))


def _without(question: Question, rows: list[Row], others: list[Row]) -> list[Row]:
    """Return the rows that others do not hold, as often as they do not, in their order."""
    there = Counter(_row(question, row) for row in others)
    left = []
    for row in rows:
        told = _row(question, row)
        if there[told]:
            there[told] -= 1
        else:
            left.append(row)
    return left


def _row(question: Question, row: Row) -> str:
    return _told(question, (row,))


def _told(question: Question, value: Value) -> str:
    return "" if is_blank(value) else json.dumps(question.to_json(value), sort_keys=True)
