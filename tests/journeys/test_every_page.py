"""Every page of every role, seen in a real browser: accessible, valid, worded, within the screen."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ptce_aap import clock
from ptce_aap.config import load_settings
from ptce_aap.models import Person
from ptce_aap.services import accounts
from tests.deliberations import lay_out
from tests.journeys.crawling import Crawler
from tests.serving import serving

ROLES = ("applicant", "correspondent", "juror-1", "chair", "team", "auditor")
# Files, not pages; and links that are sent by mail, which no page shows.
NO_PAGES = frozenset({"static", "public.health", "applicant.piece", "applicant.receipt_document"})


@pytest.fixture(scope="module")
def site(tmp_path_factory, databases):
    database = databases.create("sqlite")
    settings = load_settings({}, instance=tmp_path_factory.mktemp("instance"))
    with serving(settings, database) as served:
        lay_out(database)
        yield served
    databases.discard(database)


@pytest.fixture
def sign_in(site, new_page):
    """A page signed in as somebody."""

    def sign_in(email: str, **options):
        def open_session(session):
            person = session.scalars(select(Person).where(Person.email_key == email)).one()
            return accounts.open_session(session, person, now=clock.now())

        page = new_page(**options)
        secret = site.database.transaction(open_session)
        page.context.add_cookies([{"name": "ptce", "value": secret, "url": site.url}])
        return page

    return sign_in


@pytest.mark.browser
@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_a_role_reaches_is_fit_to_be_read(site, sign_in, check_page, role):
    from ptce_aap.app import create_app

    routes = create_app(site.settings, database=site.database).url_map
    crawler = Crawler(sign_in(f"{role}@example.org"), site.url, routes, check_page, NO_PAGES)
    crawler.crawl("/", "/compte", "/compte/debut")
    print(role, len(crawler.visits), [visit.address for visit in crawler.visits])
    assert crawler.faults == [], "\n".join(crawler.faults)
