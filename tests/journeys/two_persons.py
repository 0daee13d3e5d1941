"""Acts of two persons in a real browser: one proposes, another follows the notice of his dashboard and confirms."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

Check = Callable[[Page], None]


def freeze(team: Page, chair: Page, room: str, check_page: Check) -> None:
    """Let the team propose the list as it stands, and the chair confirm it; ``room`` is the call's whole address."""
    team.goto(f"{room}/liste/figer")
    check_page(team)
    team.get_by_role("button", name="Proposer de figer cette liste").click()
    expect(team.get_by_text("Votre proposition attend la confirmation d’une autre personne")).to_be_visible()
    check_page(team)
    confirm(chair, room, check_page)
    expect(chair.get_by_text("Figée, non publiée")).to_be_visible()


def confirm(page: Page, room: str, check_page: Check) -> None:
    """Confirm the act that waits."""
    page.goto(room)
    expect(page.get_by_text("1 acte attend votre confirmation")).to_be_visible()
    check_page(page)
    page.get_by_role("link", name="Lire et répondre").first.click()
    check_page(page)
    page.get_by_role("button", name=re.compile("^Confirmer")).click()
