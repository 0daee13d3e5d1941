"""A flood over several web processes: what is verified stays within the quota, and the victim enters."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import update

from ptce_aap import clock
from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.entry import valkey
from ptce_aap.models import Person
from tests import entering
from tests.budgets import budget
from tests.floods import Visitor, flood, web_processes, windows

PASSWORD = "quatre mots faciles à retenir"


@pytest.mark.soak
@pytest.mark.target("SEC-27")
def test_a_flood_over_several_processes_is_verified_ten_times_and_its_victim_enters(
    sqlite_database: Database, tmp_path: Path, queue: Redis, queue_server: Settings
) -> None:
    said = {"base_url": "http://127.0.0.1", "now": clock.now()}
    sqlite_database.transaction(entering.register, "anne@example.org", PASSWORD, "Anne", **said)
    proved = update(Person).values(email_confirmed_at=clock.now())
    sqlite_database.transaction(lambda session: session.execute(proved))
    processes, tries = budget("floods.processes"), budget("floods.tries")
    began = time.monotonic()
    with web_processes(processes, tmp_path, sqlite_database.url, valkey.address(queue_server)) as port:
        hers = Visitor(port, "198.51.100.7")
        assert hers.tries("anne@example.org", PASSWORD) == 302
        hers.cookies.pop("ptce")
        one_place = flood(port, tries // 2, threads=8, email="anne@example.org", addresses=["203.0.113.9"])
        everywhere = [f"203.0.{n // 250}.{n % 250}" for n in range(tries // 2)]
        spread = flood(port, tries - tries // 2, threads=8, email="anne@example.org", addresses=everywhere)
        again = Visitor(port, "198.51.100.7")
        again.cookies |= {name: value for name, value in hers.cookies.items() if name == "ptce-appareil"}
        assert Visitor(port, "192.0.2.7").tries("anne@example.org", PASSWORD) == 429
        assert again.tries("anne@example.org", PASSWORD) == 302
        verified = one_place[200] + spread[200]
        assert 10 <= verified <= 10 * windows(began)
        assert one_place + spread == {200: verified, 429: tries - verified}
