"""The chain of the journal: each line holds the digest of the line before, so that no line changes unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

FIELDS = frozenset({"act", "actor", "at", "chain", "facts", "object", "object_kind", "previous", "role", "sequence"})
"""What the digest of a line is made of; a line of an exported journal is these and ``digest``."""
FIRST = "0" * 64
"""What stands for the digest of the line before the first."""
CLOCK_TOLERANCE = timedelta(minutes=5)
"""A line may be dated before the one above it by as much: its request came first, and waited for the other."""

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class Fault(StrEnum):
    """What is wrong with the first line that does not hold."""

    MALFORMED = "malformed"  # a field is lacking, is too many, or is of a kind that the journal never writes
    CHAIN = "chain"  # a line of another chain
    SEQUENCE = "sequence"  # a line is missing, or stands twice
    PREVIOUS = "previous"  # it does not follow the line above
    DIGEST = "digest"  # its content is not what was written
    CLOCK = "clock"  # dated well before a line above it
    HEAD = "head"  # the chain holds, but it is not the one that was published
    CUT = "cut"  # the chain stops before a line that was published


@dataclass(frozen=True, slots=True)
class Break:
    """The first line that does not hold: the number it should bear, from 1.

    ``after`` is the last line that is known to be good: all those between may be wrong where ``fault`` is ``HEAD``.
    """

    sequence: int
    fault: Fault
    after: int


def instant_text(instant: datetime) -> str:
    """Return an instant as lines hold it: UTC, six decimals, ``Z``. A naive one is refused (``ValueError``)."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return instant.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def canonical(value: object) -> bytes:
    """Return the bytes of a value of the journal: JSON, keys sorted, no blanks, UTF-8.

    Errors: ``ValueError`` for what has no exact form (a float, a key that is no text, a lone surrogate).
    """
    _require_exact(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def canonical_line(line: Mapping[str, object]) -> bytes:
    """Return the bytes of which a line's digest is made; ``digest`` itself, where it is there, is not one of them.

    Errors: ``ValueError`` for a line that lacks a field, has one too many, or holds what has no exact form.
    """
    fields = {name: value for name, value in line.items() if name != "digest"}
    if fields.keys() != FIELDS:
        raise ValueError("the fields of a line of the journal are " + ", ".join(sorted(FIELDS)))
    return canonical(fields)


def exported_line(line: Mapping[str, object]) -> bytes:
    """Return the bytes of a line of an exported journal: the fields of its digest, and the digest; no newline."""
    canonical_line(line)
    return canonical(dict(line))


def digest_of(line: Mapping[str, object]) -> str:
    """Return the SHA-256 of a line, in 64 hexadecimal digits. Errors: those of ``canonical_line``."""
    return hashlib.sha256(canonical_line(line)).hexdigest()


def first_break(
    lines: Iterable[Mapping[str, object]],
    *,
    heads: Mapping[int, str] | None = None,
    after: tuple[int, str] = (0, FIRST),
    tolerance: timedelta | None = CLOCK_TOLERANCE,
) -> Break | None:
    """Return the first line of a whole chain that does not hold, or None where all do; never raises on bad lines.

    ``lines`` are those of one chain from its first, each with its ``digest``. ``heads`` are digests known from
    outside, by sequence: without them, a chain cut short or written anew to its end cannot be told from a true one.
    ``after``: the number and the digest of the line before the first one given, where it is not the chain's first.
    ``tolerance`` is how far back a date may go; None: dates are not compared.
    """
    return next(breaks(lines, heads=heads, after=after, tolerance=tolerance), None)


def breaks(
    lines: Iterable[Mapping[str, object]],
    *,
    heads: Mapping[int, str] | None = None,
    after: tuple[int, str] = (0, FIRST),
    tolerance: timedelta | None = CLOCK_TOLERANCE,
) -> Iterator[Break]:
    """Yield every line at which the clock went back, up to the first line that is not what was written."""
    heads = heads or {}
    chain: object = None
    (sequence, previous), latest, vouched = after, _BEFORE_ALL, after[0]
    for line in lines:
        if sequence == after[0]:
            chain = line.get("chain")
        sequence += 1
        fault, at = _fault_of(line, chain=chain, sequence=sequence, previous=previous)
        if fault is not None:
            yield Break(sequence, fault, sequence - 1)
            return
        previous = str(line["digest"])
        if sequence in heads:
            if heads[sequence] != previous:
                yield Break(sequence, Fault.HEAD, vouched)
                return
            vouched = sequence
        if tolerance is not None and latest - at > tolerance:
            yield Break(sequence, Fault.CLOCK, sequence - 1)
        latest = max(latest, at)
    if any(head > sequence for head in heads):
        yield Break(sequence + 1, Fault.CUT, sequence)


def _fault_of(
    line: Mapping[str, object], *, chain: object, sequence: int, previous: str
) -> tuple[Fault | None, datetime]:
    """Return what is wrong with a line where it stands, and its instant where it has one."""
    try:
        at = datetime.fromisoformat(str(line["at"]))
        digest = digest_of(line)
        if instant_text(at) != line["at"] or not isinstance(line["digest"], str):
            return Fault.MALFORMED, at
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return Fault.MALFORMED, _BEFORE_ALL
    if line["chain"] != chain:
        return Fault.CHAIN, at
    if line["sequence"] != sequence or isinstance(line["sequence"], bool):
        return Fault.SEQUENCE, at
    if line["previous"] != previous:
        return Fault.PREVIOUS, at
    return (Fault.DIGEST if line["digest"] != digest else None), at


def _require_exact(value: object) -> None:
    match value:
        case None | bool() | int() | str():
            return
        case list() | tuple():
            for one in value:
                _require_exact(one)
        case dict():
            for key, one in value.items():
                if not isinstance(key, str):
                    raise ValueError(f"a key of the journal is a text: {key!r}")
                _require_exact(one)
        case _:
            raise ValueError(f"the journal writes no {type(value).__name__}")
