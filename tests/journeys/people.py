"""Somebody before a browser: what he does there, in the words of the page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests.journeys import factors
from tests.journeys.running import Running

PASSWORD = "une phrase facile à retenir"  # of fictional people, in a database thrown away
Words = str | re.Pattern[str]


@dataclass(frozen=True, slots=True)
class File:
    """A file that came from a page."""

    name: str
    data: bytes

    @property
    def text(self) -> str:
        """Return the words of a PDF."""
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(self.data)).pages)


class Somebody:
    """A person with a browser of his own; each page on his way is checked."""

    def __init__(self, installation: Running, page: Page, check: Callable[[Page], None], email: str) -> None:
        self.installation, self.page, self.check, self.email = installation, page, check, email
        self.application: factors.Application | None = None
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)

    def enter(self, link: str, name: str) -> None:
        """Choose a password by the link of an invitation."""
        self.page.goto(link)
        self.type("Prénom et nom", name)
        self.type("Nouveau mot de passe", PASSWORD)
        self.look()
        self.press("Commencer")
        self.open("/compte/debut")
        if self.page.locator(factors.KEY).count():  # a role asks for a second factor, an applicant enters at once
            self.look()
            self.application = factors.enrol(self.page, look=self.look)
            self.look()

    def enter_by_mail(self, name: str) -> None:
        """Choose a password by the link received by mail."""
        self.enter(self.installation.link_sent(self.email), name)

    def open(self, path: str) -> None:
        """Open a page by its address."""
        self.page.goto(self.installation.url + path)
        self.look()

    def follow(self, name: Words, *, look: bool = True) -> None:
        """Follow the first link of this name."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()
        if look:
            self.look()

    def press(self, name: Words) -> None:
        """Press the first button of this name; what lasts may ask for a code of the application first."""
        press(self.page, name)
        if self.application is not None:
            factors.prove_if_asked(self.page, self.application)

    def type(self, label: Words, text: str) -> None:
        """Type in the field of this label."""
        self.page.get_by_label(_begins(label)).fill(text)

    def choose(self, label: Words, option: str) -> None:
        """Choose an option of the list of this label."""
        self.page.get_by_label(_begins(label)).select_option(option)

    def tick(self, label: Words, *, among: Locator | None = None) -> None:
        """Tick what this label names; the label is drawn over the box."""
        tick((among or self.page).get_by_label(_begins(label)))

    def sees(self, text: Words) -> None:
        """Fail unless the page says this."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def sees_title(self, text: Words) -> None:
        """Fail unless this is the page's title."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    def look(self) -> None:
        """Check the page as it is now."""
        expect(self.page.locator("h1")).to_have_count(1)
        self.check(self.page)
        assert self.complaints == [], f"{self.page.url} : {self.complaints}"

    def downloads(self, link: Locator) -> File:
        """Click and return the file that comes."""
        with self.page.expect_download() as coming:
            link.click()
        download = coming.value
        with open(download.path(), "rb") as file:
            return File(download.suggested_filename, file.read())

    def _note(self, message) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


def press(page: Page, name: Words) -> None:
    """Press the first button of this name, and wait for the page that follows."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=isinstance(name, str)).first.click()


def tick(box: Locator) -> None:
    """Tick a box as a reader does, by its label, which is drawn over it."""
    box.page.locator(f"label[for='{box.get_attribute('id')}']").click()
    expect(box).to_be_checked()


def _begins(label: Words) -> Words:
    """A label is known by its first words: the help and what is obligatory stand after them."""
    return re.compile("^" + re.escape(label)) if isinstance(label, str) else label
