"""Heads of a journal that a bundle is compared with: of one chain as a receipt prints it, or of a day, signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ptce_aap.domain.daily_heads import chains_of, content_of, root_of
from ptce_aap.services.journal.journal_key import signed_by


@dataclass(frozen=True, slots=True)
class Kept:
    """A head, and where it was kept: the name of a file."""

    source: str
    head: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What a head says of one chain: the digest of one of its lines."""

    sequence: int
    digest: str
    source: str


class Unsound(Exception):
    """What is given is no head, or one that was changed, or that another key signed."""


def require_sound(head: Any, *, key: str | None = None) -> None:
    """Refuse what is no head; a whole one is signed, by ``key`` where it is given. Errors: ``Unsound``."""
    try:
        if "chains" not in head:
            _require_line(head)
            if key is not None:
                raise Unsound
            return
        for one in head["chains"]:
            _require_line(one)
        content = content_of(head)
        sound = (
            head["root"] == root_of(chains_of(head))
            and head["digest"] == hashlib.sha256(content).hexdigest()
            and key in (None, head["key"])
            and signed_by(str(head["key"]), str(head["signature"]), content)
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unsound from None
    if not sound:
        raise Unsound


def of_chain(heads: Iterable[Kept], chain: str) -> list[Known]:
    """Return what these heads say of a chain, in their order."""
    return [
        Known(one["sequence"], one["digest"], kept.source)
        for kept in heads
        for one in kept.head.get("chains", [kept.head])
        if one["chain"] == chain
    ]


def _require_line(one: Mapping[str, Any]) -> None:
    """Refuse what names no line of a chain."""
    named = isinstance(one["chain"], str) and isinstance(one["digest"], str)
    if not named or type(one["sequence"]) is not int or one["sequence"] < 1:
        raise Unsound
