"""What a browser would send of a form that nobody touched: every field of the page with the value it shows."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self, identifier: str) -> None:
        super().__init__()
        self._wanted, self._inside = identifier, False
        self._open: tuple[str, list[str]] | None = None
        self.fields: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._inside = given.get("id") == self._wanted
        if not self._inside:
            return
        name, value = given.get("name", ""), given.get("value", "")
        match tag:
            case "input" if given.get("type") in {"checkbox", "radio"}:
                if "checked" in given:
                    self._add(name, value)
            case "input" if given.get("type") not in {"submit", "file"}:
                self._add(name, value)
            case "textarea":
                self._open = (name, [])
            case "select":
                self._open = (name, [])
            case "option" if "selected" in given and self._open:
                self._open[1].append(value)

    def handle_data(self, data: str) -> None:
        if self._open and self.lasttag == "textarea":
            self._open[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"textarea", "select"} and self._open:
            # The line end right after <textarea> is not part of its text.
            self._add(self._open[0], "".join(self._open[1]).removeprefix("\n"))
            self._open = None
        self._inside = self._inside and tag != "form"

    def _add(self, name: str, value: str) -> None:
        if name:
            self.fields.setdefault(name, []).append(value)


def fields_of(page: str, form: str) -> dict[str, list[str]]:
    """Return the fields of the form of this identifier."""
    reader = _Reader(form)
    reader.feed(page)
    assert reader.fields, form
    return reader.fields
