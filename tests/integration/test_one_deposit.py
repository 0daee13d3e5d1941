"""Fifty posts at once against the real server: one deposit, one number, one receipt, the same answer to all."""

from __future__ import annotations

import http.client
import threading
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import select

from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.models import Dossier, Filing, OutboxItem
from ptce_aap.services.deposits import deposit_letters
from tests import proven
from tests.bench.world import person
from tests.browsers import TOKEN
from tests.filings import LEAST, NOW, open_call
from tests.serving import serving


@pytest.mark.target("REL-01")
@pytest.mark.parametrize("clicks", [50])
def test_fifty_posts_at_once_are_one_deposit_one_receipt_and_one_answer(
    fresh_database: Database, tmp_path: Path, clicks: int
) -> None:
    call = open_call(fresh_database)
    reference = call.bring(LEAST)
    secret = fresh_database.transaction(lambda s: proven.open_session(s, person(s, "anne"), now=NOW))
    answers: list[tuple[int, str | None]] = []
    ready = threading.Barrier(clicks)
    with serving(load_settings({}, instance=tmp_path), fresh_database) as served:
        place = urlsplit(served.url).netloc
        headers, token = _form(place, f"/candidature/{reference}/relecture", secret)

        def click() -> None:
            connection = http.client.HTTPConnection(place, timeout=60)
            ready.wait()
            connection.request("POST", f"/candidature/{reference}/depot", urlencode({"csrf_token": token}), headers)
            response = connection.getresponse()
            response.read()
            answers.append((response.status, response.headers["Location"]))
            connection.close()

        threads = [threading.Thread(target=click) for _ in range(clicks)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        served.do_jobs()
        letters = [one for one in served.letters("anne@example.org") if "reçu" in str(one["Subject"])]
    assert answers == [(302, f"/candidature/{reference}/accuse")] * clicks
    assert len(letters) == 1
    with fresh_database.reading() as session:
        filed = session.scalars(select(Filing)).one()
        dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
        owed = session.scalars(select(OutboxItem).where(OutboxItem.kind == deposit_letters.RECEIPT)).all()
    assert str(dossier.number) in letters[0].get_body(("plain",)).get_content()
    assert (filed.sequence, len(owed), filed.receipt_file is not None) == (1, 1, True)


def _form(place: str, path: str, secret: str) -> tuple[dict[str, str], str]:
    """Open a page as the browser of the person; return headers and token that its form sends."""
    connection = http.client.HTTPConnection(place, timeout=60)
    connection.request("GET", path, headers={"Cookie": f"ptce={secret}"})
    response = connection.getresponse()
    token = TOKEN.search(response.read().decode())
    assert token is not None
    given = [cookie.partition(";")[0] for cookie in response.headers.get_all("Set-Cookie") or []]
    connection.close()
    headers = {"Cookie": "; ".join([f"ptce={secret}", *given]), "Content-Type": "application/x-www-form-urlencoded"}
    return headers, token[1]
