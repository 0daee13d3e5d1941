"""A stranger's way from the home page to the receipt, every gesture counted, and the time that it takes somebody."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

from ptce_aap.domain.questionnaire import Question, QuestionKind, Stage

# Published rates of ordinary adults. Reading: 238 words a minute (Brysbaert 2019). Copying at the keyboard: 33 words a
# minute, composing: 19 (Karat and others 1999). Gestures: the keystroke-level model of Card, Moran and Newell: to think
# (1.35 s), to point (1.1 s), to press (0.2 s), hands from mouse to keyboard (0.4 s).
READING, COPYING, COMPOSING = 238, 33, 19
THINKING, POINTING, PRESSING, HOMING = 1.35, 1.1, 0.2, 0.4
SIGNS_OF_A_WORD = 6
A_PAGE_COMES = 1.0  # second


@dataclass
class Walk:
    """Somebody on his way: what he opened, filled, pressed, typed and had before his eyes."""

    page: Page
    pages: int = 0
    fields: int = 0
    clicks: int = 0
    copied: int = 0  # signs typed from what one has at hand
    composed: int = 0  # signs of texts that one writes
    read: set[str] = field(default_factory=set)  # lines seen, each read once

    def __post_init__(self) -> None:
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        redirected = request.redirected_from is not None
        if request.is_navigation_request() and request.frame == self.page.main_frame and not redirected:
            self.pages += 1

    def see(self) -> None:
        """Read what the page says."""
        self.read |= {line.strip() for line in self.page.locator("main").inner_text().splitlines() if line.strip()}

    def press(self, what: Locator) -> None:
        """Press a link or a button, once the page is read."""
        self.see()
        what.click()
        self.clicks += 1
        self.page.wait_for_load_state()

    def fill(self, where: Locator, value: Any) -> None:
        """Answer one field."""
        self.fields += 1
        match where.evaluate("field => field.tagName + (field.type === 'checkbox' ? ' box' : '')"):
            case "SELECT":
                where.select_option("oui" if value is True else value)
                self.clicks += 2
            case "INPUT box":
                where.check(force=True)
                self.clicks += 1
            case "FIELDSET":
                for one in value if isinstance(value, list) else [value]:
                    chosen = {True: "oui", False: "non"}.get(one, one)
                    where.locator(f"input[value='{chosen}']").check(force=True)
                    self.clicks += 1
            case "TEXTAREA":
                where.fill(value)
                self.clicks += 1
                self.composed += len(value)
            case _:
                where.fill(value)
                self.clicks += 1
                self.copied += len(value)

    def fill_stage(self, stage: Stage, answers: dict[str, Any], files: dict[str, str]) -> None:
        """Answer the questions of a stage for which there is something to say, each row on its page."""
        for question in stage.questions:
            value = answers.get(question.key)
            if value is None:
                continue
            if question.kind is QuestionKind.TABLE:
                self._fill_rows(question, value)
            elif question.kind is QuestionKind.ATTACHMENT:
                self.fields, self.clicks = self.fields + 1, self.clicks + 3  # choose, find the file, open it
                self.page.locator(f"#f-{question.key}").set_input_files(files[question.key])
                sent = self.page.locator(f"#q-{question.key} li").filter(has_text=Path(files[question.key]).name)
                expect(sent).to_be_visible()
                expect(self.page.locator(f"#q-{question.key} li.app-sending")).to_have_count(0)
            elif question.kind is QuestionKind.GROUP:
                for part in question.fields:
                    if part.key in value:
                        self.fill(self.page.locator(f"#q-{question.key}-{part.key}"), value[part.key])
            else:
                self.fill(self.page.locator(f"#q-{question.key}"), value)

    def _fill_rows(self, table: Question, rows: list[dict[str, Any]]) -> None:
        self.press(self.page.get_by_role("button", name=f"Ajouter une ligne – {table.label}"))
        for number, row in enumerate(rows, start=1):
            for part in table.fields:
                if part.key in row:
                    self.fill(self.page.locator(f"#q-{part.key}"), row[part.key])
            last = number == len(rows)
            name = "Enregistrer la ligne" if last else "Enregistrer et en ajouter une autre"
            self.press(self.page.get_by_role("button", name=name, exact=True))

    @property
    def words(self) -> int:
        """Return how many words were read."""
        return sum(len(line.split()) for line in self.read)

    @property
    def minutes(self) -> dict[str, float]:
        """Return the time of each part of the way, in minutes."""
        gestures = self.clicks * (POINTING + PRESSING) + self.fields * (THINKING + HOMING) + self.pages * A_PAGE_COMES
        return {
            "read": self.words / READING,
            "copy": self.copied / SIGNS_OF_A_WORD / COPYING,
            "compose": self.composed / SIGNS_OF_A_WORD / COMPOSING,
            "gestures": gestures / 60,
        }
