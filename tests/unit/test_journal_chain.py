"""The chain of the journal: its digests, and the first line that does not hold, named."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ptce_aap.domain.journal_chain import (
    CLOCK_TOLERANCE,
    FIRST,
    Break,
    Fault,
    breaks,
    canonical_line,
    digest_of,
    exported_line,
    first_break,
    instant_text,
)

START = datetime(2026, 11, 23, 17, 30, 0, 123456, tzinfo=UTC)
Line = dict[str, Any]


def line(sequence: int, previous: str, *, at: datetime | None = None, **facts: object) -> Line:
    """Return a line that follows ``previous``, its digest on it."""
    content: Line = {
        "act": "sheet.saved",
        "actor": "Zq3k",
        "at": instant_text(at or START + timedelta(seconds=sequence)),
        "chain": "call-1",
        "facts": facts,
        "object": "Ab12",
        "object_kind": "dossier",
        "previous": previous,
        "role": "juror",
        "sequence": sequence,
    }
    return {**content, "digest": digest_of(content)}


def chain(length: int) -> list[Line]:
    """Return a whole chain."""
    lines: list[Line] = []
    for sequence in range(1, length + 1):
        lines.append(line(sequence, lines[-1]["digest"] if lines else FIRST, half_points=sequence))
    return lines


def chained_again(lines: list[Line]) -> list[Line]:
    """Return the lines numbered and chained anew: what somebody who holds the database can do."""
    again: list[Line] = []
    for sequence, one in enumerate(lines, start=1):
        content = {**one, "sequence": sequence, "previous": again[-1]["digest"] if again else FIRST}
        again.append({**content, "digest": digest_of(content)})
    return again


def test_the_digest_is_that_of_the_written_form_of_a_line() -> None:
    written = (
        '{"act":"sheet.saved","actor":"Zq3k","at":"2026-11-23T17:30:00.123456Z","chain":"call-1",'
        '"facts":{"a":[1,null,true],"é":"« \\"ok\\" »\\n"},"object":"Ab12","object_kind":"dossier",'
        f'"previous":"{FIRST}","role":"juror","sequence":1}}'
    ).encode()
    assert (len(FIRST), set(FIRST)) == (64, {"0"})
    first = line(1, FIRST, at=START, é='« "ok" »\n', a=(1, None, True))
    assert canonical_line(first) == written
    assert first["digest"] == hashlib.sha256(written).hexdigest()
    assert exported_line(first) == written.replace(b'"facts"', f'"digest":"{first["digest"]}","facts"'.encode())


def test_an_instant_is_written_in_universal_time_with_its_six_decimals() -> None:
    paris = timezone(timedelta(hours=1))
    assert instant_text(datetime(2026, 11, 23, 18, 30, tzinfo=paris)) == "2026-11-23T17:30:00.000000Z"
    with pytest.raises(ValueError, match="zone"):
        instant_text(datetime(2026, 11, 23))


def test_an_instant_is_written_alike_whatever_the_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    try:
        assert datetime(2026, 7, 1).astimezone().utcoffset() == timedelta(hours=2)
        assert instant_text(START) == "2026-11-23T17:30:00.123456Z"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_faults_are_named_so_in_reports_and_lines_wait_for_one_another_five_minutes() -> None:
    assert list(Fault) == ["malformed", "chain", "sequence", "previous", "digest", "clock", "head", "cut"]
    assert timedelta(minutes=5) == CLOCK_TOLERANCE


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (1.5, "no float"),
        (float("nan"), "no float"),
        (START, "no datetime"),
        (b"bytes", "no bytes"),
        ({1: "a"}, "a key of the journal is a text: 1"),
        ({"deep": [{"float": 0.5}]}, "no float"),
        ({"a"}, "no set"),
    ],
)
def test_what_has_no_exact_form_is_never_written(value: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        line(1, FIRST, value=value)


def test_a_line_has_its_fields_and_no_other() -> None:
    whole = line(1, FIRST)
    for wrong in ({**whole, "note": "x"}, {name: value for name, value in whole.items() if name != "role"}):
        with pytest.raises(ValueError, match=r"fields of .* are act, actor, at, chain, facts, object, object_kind"):
            canonical_line(wrong)


def test_a_whole_chain_holds_and_so_does_none() -> None:
    assert first_break(chain(9)) is None
    assert first_break([]) is None


def test_lines_that_waited_for_one_another_are_no_clock_going_back() -> None:
    lines = chain(3)
    waited = START + timedelta(seconds=3) - CLOCK_TOLERANCE
    assert first_break([*lines, line(4, lines[-1]["digest"], at=waited)]) is None
    back = [*lines, line(4, lines[-1]["digest"], at=waited - timedelta(microseconds=1))]
    assert first_break(back) == Break(4, Fault.CLOCK, 3)
    assert first_break(back, tolerance=None) is None


def test_every_line_at_which_the_clock_went_back_is_told_from_the_latest_instant_before_it() -> None:
    lines = chain(2)
    for sequence, minutes in ((3, -6), (4, -7), (5, 1)):
        lines.append(line(sequence, lines[-1]["digest"], at=START + timedelta(minutes=minutes)))
    assert list(breaks(lines)) == [Break(3, Fault.CLOCK, 2), Break(4, Fault.CLOCK, 3)]
    assert list(breaks(lines, tolerance=timedelta(minutes=8))) == []
    assert list(breaks(lines[2:])) == [Break(1, Fault.SEQUENCE, 0)]


def _edited(lines: list[Line]) -> list[Line]:
    return [*lines[:4], {**lines[4], "facts": {"half_points": 99}}, *lines[5:]]


def _swapped(lines: list[Line]) -> list[Line]:
    return [*lines[:4], lines[5], lines[4], *lines[6:]]


def _nested(depth: int) -> list[object]:
    nested: list[object] = []
    for _ in range(depth):
        nested = [nested]
    return nested


TAMPERINGS: dict[str, tuple[Callable[[list[Line]], list[Line]], Break]] = {
    "edited": (_edited, Break(5, Fault.DIGEST, 4)),
    "deleted": (lambda lines: [*lines[:4], *lines[5:]], Break(5, Fault.SEQUENCE, 4)),
    "doubled": (lambda lines: [*lines[:5], *lines[4:]], Break(6, Fault.SEQUENCE, 5)),
    "inserted": (lambda lines: [*lines[:4], line(5, lines[3]["digest"]), *lines[4:]], Break(6, Fault.SEQUENCE, 5)),
    "replaced": (lambda lines: [*lines[:4], line(5, lines[3]["digest"]), *lines[5:]], Break(6, Fault.PREVIOUS, 5)),
    "swapped": (_swapped, Break(5, Fault.SEQUENCE, 4)),
    "first line gone": (lambda lines: lines[1:], Break(1, Fault.SEQUENCE, 0)),
    "digest of another line": (lambda lines: [*lines[:4], {**lines[4], "digest": FIRST}], Break(5, Fault.DIGEST, 4)),
    "line of another call": (lambda lines: [*lines[:4], {**lines[4], "chain": "call-2"}], Break(5, Fault.CHAIN, 4)),
    "lacks a field": (lambda lines: [*lines[:4], {"digest": FIRST}], Break(5, Fault.MALFORMED, 4)),
    "holds a float": (lambda lines: [*lines[:4], {**lines[4], "facts": {"a": 0.5}}], Break(5, Fault.MALFORMED, 4)),
    "no instant": (lambda lines: [*lines[:4], {**lines[4], "at": "hier"}], Break(5, Fault.MALFORMED, 4)),
    "instant in another form": (
        lambda lines: [*lines[:4], {**lines[4], "at": lines[4]["at"].replace("T", " ")}],
        Break(5, Fault.MALFORMED, 4),
    ),
    "instant without zone": (
        lambda lines: [*lines[:4], {**lines[4], "at": lines[4]["at"].removesuffix("Z")}],
        Break(5, Fault.MALFORMED, 4),
    ),
    "instant before all time": (
        lambda lines: [*lines[:4], {**lines[4], "at": "0001-01-01T00:00:00.000000+14:00"}],
        Break(5, Fault.MALFORMED, 4),
    ),
    "facts without end": (
        lambda lines: [*lines[:4], {**lines[4], "facts": _nested(100_000)}],
        Break(5, Fault.MALFORMED, 4),
    ),
    "digest that is no text": (lambda lines: [*lines[:4], {**lines[4], "digest": None}], Break(5, Fault.MALFORMED, 4)),
    "number that is no number": (lambda lines: [{**lines[0], "sequence": True}], Break(1, Fault.SEQUENCE, 0)),
}


@pytest.mark.target("SEC-37")
@pytest.mark.parametrize("name", TAMPERINGS)
def test_the_first_line_that_does_not_hold_is_named(name: str) -> None:
    tampering, expected = TAMPERINGS[name]
    assert first_break(tampering(chain(9))) == expected


@pytest.mark.target("SEC-37")
def test_a_chain_written_anew_is_known_by_a_head_kept_outside_only() -> None:
    lines = chain(9)
    heads = {sequence: lines[sequence - 1]["digest"] for sequence in (3, 7)}
    anew = chained_again(_edited(lines))
    assert first_break(anew) is None
    assert first_break(anew, heads=heads) == Break(7, Fault.HEAD, 3)
    assert first_break(anew, heads={7: heads[7]}) == Break(7, Fault.HEAD, 0)
    assert first_break(anew[2:], heads={7: heads[7]}, after=(2, anew[1]["digest"])) == Break(7, Fault.HEAD, 2)
    assert first_break(lines, heads=heads) is None


@pytest.mark.target("SEC-37")
def test_a_cut_tail_is_known_by_a_head_kept_outside_only() -> None:
    lines = chain(9)
    assert first_break(lines[:6]) is None
    assert first_break(lines[:6], heads={9: lines[8]["digest"]}) == Break(7, Fault.CUT, 6)
    assert first_break([], heads={9: lines[8]["digest"]}) == Break(1, Fault.CUT, 0)
    assert first_break(lines, heads={9: lines[8]["digest"]}) is None


def test_the_end_of_a_chain_is_verified_from_a_line_that_is_known() -> None:
    lines = chain(9)
    known = (5, lines[4]["digest"])
    assert first_break(lines[5:], after=known) is None
    assert first_break([], after=known) is None
    assert first_break(lines[5:], after=(5, FIRST)) == Break(6, Fault.PREVIOUS, 5)
    assert first_break(lines[6:], after=known) == Break(6, Fault.SEQUENCE, 5)
    assert first_break(lines[5:8], heads={9: lines[8]["digest"]}, after=known) == Break(9, Fault.CUT, 8)
    assert first_break([*lines[5:7], {**lines[7], "act": "x"}], after=known) == Break(8, Fault.DIGEST, 7)
