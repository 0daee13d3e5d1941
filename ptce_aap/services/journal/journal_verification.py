"""Verifies every chain of the journal, and its signed heads, against what the database and outsiders hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.daily_heads import chains_of, content_of, first_unfollowed, root_of
from ptce_aap.domain.journal_chain import CLOCK_TOLERANCE, Break, Fault, breaks
from ptce_aap.models import JournalEntry, JournalHead
from ptce_aap.services.journal import daily_heads, journal, journal_key


class BadHead(Exception):
    """A head that was given is none, or is not signed by whom it says; ``number`` where it has one."""

    def __init__(self, number: object) -> None:
        super().__init__(str(number))
        self.number = number


@dataclass(slots=True)
class ChainReport:
    """What a chain holds: so many lines, the first that is not what was written, those where the clock went back."""

    chain: str
    lines: int = 0
    fault: Break | None = None
    clock: list[Break] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Tell whether every line is what was written, in its place."""
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Report:
    """What the journal holds; ``heads`` were signed, ``bad_head`` is the first that does not hold.

    ``strangers`` are heads given from outside whose key signed none of the database: whose word they are is to be told.
    """

    chains: tuple[ChainReport, ...]
    heads: int
    bad_head: int | None
    strangers: tuple[int, ...] = ()

    @property
    def whole(self) -> bool:
        """Tell whether nothing was changed, and no clock went back."""
        return self.bad_head is None and all(one.whole and not one.clock for one in self.chains)


def verify(session: Session, *, outside: Sequence[Mapping[str, Any]] = ()) -> Report:
    """Verify every chain; ``outside`` are heads kept elsewhere, exported whole: they win over those of the database.

    Errors: ``BadHead`` where one of them is not a head, or not signed by its key.
    """
    for head in outside:
        require_head(head)
    stored = daily_heads.all_exported(session)
    known: dict[str, dict[int, str]] = {}
    for head in (*stored, *outside):
        for one in chains_of(head):
            known.setdefault(one.chain, {})[one.sequence] = one.digest
    bad = _first_bad(stored, {head["number"]: head["digest"] for head in outside})
    last = {row.chain: (row.sequence, row.digest) for row in session.execute(select(*JournalHead.__table__.columns))}
    names = set(session.scalars(select(JournalEntry.chain).distinct())) | known.keys() | last.keys()
    chains = tuple(_report(session, chain, known.get(chain, {}), last.get(chain)) for chain in sorted(names))
    keys = {head["key"] for head in stored}
    return Report(chains, len(stored), bad, tuple(head["number"] for head in outside if head["key"] not in keys))


def require_head(head: Mapping[str, Any]) -> None:
    """Refuse what is not a head signed by the key that it names. Errors: ``BadHead``."""
    number = head.get("number")
    try:
        content = content_of(head)
        sound = (
            head["root"] == root_of(chains_of(head))
            and head["digest"] == hashlib.sha256(content).hexdigest()
            and journal_key.signed_by(str(head["key"]), str(head["signature"]), content)
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadHead(number) from error
    if not sound:
        raise BadHead(number)


def first_bad_head(heads: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the number of the first of all heads that does not follow the one before, or is not signed."""
    unfollowed = first_unfollowed(heads)
    for number, head in enumerate(heads, start=1):
        try:
            require_head(head)
        except BadHead:
            return number if unfollowed is None else min(number, unfollowed)
    return unfollowed


def _report(session: Session, chain: str, heads: dict[int, str], last: tuple[int, str] | None) -> ChainReport:
    """Walk a chain once. Its own head counts as a head: the last line is the one that it names."""
    report = ChainReport(chain)
    expected = heads if last is None else {last[0]: last[1], **heads}

    def counted() -> Iterator[Mapping[str, object]]:
        for line in journal.lines(session, chain):
            report.lines += 1
            yield line

    for found in breaks(counted(), heads=expected, tolerance=CLOCK_TOLERANCE):
        if found.fault is Fault.CLOCK:
            report.clock.append(found)
        else:
            report.fault = found
    if report.fault is None and (last is None or last[0] != report.lines):
        # More lines than the head knows of, or a chain without head: written past the journal's only writer.
        known = 0 if last is None else last[0]
        report.fault = Break(known + 1, Fault.HEAD, known)
    return report


def _first_bad(stored: Sequence[Mapping[str, Any]], outside: Mapping[int, str]) -> int | None:
    """Return the number of the first head of the database that does not hold, or that outsiders know otherwise."""
    digests = {head["number"]: head["digest"] for head in stored}
    bad = [first_bad_head(stored), *(number for number, digest in outside.items() if digests.get(number) != digest)]
    return min((number for number in bad if number is not None), default=None)
