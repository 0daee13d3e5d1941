"""Tests on the whole stack of production: nothing here runs in ``make test``; ``make stack`` runs everything here."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import check_page, new_page, pages
from tests.journeys.people import Somebody
from tests.stack.installation import Production, production
from tests.stack.pieces import NGINX

__all__ = ["check_page", "new_page", "pages"]


@pytest.fixture(scope="session", autouse=True)
def the_stack_is_there() -> None:
    """Fail, rather than skip, where something is missing: who asks for the stack wants to know."""
    assert NGINX is not None, "nginx is not installed: apt-get install nginx-light"
    assert importlib.util.find_spec("moto"), "the extra « stack » is not installed: make stack does"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """A whole installation, for the tests of a module."""
    with production(tmp_path_factory.mktemp("production") / "installation") as running:
        yield running


@pytest.fixture
def person(
    installation: Production, new_page: Callable[..., Page], check_page: Callable[[Page], None]
) -> Callable[..., Somebody]:
    """Make a person of this kind, with a browser of his own that takes the certificate of the test."""

    def person(kind: type[Somebody], email: str) -> Somebody:
        return kind(installation, new_page(ignore_https_errors=True), check_page, email)

    return person
