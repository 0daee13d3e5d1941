"""Whether a page holds anything that a browser would run: what is ours is in files, nothing of it stands inline."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

_ADDRESSES = frozenset(
    {"href", "src", "action", "formaction", "xlink:href", "data", "poster", "background", "cite", "ping", "srcset"}
)
_NEVER = frozenset({"object", "embed", "base", "applet", "math", "style", "marquee", "video", "audio"})
_BLANKS = re.compile(r"[\x00-\x20\x7f-\xa0]")
# The last one opens an application of codes on the reader's own device (its set-up page alone writes such a link).
_SAFE = frozenset({"", "http", "https", "mailto", "tel", "otpauth"})


class _Page(HTMLParser):
    def __init__(self, text: str, host: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self._host = host
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _NEVER:
            self.faults.append(f"<{tag}>")
        if tag == "script" and not given.get("src", "").startswith("/static/"):
            self.faults.append(f"<script> {given}")
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh" and not given["content"].isdecimal():
            self.faults.append("<meta refresh> that leads elsewhere")
        for name, value in given.items():
            if (
                name.startswith("on")
                or name in {"style", "srcdoc"}
                or (name in _ADDRESSES and not self._is_safe(tag, value))
            ):
                self.faults.append(f"<{tag} {name}={value}>")

    def _is_safe(self, tag: str, value: str) -> bool:
        try:
            parts = urlsplit(_BLANKS.sub("", value))
        except ValueError:
            return False
        if tag in {"script", "link", "img", "iframe", "form", "button", "input", "source"}:
            drawn = tag == "img" and value.startswith("data:image/")
            return drawn or (not parts.scheme and parts.netloc in {"", self._host})
        return parts.scheme.lower() in _SAFE


def faults(text: str, *, host: str = "localhost") -> list[str]:
    """Return what a browser would run, fetch from elsewhere or be led by, in the source of a page."""
    return _Page(text, host).faults
