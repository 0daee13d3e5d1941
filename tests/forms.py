"""Forms as a browser without scripts sends them: what the page holds already, and what somebody changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.browsers import Browser


@dataclass
class Form:
    """A form of a page: where it goes, what its fields hold, the words of its buttons."""

    action: str
    fields: MultiDict[str, str] = field(default_factory=MultiDict)
    names: set[str] = field(default_factory=set)
    buttons: dict[str, tuple[str, str] | None] = field(default_factory=dict)


def submit(browser: Browser, path: str, button: str, **changes: object) -> TestResponse:
    """Open a page, change fields of the form that has this button, press it; follow where it leads.

    A field's name may hold dashes, written here as ``__``.
    """
    page = browser.get(path)
    assert page.status_code == 200, f"{path}: {page.status_code}"
    form = next((form for form in forms_of(page.text) if button in form.buttons), None)
    assert form is not None, f"{path} has no button « {button} »"
    for name, value in changes.items():
        name = name.replace("__", "-")
        assert name in form.names, f"{path}: no field « {name} » beside « {button} »"
        form.fields.setlist(name, [str(one) for one in (value if isinstance(value, list) else [value])])
    if pressed := form.buttons[button]:
        form.fields.add(*pressed)
    return browser.client.post(form.action or path, data=form.fields, follow_redirects=True)


def forms_of(page: str) -> list[Form]:
    """Return the forms of a page."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._button: tuple[str, str] | None = None
        self._words: list[str] | None = None
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._form = Form(given.get("action", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        name = given.get("name", "")
        if name and tag in {"input", "textarea", "select"}:
            self._form.names.add(name)
        match tag:
            case "input":
                if given.get("type") not in {"radio", "checkbox", "file"} or "checked" in given:
                    self._form.fields.add(name, given.get("value", ""))
            case "textarea":
                self._area, self._words = name, []
            case "select":
                self._select = name
            case "option":
                if "selected" in given:
                    self._form.fields.add(self._select or "", given.get("value", ""))
            case "button":
                self._button, self._words = ((name, given.get("value", "")) if name else None), []

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if self._form is None or self._words is None:
            return
        if tag == "button":
            self._form.buttons["".join(self._words).strip()] = self._button
            self._words = None
        elif tag == "textarea":
            self._form.fields.add(self._area or "", "".join(self._words).removeprefix("\n"))
            self._words = None
