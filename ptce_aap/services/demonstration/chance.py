"""The same chance every time: what is drawn in the demonstration depends on names only."""

from __future__ import annotations

import base64
import hashlib
from random import Random


def seeded(*parts: object) -> Random:
    """Return the source of chance of one part of the demonstration."""
    return Random("-".join(map(str, parts)))  # noqa: S311 - a fiction, not a secret


def reference(*parts: object) -> str:
    """Return the reference of an object, of the form of those that are drawn elsewhere."""
    digest = hashlib.sha256("-".join(map(str, parts)).encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode("ascii")
