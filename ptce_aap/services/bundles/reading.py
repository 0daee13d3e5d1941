"""Reading the journal of a bundle: whole, chained, and through every head that the bundle and the outside give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ptce_aap.domain import journal_chain
from ptce_aap.domain.bundles import layout
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.services.bundles import known_heads
from ptce_aap.services.bundles.findings import Invalid
from ptce_aap.services.bundles.known_heads import Kept, Known
from ptce_aap.services.bundles.opening import Opened, value_of

WRONG_SHAPE = (KeyError, TypeError, AttributeError, ValueError, ArithmeticError, IndexError, StopIteration)
"""What values of another kind than those that a bundle holds raise."""


@dataclass(frozen=True, slots=True)
class Covered:
    """How far heads vouch for a journal: nothing is known of the lines after, nor where no head is from outside."""

    outside: int = 0  # heads from outside that are about this journal
    to: int | None = None  # the last line that one of them vouches for
    inside: int | None = None  # the last line that the signed heads of the bundle itself speak of
    silent: tuple[str, ...] = ()  # the files given that say nothing of this journal


def read_journal(bundle: Opened, outside: Sequence[Kept], key: str | None) -> tuple[list[dict[str, Any]], Covered]:
    """Return the lines of the journal, whole and chained to the heads that the bundle and the outside give."""
    try:
        chain = bundle.value(layout.HEAD)["chain"]
    except WRONG_SHAPE:
        raise Invalid("wrong_shape", layout.HEAD) from None
    within, given = _heads_within(bundle, chain, key), known_heads.of_chain(outside, chain)
    if outside and not given:
        raise RuleViolation("head_of_another_chain", chain=chain)
    heads = _by_line([*given, *within])
    raw_lines = bundle.files[layout.JOURNAL].split(b"\n")
    if raw_lines.pop() or not raw_lines:
        raise Invalid("journal_malformed", layout.JOURNAL, len(raw_lines) + 1)
    lines = list(_parsed(raw_lines))
    digests = {number: known.digest for number, known in heads.items()}
    found = journal_chain.first_break(lines, heads=digests, tolerance=None)
    if found is not None:
        facts: dict[str, Any] = {}
        if found.fault is journal_chain.Fault.HEAD:
            facts = {"after": found.after, "source": heads[found.sequence].source}
        if found.fault is journal_chain.Fault.CUT:
            facts = {"known": max(heads), "source": heads[max(heads)].source}
        raise Invalid(f"journal_{found.fault.value}", layout.JOURNAL, found.sequence, **facts)
    if len(lines) < len(raw_lines):
        raise Invalid("journal_malformed", layout.JOURNAL, len(lines) + 1)
    last = lines[-1]
    if bundle.value(layout.HEAD) != {name: last[name] for name in ("chain", "digest", "sequence")}:
        raise Invalid("head_differs", layout.HEAD)
    speaking = {known.source for known in given}
    silent = tuple(dict.fromkeys(kept.source for kept in outside if kept.source not in speaking))
    last_given, last_within = (max((one.sequence for one in known), default=None) for known in (given, within))
    return lines, Covered(len(given), last_given, last_within, silent)


def _heads_within(bundle: Opened, chain: str, key: str | None) -> list[Known]:
    """Return what the signed heads of the bundle say: each is whole, sound, and about this journal."""
    found: list[Known] = []
    try:
        for head in bundle.value(layout.HEADS):
            if "chains" not in head:
                raise Invalid("heads_unsound", layout.HEADS)
            known_heads.require_sound(head, key=key)
            said = known_heads.of_chain([Kept(layout.HEADS, head)], chain)
            if not said:
                raise Invalid("heads_of_another_chain", layout.HEADS)
            found += said
    except (known_heads.Unsound, *WRONG_SHAPE):
        raise Invalid("heads_unsound", layout.HEADS) from None
    return found


def _by_line(known: Sequence[Known]) -> dict[int, Known]:
    """Return heads by the line that they name. Two that contradict each other are never both true."""
    found: dict[int, Known] = {}
    for one in known:
        other = found.setdefault(one.sequence, one)
        if other.digest != one.digest:
            raise Invalid("heads_contradict", layout.JOURNAL, one.sequence, source=one.source, other=other.source)
    return found


def _parsed(raw_lines: list[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the lines as far as they are written in their one form."""
    for raw in raw_lines:
        try:
            line = value_of(layout.JOURNAL, raw)
            if not isinstance(line, dict) or journal_chain.exported_line(line) != raw:
                return
        except (Invalid, ValueError, RecursionError):
            return
        yield line
