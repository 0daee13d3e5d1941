"""The journal's rows changed behind the application's back, at random: each change is found, its first line named."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.domain.journal_chain import FIRST, Fault, digest_of
from ptce_aap.models import JournalEntry, JournalHead
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.journal import daily_heads, head_writing, journal, journal_verification
from ptce_aap.services.journal.journal_verification import ChainReport
from tests.budgets import budget
from tests.integration.test_daily_heads import DAY, unprotected

CHAIN = "platform"
LINES, HEADS = 40, (9, 22, 31)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
Line = dict[str, Any]
# What a tampering was: the first line that it touched, and which numbers verification may name for it.
Expected = tuple[int, range]


def at(sequence: int) -> datetime:
    return DAY + timedelta(hours=sequence)


@pytest.fixture
def tampered(fresh_database: Database) -> Callable[[Callable[[Session], None]], ChainReport]:
    """Change rows, verify against the heads kept outside, put everything back."""
    for sequence in range(1, LINES + 1):

        def write(session: Session, sequence: int = sequence) -> None:
            facts = {"number": sequence, "key": f"k{sequence}"}
            journal.record(session, SYSTEM, "test.act", on=("test", f"o{sequence}"), at=at(sequence), facts=facts)
            if sequence in HEADS:
                day = at(sequence) + timedelta(days=sequence)
                assert head_writing.write(session, KEY, witnesses=(), base_url="", now=day) is not None

        fresh_database.transaction(write)
    with fresh_database.reading() as session:
        kept = list(daily_heads.all_exported(session))
    unprotected(fresh_database, "DELETE FROM daily_head")

    def verified(tampering: Callable[[Session], None]) -> ChainReport:
        with Session(fresh_database.engine) as session:
            tampering(session)
            session.flush()
            (report,) = journal_verification.verify(session, outside=kept).chains
            session.rollback()
        return report

    assert verified(lambda session: None).whole
    return verified


def _lines(session: Session) -> list[Line]:
    return list(journal.lines(session, CHAIN))


def _rewrite(session: Session, lines: list[Line], *, anew: bool) -> None:
    """Put these lines in the place of the chain; ``anew``: numbered and chained as the journal does, head included."""
    session.execute(delete(JournalEntry))
    previous = FIRST
    for sequence, line in enumerate(lines, start=1):
        content = {**line, "sequence": sequence}
        if anew:
            content["previous"] = previous
            content["digest"] = previous = digest_of(content)
        session.add(JournalEntry(**{**content, "at": datetime.fromisoformat(content["at"])}))
    if anew:
        session.execute(update(JournalHead).values(sequence=len(lines), digest=previous))


def _edited(line: Line, draw: random.Random) -> Line:
    value = draw.choice(
        [
            {"facts": {**line["facts"], "number": -1}},
            {"facts": {}},
            {"actor": "somebody"},
            {"act": "other.act"},
            {"role": "team"},
            {"object": "other"},
            {"object_kind": "other"},
            {"at": line["at"].replace(".000000Z", ".000001Z")},
            {"previous": digest_of(line)},
            {"digest": FIRST},
        ]
    )
    return {**line, **value}


def edit(session: Session, draw: random.Random) -> Expected:
    lines, place = _lines(session), draw.randrange(LINES)
    _rewrite(session, [*lines[:place], _edited(lines[place], draw), *lines[place + 1 :]], anew=False)
    return place + 1, range(place + 1, place + 2)


def remove(session: Session, draw: random.Random) -> Expected:
    sequence = draw.randint(1, LINES)
    session.execute(delete(JournalEntry).where(JournalEntry.sequence == sequence))
    return sequence, range(sequence, sequence + 1)


def remove_and_number_again(session: Session, draw: random.Random) -> Expected:
    lines, place = _lines(session), draw.randrange(LINES)
    _rewrite(session, [*lines[:place], *lines[place + 1 :]], anew=False)
    return place + 1, range(place + 1, place + 2)


def insert(session: Session, draw: random.Random) -> Expected:
    """A line that follows the one above as it should: the one below it does not hold, or itself where a head knows."""
    lines, place = _lines(session), draw.randint(1, LINES)
    line = {**lines[place - 1], "sequence": place + 1, "previous": lines[place - 1]["digest"], "act": "other.act"}
    _rewrite(session, [*lines[:place], {**line, "digest": digest_of(line)}, *lines[place:]], anew=False)
    first = place + 1 if place == LINES or place + 1 in {*HEADS, LINES} else place + 2
    return place + 1, range(first, first + 1)


def swap(session: Session, draw: random.Random) -> Expected:
    lines = _lines(session)
    one, other = sorted(draw.sample(range(LINES), 2))
    lines[one], lines[other] = lines[other], lines[one]
    _rewrite(session, lines, anew=False)
    return one + 1, range(one + 1, one + 2)


def chain_again_after_an_edit(session: Session, draw: random.Random) -> Expected:
    """Written anew to its end: the kept head that follows is the first that knows."""
    lines, place = _lines(session), draw.randrange(HEADS[-1])
    line = {**lines[place], "object": "other"}
    _rewrite(session, [*lines[:place], line, *lines[place + 1 :]], anew=True)
    head = min(head for head in HEADS if head > place)
    return place + 1, range(head, head + 1)


def cut_the_tail(session: Session, draw: random.Random) -> Expected:
    length = draw.randrange(1, HEADS[-1])
    _rewrite(session, _lines(session)[:length], anew=True)
    return length + 1, range(length + 1, length + 2)


def date_back(session: Session, draw: random.Random) -> Expected:
    """After the last head, and chained again: the clock alone tells."""
    lines, place = _lines(session), draw.randrange(HEADS[-1], LINES)
    line = {**lines[place], "at": lines[place - 2]["at"]}
    _rewrite(session, [*lines[:place], line, *lines[place + 1 :]], anew=True)
    return place + 1, range(place + 1, place + 2)


TAMPERINGS = (
    edit,
    remove,
    remove_and_number_again,
    insert,
    swap,
    chain_again_after_an_edit,
    cut_the_tail,
    date_back,
)


@pytest.mark.soak
@pytest.mark.target("SEC-37")
def test_every_tampering_is_found_and_its_first_line_named(
    tampered: Callable[[Callable[[Session], None]], ChainReport],
) -> None:
    for number in range(budget("journal.tamperings")):
        draw = random.Random(number)
        tampering = TAMPERINGS[number % len(TAMPERINGS)]
        said: list[Expected] = []
        report = tampered(lambda session, t=tampering, d=draw, s=said: s.append(t(session, d)))  # type: ignore[misc]
        ((touched, names),) = said
        told = f"{tampering.__name__}, draw {number}: {report}"
        if tampering is date_back:
            assert report.fault is None, told
            assert [found.sequence for found in report.clock] == [touched], told
            continue
        assert report.fault is not None, told
        assert report.fault.sequence in names, told
        assert report.fault.after < touched + (tampering is insert), told
        assert (report.fault.fault is Fault.HEAD) <= (tampering in {chain_again_after_an_edit, insert}), told
