"""The plain text of a message, read from its HTML: paragraphs, lists, and links with their address in full."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "li", "ul", "ol", "div", "h1", "h2", "hr"})
_UNSEEN = frozenset({"title", "style"})
_BLANKS = re.compile(r"[ \t\r\n\f]+")  # the unbreakable spaces of French stay
_SIGNATURE = "-- "  # what mail programs know as the beginning of a signature


def as_plain_text(html: str) -> str:
    """Return what a reader without HTML is shown of a message of ours."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    """Gathers paragraphs; one made of a link becomes its words and, on a line of its own, its address."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._said = ""
        self._label: str | None = None  # of the link being read
        self._href = ""
        self._item = False
        self._unseen = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen = tag in _UNSEEN
        if tag in _BLOCKS:
            self._end_of_block()
            self._item = tag == "li"
        if tag == "hr":
            self._lines += ["", _SIGNATURE]
        if tag == "a":
            self._label, self._href = "", dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        self._unseen = False
        if tag == "a" and self._label is not None:
            alone = not self._said.strip()
            self._said += f"{self._label}\u00a0:\n{self._href}" if alone else f"{self._label} ({self._href})"
            self._label = None
        if tag in _BLOCKS:
            self._end_of_block()

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        words = _BLANKS.sub(" ", data)
        if self._label is None:
            self._said += words
        else:
            self._label += words

    def _end_of_block(self) -> None:
        said = "\n".join(line.strip(" ") for line in self._said.split("\n")).strip("\n")
        self._said = ""
        if not said:
            return
        follows = self._lines and (self._lines[-1] == _SIGNATURE or (self._item and self._lines[-1].startswith("– ")))
        if self._lines and not follows:
            self._lines.append("")
        self._lines.append(f"– {said}" if self._item else said)

    def text(self) -> str:
        """Return everything that was read."""
        self._end_of_block()
        return "\n".join(self._lines) + "\n"
