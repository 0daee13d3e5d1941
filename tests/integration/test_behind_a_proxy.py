"""Behind a proxy of the settings, on a real socket: who asks, and since when; nobody else is believed."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import select

from ptce_aap import clock
from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.models import Filing
from ptce_aap.web.reception import HEADER
from tests.bench.world import person
from tests.browsers import token
from tests.filings import LEAST, Applicants, open_call
from tests.floods import Visitor
from tests.integration.test_deadline import closes_now
from tests.proven import open_session
from tests.serving import Served, serving

Serve = Callable[..., Served]


@pytest.fixture
def serve(settings: Settings, sqlite_database: Database) -> Iterator[Serve]:
    opened = []

    def serve_with(**changes: object) -> Served:
        opened.append(serving(replace(settings, **changes), sqlite_database))
        return opened[-1].__enter__()

    yield serve_with
    for one in opened:
        one.__exit__(None, None, None)


def deposit(served: Served, reference: str, told: str) -> int:
    """Deposit a dossier as through a proxy that says this; return the status."""
    secret = served.database.transaction(lambda s: open_session(s, person(s, "anne"), now=clock.now()))
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=60)
    connection.request("GET", f"/candidature/{reference}/relecture", headers={"Cookie": f"ptce={secret}"})
    answer = connection.getresponse()
    form = {"csrf_token": token(answer.read().decode())}
    given = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie") or []]
    headers = {"Cookie": "; ".join([f"ptce={secret}", *given]), "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"/candidature/{reference}/depot", urlencode(form), {**headers, HEADER: told})
    return connection.getresponse().status


def since(took: int) -> str:
    """What a proxy writes of a request that is whole now."""
    return f"{clock.now().timestamp():.3f} {took}.000"


def filed(call: Applicants) -> list[datetime]:
    with call.database.reading() as session:
        return list(session.scalars(select(Filing.filed_at)))


@pytest.mark.target("REL-02")
def test_a_deposit_that_began_before_the_closing_is_on_time_where_our_proxy_says_so(serve: Serve) -> None:
    served = serve(proxies=("127.0.0.1",), proxies_date=True)
    call = open_call(served.database)
    slow, dawdling = call.bring(LEAST), call.bring(LEAST)
    closes = closes_now(call)
    assert deposit(served, dawdling, since(301)) == 422
    assert deposit(served, slow, since(60)) == 302
    (at,) = filed(call)
    assert closes - timedelta(seconds=61) < at < closes


@pytest.mark.target("SEC-32")
@pytest.mark.parametrize(
    ("proxies", "dates"), [(("127.0.0.1",), False), ((), False), (("192.0.2.4",), True)], ids=["asked", "none", "other"]
)
def test_nobody_else_says_since_when_a_request_came(serve: Serve, proxies: tuple[str, ...], dates: bool) -> None:
    served = serve(proxies=proxies, proxies_date=dates)
    call = open_call(served.database)
    reference = call.bring(LEAST)
    closes_now(call)
    assert deposit(served, reference, since(60)) == 422
    assert filed(call) == []


@pytest.mark.target("SEC-32")
def test_under_our_own_server_too_the_proxy_says_who_asks(serve: Serve) -> None:
    port = int(urlsplit(serve(proxies=("127.0.0.1",)).url).port or 0)
    first = Visitor(port, "198.51.100.7")
    assert [first.tries(f"qui{n}@example.org", "faux") for n in range(11)] == [200] * 10 + [429]
    assert Visitor(port, "203.0.113.9").tries("autre@example.org", "faux") == 200
