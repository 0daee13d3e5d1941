"""One interface over what keeps bytes, named by their SHA-256; and how a name is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO, BinaryIO, Protocol

from ptce_aap.domain.errors import RuleViolation

CHUNK = 256 * 1024
ASIDE = "aside"
"""Where what no row names waits to be forgotten."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept: the digest that finds it again, and its size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as the storage lists it; ``modified_at``: when it was last put, or set aside (UTC)."""

    digest: str
    modified_at: datetime
    aside: bool


class Storage(Protocol):
    """Bytes by digest; who may read them is decided by the row that names the digest, never here.

    A file that no row names is first set aside: it is still found by ``open``, so that a row written at that very
    moment loses nothing, and forgotten at a later round only.
    """

    def put(self, stream: IO[bytes], *, limit: int | None = None) -> Stored:
        """Keep everything that ``stream`` still holds; durable when this returns.

        Errors: ``RuleViolation("file_too_big", limit=…)`` past ``limit`` bytes; nothing is kept then.
        """
        ...

    def open(self, digest: str) -> BinaryIO:
        """Open what was kept; the caller closes it. Errors: ``FileNotFoundError``."""
        ...

    def exists(self, digest: str) -> bool:
        """Tell whether these bytes are here."""
        ...

    def kept(self) -> Iterator[Kept]:
        """List every file, set aside or not."""
        ...

    def set_aside(self, digest: str) -> None:
        """Put a file aside; one that is gone is no error."""
        ...

    def bring_back(self, digest: str) -> None:
        """Put a file that was set aside back in its place; one that is there already is no error."""
        ...

    def forget_aside(self, digest: str) -> None:
        """Forget what was set aside under this digest; what is in its place stays."""
        ...

    def forget_unfinished(self, *, before: datetime) -> None:
        """Forget what a crash left of files whose writing began before this instant."""
        ...


def copied(source: IO[bytes], target: IO[bytes], limit: int | None) -> Stored:
    """Copy a stream to its end, and tell what went through. Errors: ``RuleViolation("file_too_big", limit=…)``."""
    digest, size = sha256(), 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if limit is not None and size > limit:
            raise RuleViolation("file_too_big", limit=limit)
        digest.update(chunk)
        target.write(chunk)
    return Stored(digest.hexdigest(), size)


def key_of(digest: str, *, aside: bool = False) -> str:
    """Return the place of a digest, ``folder/digest``. Errors: ``ValueError`` where it is none."""
    if not is_digest(digest):
        raise ValueError("not a SHA-256 digest")
    return f"{ASIDE if aside else digest[:2]}/{digest}"


def is_digest(text: str) -> bool:
    """Tell whether a name is a SHA-256 as we write it."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
