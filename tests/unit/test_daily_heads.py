"""The head of a day: exactly what is signed, and which head does not follow the one before."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ptce_aap.domain.daily_heads import (
    SIGNED,
    ChainHead,
    Head,
    chains_of,
    content_of,
    first_unfollowed,
    root_of,
)
from ptce_aap.domain.journal_chain import FIRST

PLATFORM = ChainHead("platform", 12, "a" * 64)
CALL = ChainHead("call-1", 7, "b" * 64)
HEAD = Head(3, date(2026, 11, 23), datetime(2026, 11, 24, 1, 2, 3, 4, tzinfo=UTC), "c" * 64, (PLATFORM, CALL))
ROOT = hashlib.sha256(
    f'[{{"chain":"call-1","digest":"{"b" * 64}","sequence":7}},'
    f'{{"chain":"platform","digest":"{"a" * 64}","sequence":12}}]'.encode()
).hexdigest()


def exported(number: int, previous: str) -> dict[str, Any]:
    """Return a head that follows ``previous``, as it is exported."""
    head = Head(number, date(2026, 11, number), datetime(2026, 11, number, tzinfo=UTC), previous, (CALL,))
    return {
        "at": f"2026-11-{number:02}T00:00:00.000000Z",
        "day": f"2026-11-{number:02}",
        "number": number,
        "previous": previous,
        "root": head.root,
        "digest": head.digest,
        "chains": [{"chain": "call-1", "sequence": 7, "digest": "b" * 64}],
    }


def three() -> list[dict[str, Any]]:
    heads: list[dict[str, Any]] = []
    for number in (1, 2, 3):
        heads.append(exported(number, heads[-1]["digest"] if heads else FIRST))
    return heads


def test_the_root_is_the_digest_of_where_the_chains_stood_in_the_order_of_their_names() -> None:
    assert HEAD.root == root_of([CALL, PLATFORM]) == root_of([PLATFORM, CALL]) == ROOT


def test_what_is_signed_is_one_written_form_whose_digest_the_next_head_holds() -> None:
    written = (
        f'{{"at":"2026-11-24T01:02:03.000004Z","day":"2026-11-23","number":3,"previous":"{"c" * 64}","root":"{ROOT}"}}'
    ).encode()
    assert HEAD.content == written
    assert HEAD.digest == hashlib.sha256(written).hexdigest()


def test_the_signed_bytes_of_an_exported_head_are_its_five_fields_and_no_other() -> None:
    head = exported(1, FIRST)
    assert SIGNED == ("at", "day", "number", "previous", "root")
    assert hashlib.sha256(content_of(head)).hexdigest() == head["digest"]
    assert content_of({**head, "signature": "x"}) == content_of(head)
    for name in SIGNED:
        with pytest.raises(KeyError):
            content_of({key: value for key, value in head.items() if key != name})


def test_where_the_chains_stood_reads_back_from_an_exported_head() -> None:
    assert chains_of(exported(1, FIRST)) == (CALL,)
    assert chains_of({"chains": []}) == ()


def test_heads_that_follow_one_another_hold_from_the_first() -> None:
    assert first_unfollowed([]) is None
    assert first_unfollowed(three()) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("number", 3), ("previous", FIRST), ("digest", FIRST), ("root", FIRST), ("day", "2026-11-09"), ("at", "x")],
)
def test_the_first_head_that_does_not_follow_is_named(name: str, value: object) -> None:
    heads = three()
    heads[1] = {**heads[1], name: value}
    assert first_unfollowed(heads) == 2


def test_a_head_that_was_made_anew_in_the_middle_is_found_at_the_next() -> None:
    heads = three()
    heads[1] = exported(2, heads[0]["digest"]) | {"root": FIRST}
    heads[1]["digest"] = hashlib.sha256(content_of(heads[1])).hexdigest()
    assert first_unfollowed(heads) == 3


@pytest.mark.parametrize("heads", [three()[1:], [three()[0], three()[2]], [exported(1, "d" * 64)]])
def test_a_head_that_is_missing_is_found_where_it_should_stand(heads: list[dict[str, Any]]) -> None:
    assert first_unfollowed(heads) == (2 if heads[0] == three()[0] else 1)
