"""An application of codes in the hand of whoever stands before a browser: enrolled by its page, then asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pyotp
from playwright.sync_api import Page, expect

KEY = ".app-secret"
PROOF = "Confirmez que c’est bien vous"


@dataclass
class Application:
    """Gives a code that was not given before: the service takes each once, and none older than the last."""

    secret: str
    last: int = 0

    def code(self) -> str:
        """Return the code of now, or of the next thirty seconds where that of now was given."""
        step = max(self.last + 1, int(time.time()) // 30)
        while step > int(time.time()) // 30 + 1:
            time.sleep(1)
        self.last = step
        return pyotp.TOTP(self.secret).generate_otp(step)


def enrol(page: Page, *, look: Callable[[], None]) -> Application:
    """Link an application by the guided page, look at the recovery codes, go on."""
    application = Application("".join((page.locator(KEY).text_content() or "").split()))
    page.get_by_label("Code à six chiffres").fill(application.code())
    with page.expect_navigation():
        page.get_by_role("button", name="Relier cette application").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gardez ces codes de secours")
    look()
    with page.expect_navigation():
        page.get_by_role("link", name="Mes codes sont rangés : continuer").click()
    return application


def give_code(page: Page, application: Application, button: str) -> None:
    """Type a code where a page asks for one, and send it."""
    page.get_by_label("Code à six chiffres").fill(application.code())
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def prove_if_asked(page: Page, application: Application) -> None:
    """Give a code where an act asks for a fresh proof: ten minutes may have passed."""
    if page.get_by_role("heading", level=1, name=PROOF).count():
        give_code(page, application, "Confirmer et continuer")
