"""Whole stories in a real browser; without one they are skipped in one line, unless the browser is required."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.databases import Databases
from tests.journeys.browsing import Pages
from tests.journeys.sites import InUse
from tests.journeys.sites import in_use as service_in_use


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The pages looked at; their HTML is judged once, when all stories are over."""
    pages = Pages(tmp_path_factory.mktemp("html"))
    yield pages
    errors = pages.invalid()
    if errors:
        pytest.fail("HTML non valide :\n" + "\n".join(errors), pytrace=False)


@pytest.fixture
def new_page(browser: Browser, pages: Pages) -> Iterator[Callable[..., Page]]:
    """Open a page for one more person: no cookie in common with the others, in French, in Paris."""
    contexts = []

    def new_page(**options: object) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        contexts.append(browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", **options))
        contexts[-1].set_default_timeout(10_000)
        page = contexts[-1].new_page()
        pages.follow(page)
        return page

    yield new_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page on a wide screen; ``new_page(viewport={…}, java_script_enabled=False)`` for other ones."""
    return new_page()


@pytest.fixture
def check_page(pages: Pages) -> Callable[[Page], None]:
    """Check the page as it is now: axe at once, valid HTML at the end of the run."""
    return pages.check


@pytest.fixture(scope="session")
def in_use(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[InUse]:
    """A service in full use, shared: what a story changes there, the others must bear."""
    with service_in_use(databases.create("sqlite"), tmp_path_factory.mktemp("in-use")) as used:
        yield used
