"""The head of a day: where every chain of the journal stood, in one signed value that leaves the installation.

Whoever holds the database can write a chain anew to its end; he can't take back what others keep. The value that is
signed commits to every chain through its root, and to the head of the day before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ptce_aap.domain.journal_chain import FIRST, canonical, instant_text

SIGNED = ("at", "day", "number", "previous", "root")
"""The fields that are signed, and whose digest the next head holds."""


@dataclass(frozen=True, slots=True, order=True)
class ChainHead:
    """Where one chain stood: its last line, and the digest of that line."""

    chain: str
    sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class Head:
    """A head before it is signed. ``day`` is the day in Paris, ``number`` counts from 1 without gap."""

    number: int
    day: date
    at: datetime
    previous: str
    chains: tuple[ChainHead, ...]

    @property
    def root(self) -> str:
        """Return the digest of where the chains stood."""
        return root_of(self.chains)

    @property
    def content(self) -> bytes:
        """Return the bytes that are signed and stamped: the canonical JSON of the fields of ``SIGNED``."""
        return content_of(
            {
                "at": instant_text(self.at),
                "day": self.day.isoformat(),
                "number": self.number,
                "previous": self.previous,
                "root": self.root,
            }
        )

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the content, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


def root_of(chains: Iterable[ChainHead]) -> str:
    """Return the SHA-256 of the canonical JSON of the chains, in the order of their names.

    The JSON is a list of ``{"chain", "digest", "sequence"}``, written as a line of the journal is.
    """
    listed = [{"chain": one.chain, "digest": one.digest, "sequence": one.sequence} for one in sorted(chains)]
    return hashlib.sha256(canonical(listed)).hexdigest()


def content_of(head: Mapping[str, Any]) -> bytes:
    """Return the signed bytes of an exported head. Errors: ``KeyError`` where a field is lacking."""
    return canonical({name: head[name] for name in SIGNED})


def chains_of(head: Mapping[str, Any]) -> tuple[ChainHead, ...]:
    """Return where the chains stood, from a head exported whole. Errors: ``KeyError``, ``TypeError``."""
    return tuple(ChainHead(str(one["chain"]), int(one["sequence"]), str(one["digest"])) for one in head["chains"])


def first_unfollowed(heads: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the number of the first head that does not follow the one before, or whose digest is not its own.

    ``heads``: exported heads in their order, from the first; each holds its ``digest``.
    """
    previous = FIRST
    for number, head in enumerate(heads, start=1):
        digest = hashlib.sha256(content_of(head)).hexdigest()
        if head["number"] != number or head["previous"] != previous or head["digest"] != digest:
            return number
        previous = digest
    return None
