"""Heads of a journal that a bundle is compared with: of one chain as a receipt prints it, or of a day, signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from ptce_aap.domain.daily_heads import chains_of, content_of, root_of
from ptce_aap.services.journal_key import signed_by


class Unsound(Exception):
    """What is given is no head, or one that was changed, or that another key signed."""


def require_sound(head: Any, *, key: str | None = None) -> None:
    """Refuse what is no head; a whole one is signed, by ``key`` where it is given. Errors: ``Unsound``."""
    try:
        if "chains" not in head:
            if not isinstance(head["digest"], str) or not isinstance(head["chain"], str) or key is not None:
                raise Unsound
            _require_number(head["sequence"])
            return
        for one in head["chains"]:
            _require_number(one["sequence"])
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


def of_chain(heads: Iterable[Mapping[str, Any]], chain: str) -> dict[int, str]:
    """Return what these heads say of a chain: the digest of its line, by number."""
    found = (one for head in heads for one in head.get("chains", [head]) if one["chain"] == chain)
    return {one["sequence"]: one["digest"] for one in found}


def _require_number(sequence: object) -> None:
    if type(sequence) is not int:
        raise Unsound
