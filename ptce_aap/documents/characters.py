"""Which characters of a person's text may leave the system, and where a text may be cut."""

from __future__ import annotations

import re
import unicodedata

CUT_MARK = "… [texte coupé]"

# Controls and lone surrogates: no file format of ours may hold them. Tab and newline stay.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_BLANKS = re.compile("[ \n]+")
_INVISIBLE = {"Cc", "Cf", "Cs"}
_SPACES = {"Zs", "Zl", "Zp"}


def storable(text: str) -> str:
    """Return the text with plain line ends, without what a spreadsheet or UTF-8 refuses."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSTORABLE.sub("", _LINE_ENDS.sub("\n", text))


def encodable(text: str) -> str:
    """Return the text unchanged but for lone surrogates, which UTF-8 cannot carry."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def printable(text: str) -> str:
    """Return the text composed (NFC), its invisible characters removed, its spaces plain or unbreakable.

    Direction marks and soft hyphens would make the printed text differ from the one that was filed.
    """
    if text.isascii() and text.isprintable():
        return text
    lined = unicodedata.normalize("NFC", _LINE_ENDS.sub("\n", text).expandtabs(4))
    return lined.translate({ord(c): _drawn(c) for c in set(lined)})


def one_line(text: str, limit: int) -> str:
    """Return the text on one line, cut with a visible mark when it is longer than the limit."""
    flat = _BLANKS.sub(" ", printable(text[: 4 * limit])).strip(" ")
    if len(flat) <= limit and len(text) <= 4 * limit:
        return flat
    return flat[: limit - len(CUT_MARK)].rstrip() + CUT_MARK


def _drawn(char: str) -> str:
    """Return what is drawn for one character."""
    if char == "\n":
        return char
    category = unicodedata.category(char)
    if category in _INVISIBLE:
        return ""
    if category in _SPACES:
        # The narrow and figure spaces forbid a line break as the no-break space does; the others allow it.
        return "\u00a0" if char in "\u00a0\u202f\u2007" else " "
    # The no-break hyphen is in few fonts and looks like a hyphen.
    return "-" if char == "\u2011" else char
