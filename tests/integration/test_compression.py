"""Pages leave compressed for our own requests alone, and a table of 200 rows is light."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from tests.browsers import Browser
from tests.filings import LEAST, open_call, statements

ROWS = [{"poste": "achats", "libelle": f"Dépense {n} du pôle", "an1": f"{n}.50", "an2": "1200"} for n in range(200)]
OWN = {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def stage(sqlite_database: Database, tmp_path: Path):
    call = open_call(sqlite_database)
    reference = call.bring({**LEAST, "budget": {"charges": ROWS}})
    app = create_app(load_settings({}, instance=tmp_path), database=sqlite_database)
    browser = Browser(app, sqlite_database, "anne@example.org")
    return browser, f"/candidature/{reference}/etape/budget", sqlite_database


def test_a_table_of_200_rows_is_light_and_costs_no_more_statements_than_another(stage) -> None:
    browser, address, database = stage
    with statements(database) as found:
        answer = browser.client.get(address, headers=OWN)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < 25_000
    assert gzip.decompress(answer.data).decode().count('value="ligne:charges:') == 201  # each row, and a new one
    assert len(found) <= 8  # the resources of the region stand beside it


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "cross-site"},
        {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-site"},
        {"Accept-Encoding": "gzip"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Accept-Encoding": "gzip;q=0", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_what_another_site_asks_for_is_never_compressed(stage, headers) -> None:
    browser, address, _ = stage
    answer = browser.client.get(address, headers=headers)
    assert "Content-Encoding" not in answer.headers
    assert "Sec-Fetch-Site" in ", ".join(answer.headers.getlist("Vary"))
    assert answer.text.startswith("<!DOCTYPE html>")
