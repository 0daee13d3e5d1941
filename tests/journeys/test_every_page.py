"""Every page of every role, seen in a real browser: accessible, valid, worded, within the screen."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from werkzeug.routing import Map

from tests.browsers import application
from tests.journeys.crawling import Crawler
from tests.journeys.sites import PEOPLE, sign_in

VISITOR, OPENER = "visitor", "opener"
FILES = frozenset(
    {
        *("static", "applicant.piece", "correspondent.piece", "dossiers.piece", "marking.piece"),
        *(
            "applicant.receipt_document",
            "applicant.dossier_document",
            "applicant.table_file_of",
            "management.take_export",
            "correspondent.take_export",
            "management.retention_report",
            "own_data.take_copy",
            "management.letter_preview",
            "public.calendar",
            "applicant.calendar",
            "applicant.eligibility_file",
            "eligibility_letters.letter_file",
            "applicant.message_file",
            "correspondent.message_file",
            "correspondent.synthesis_file",
            "management.synthesis_file",
            "dossier_messages.message_file",
            "directory.spreadsheet",
            "verification.heads",
        ),
    }
)
# Read by programs: no page.
FOR_PROGRAMS = frozenset(
    {
        "public.health",
        "applicant.check_identifier",
        "applicant.deadline_state",
        "assignment.plan_state",
        "management.export_state",
        "correspondent.export_state",
        "management.room_state",
        "management.scenario_state",
    }
)
# The demonstration asks for no second factor: test_second_factor.py looks at these pages. It has no ProConnect either.
NOT_IN_THE_DEMONSTRATION = frozenset(
    {
        "management.reset_second_factor",
        "management.grant_erasure",
        "passkeys.remove",
        "proconnect.come_back",
        "proconnect.leave",
        "second_factor.ask",
        "second_factor.enrol",
        "second_factor.remove",
    }
)


@dataclass
class Seen:
    """What was seen by all roles together."""

    endpoints: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen()


@pytest.fixture(scope="module")
def routes(in_use, tmp_path_factory) -> Map:
    return application(in_use.served.database, tmp_path_factory.mktemp("routes"), demo=True).url_map


@pytest.mark.target("A11Y-02")
@pytest.mark.target("A11Y-01")
@pytest.mark.browser
@pytest.mark.parametrize("role", [VISITOR, *PEOPLE])
def test_every_page_that_a_role_reaches_is_fit_to_be_read(in_use, routes, seen, new_page, check_page, role):
    served = in_use.served
    page = new_page() if role == VISITOR else sign_in(served, new_page(), role)
    first = ["/"] if role == VISITOR else ["/", "/compte", "/compte/debut"]
    crawler = Crawler(page, served.url, routes, check_page, FILES | FOR_PROGRAMS)
    # Whoever may open a call sees, call by call, what the team of each sees: once is enough.
    crawler.crawl([*in_use.unlinked.get(role, []), *(first if role != OPENER else [])], follow=role != OPENER)
    seen.roles.add(role)
    seen.endpoints |= {visit.endpoint for visit in crawler.visits}
    assert crawler.faults == [], "\n".join(crawler.faults)


@pytest.mark.target("A11Y-02")
@pytest.mark.target("A11Y-01")
def test_every_page_of_the_address_map_was_seen_by_somebody(routes, seen):
    if seen.roles != {VISITOR, *PEOPLE}:
        pytest.skip("every role must have been there before")
    pages = {rule.endpoint for rule in routes.iter_rules() if "GET" in rule.methods}
    # It leads to the room of one's work, and shows nothing.
    assert pages - FILES - FOR_PROGRAMS - NOT_IN_THE_DEMONSTRATION - {"account.start"} == seen.endpoints
