"""A page that was open when the closing moved says so by itself, and its words follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.models import Call
from tests.filings import CLOSES, open_call
from tests.integration.test_extensions import extend, team
from tests.journeys.test_applicant import sign_in
from tests.serving import Served


@pytest.mark.browser
def test_a_closing_put_off_reaches_a_page_that_is_open_and_so_do_the_last_minutes(
    new_page: Callable[..., Page], served: Served
) -> None:
    call = open_call(served.database)
    reference = call.start()
    page = new_page()
    sign_in(page, served)
    page.goto(f"{served.url}/candidature/{reference}/etape/identification")
    told, shown = page.locator("[data-deadline-told]"), page.locator(".app-deadline__when")
    before = shown.inner_text()
    extend(call, team(call), CLOSES + timedelta(days=3))
    expect(told).to_contain_text("prolongé jusqu’au", timeout=15_000)
    expect(shown).not_to_have_text(before)

    def soon(session: Session) -> None:
        session.execute(update(Call).values(closes_at=clock.now() + timedelta(minutes=9)))

    served.database.transaction(soon)
    page.reload()
    expect(told).to_contain_text("moins de 10 minutes", timeout=15_000)
