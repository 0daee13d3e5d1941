"""Every answer of every test is looked at for its headers, every call of this process for where it goes."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask, Response
from structlog.testing import capture_logs

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.web.access import public
from tests import headers, listening
from tests.browsers import application

HTTPS = "https://aap.example.org"


@pytest.fixture
def secure(sqlite_database: Database, tmp_path: Path) -> Flask:
    settings = load_settings({"PTCE_BASE_URL": HTTPS, "PTCE_SECRET_KEY": "k" * 64}, instance=tmp_path)
    return create_app(settings, database=sqlite_database)


@pytest.mark.target("SEC-31")
def test_an_answer_without_its_headers_is_seen(
    sqlite_database: Database, tmp_path: Path, answers_watched: list[str]
) -> None:
    app = application(sqlite_database, tmp_path)
    app.test_client().get("/compte/connexion")
    assert answers_watched == []

    def spoil(response: Response) -> Response:
        del response.headers["X-Content-Type-Options"]
        response.headers["Content-Security-Policy"] += "; script-src-elem 'unsafe-inline'"
        return response

    app.after_request_funcs[None].insert(0, spoil)  # the last to be asked
    app.test_client().get("/compte/connexion")
    found = {fault.partition(": ")[2] for fault in answers_watched}
    assert {"X-Content-Type-Options", "unsafe-"} <= found
    answers_watched.clear()
    script = Response("x", mimetype="text/javascript")
    assert len(headers.faults(script, secure=True, endpoint="public.home")) >= 9
    assert "a view that answers text/javascript" in headers.faults(script, secure=True, endpoint="public.home")


@pytest.mark.target("SEC-31")
def test_over_https_every_answer_asks_for_it_and_cookies_are_of_this_host_alone(
    secure: Flask, answers_watched: list[str]
) -> None:
    client = secure.test_client()
    asked = {
        client.get("/", base_url=HTTPS).status_code,
        client.get("/compte/connexion", base_url=HTTPS).status_code,
        client.get("/nulle-part", base_url=HTTPS).status_code,
        client.put("/compte/connexion", base_url=HTTPS).status_code,
        client.get("/", base_url="https://evil.example").status_code,
        client.post("/compte/connexion", base_url=HTTPS).status_code,
        client.post("/compte/connexion", base_url=HTTPS, data={"email": "a" * 10_000_000}).status_code,
    }
    assert {200, 400, 404, 405, 413} <= asked
    assert answers_watched == []
    sign_in = client.get("/compte/connexion", base_url=HTTPS)
    assert "max-age=31536000; includeSubDomains" in sign_in.headers["Strict-Transport-Security"]
    assert client.get_cookie("__Host-ptce-form", domain="aap.example.org") is not None


@pytest.mark.target("SEC-40")
def test_what_breaks_says_nothing_of_what_was_typed_to_anybody(secure: Flask) -> None:
    @secure.get("/panne")
    @public
    def broken() -> str:
        raise ValueError("zqxsecret")

    with capture_logs() as logs:
        answer = secure.test_client().get("/panne?q=zqxsecret", base_url=HTTPS)
    assert answer.status_code == 500
    assert "Un problème est survenu de notre côté" in answer.text
    assert not re.search(r"zqxsecret|Traceback|ValueError|\.py", answer.text)
    assert [event["error"] for event in logs] == ["ValueError"]
    assert "zqxsecret" not in str(logs)


@pytest.mark.target("SEC-31")
def test_files_that_no_view_answers_have_them_too(secure: Flask) -> None:
    for path, status in (("/static/app.css", 200), ("/static/favicon.svg", 200), ("/static/none.js", 404)):
        answer = secure.test_client().get(path, base_url=HTTPS)
        assert answer.status_code == status
        assert headers.faults(answer, secure=True, endpoint="static") == []


@pytest.mark.target("SEC-14")
def test_a_call_to_another_machine_is_heard_and_one_to_this_machine_is_not() -> None:
    with listening.calls_away() as called, suppress(OSError):
        socket.getaddrinfo("nowhere.invalid", 9, flags=socket.AI_NUMERICHOST)  # asks nobody
    assert called == ["nowhere.invalid"]
    with listening.calls_away() as called, socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    assert called == []
