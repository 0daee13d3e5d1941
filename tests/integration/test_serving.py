"""The application answers on a real socket, and its messages can be read."""

import urllib.request

from ptce_aap.clock import now
from tests import entering


def test_the_application_answers_that_it_is_well_and_nothing_more(served):
    with urllib.request.urlopen(f"{served.url}/sante") as response:
        assert (response.status, len(response.read()) < 20) == (200, True)
        assert "Server" not in response.headers


def test_the_link_of_a_message_is_found_by_its_address(served):
    served.database.transaction(
        entering.register, "anne@example.org", "quatre mots à retenir", "Anne", base_url=served.url, now=now()
    )
    assert served.link_sent("anne@example.org").startswith(f"{served.url}/compte/confirmation/")
