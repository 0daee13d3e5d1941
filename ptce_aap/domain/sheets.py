"""A juror's sheet in the making: marks with their comments, what is missing, what asks for a sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.evaluation import Evaluation
from ptce_aap.domain.refusals import Unreadable
from ptce_aap.domain.scoring import Explanation, Grid, check_marks, explanations_due
from ptce_aap.domain.values import clean_text

COMMENT_MAXIMUM = 2_000  # code points


class SheetState(StrEnum):
    """A sheet is a draft until its juror makes it final; then nothing changes it."""

    DRAFT = "draft"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a juror says of one criterion: a mark in half points or none yet, and a comment."""

    half_points: int | None = None
    comment: str = ""


Entries = Mapping[str, Entry]  # criterion key → entry
BLANK = Entry()


def marks_of(entries: Entries) -> dict[str, int]:
    """Return the marks given, criterion by criterion, in half points."""
    return {key: entry.half_points for key, entry in entries.items() if entry.half_points is not None}


def clean(grid: Grid, entries: Entries) -> dict[str, Entry]:
    """Return the entries with their comments trimmed.

    Errors: ``unknown_criterion``, ``mark_off_scale``, ``comment_too_long``, ``comment_unreadable``.
    """
    cleaned = {key: Entry(entry.half_points, _clean_comment(key, entry.comment)) for key, entry in entries.items()}
    check_marks(grid, dict.fromkeys(cleaned, 0) | marks_of(cleaned))
    return cleaned


def guides(evaluation: Evaluation) -> dict[str, tuple[int | None, int | None]]:
    """Return, axis by axis, the indicative level and the lowest ceiling above which a mark is explained."""
    ceilings: dict[str, int] = {}
    for check in evaluation.checks:
        if check.reason_asked and check.ceiling is not None:
            ceilings[check.axis] = min(check.ceiling, ceilings.get(check.axis, check.ceiling))
    levels = {axis: level.level for axis, level in evaluation.levels.items()}
    return {axis: (levels.get(axis), ceilings.get(axis)) for axis in (*levels, *ceilings)}


def marks_to_explain(grid: Grid, level: int | None, ceiling: int | None) -> tuple[int, ...]:
    """Return the marks of the scale, in half points, that ask for a sentence on an axis so guided."""
    return tuple(
        mark for mark in grid.allowed_marks() if explanations_due(grid, mark, indicative_level=level, ceiling=ceiling)
    )


def explanations(grid: Grid, evaluation: Evaluation, entries: Entries) -> dict[str, tuple[Explanation, ...]]:
    """Return why marks ask for a sentence, for those that do."""
    guide = guides(evaluation)
    found: dict[str, tuple[Explanation, ...]] = {}
    for axis in grid.axes:
        level, ceiling = guide.get(axis.key, (None, None))
        for criterion in axis.criteria:
            mark = entries.get(criterion.key, BLANK).half_points
            if mark is None:
                continue
            if due := explanations_due(grid, mark, indicative_level=level, ceiling=ceiling):
                found[criterion.key] = due
    return found


def unexplained(grid: Grid, evaluation: Evaluation, entries: Entries) -> tuple[str, ...]:
    """Return the criteria whose mark asks for a sentence that is not written, in the order of the grid."""
    asked = explanations(grid, evaluation, entries)
    return tuple(key for key in asked if not entries[key].comment)


def _clean_comment(key: str, raw: str) -> str:
    try:
        text = clean_text(raw)
    except Unreadable as refusal:
        raise RuleViolation("comment_unreadable", criterion=key) from refusal
    # PostgreSQL holds no NUL and readers see no control character: only line ends and tabs are kept.
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
    if len(text) > COMMENT_MAXIMUM:
        raise RuleViolation("comment_too_long", criterion=key, over=len(text) - COMMENT_MAXIMUM)
    return text
