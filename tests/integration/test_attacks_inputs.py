"""Attacks by what is sent: odd values in every form, bodies that are no forms, files that are not what they say."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask

from ptce_aap.database import Database
from ptce_aap.domain.permissions import Role
from ptce_aap.services.accounts import enrolment
from ptce_aap.services.calls.calls import SYSTEM
from tests import files
from tests.browsers import Browser, application, token
from tests.deliberations import Scene, lay_out
from tests.filings import BASE, COMPLETE, NOW, PASSWORD, Applicants, open_call
from tests.integration.test_marking import finish_declaration, give, open_marking

ODD = (
    "",
    "a\x00b",
    "e\u0301" * 40,
    "\u202eabc\u2066\u200b\ufeff",
    "😀" * 40,
    "NaN",
    "1e400",
    "-1",
    "٣",
    "0001-01-01",
    "9999-12-31",
    "31/12/9999",
    "9" * 400,
    "<script>alert(1)</script>{{7*7}}",
    '=HYPERLINK("http://x")',
    "a\r\nBcc: x@example.org",
    "../../etc/passwd",
    "' OR 1=1 --",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "\x1b[2J\x85\uffff",
    "A" * 20_000,
)
FORM = "application/x-www-form-urlencoded"


class Form(HTMLParser):
    """The forms of a page that are sent by POST: where, and the names and values of their fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = given.get("method", "get").lower() == "post"
            if self._open:
                self.forms.append((given.get("action", ""), {}))
        elif self._open and tag in {"input", "textarea", "select"} and given.get("type") != "file":
            self.forms[-1][1].setdefault(given.get("name", ""), given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "form"


def odd_forms(browser: Browser, page: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Give every form of a page filled with each odd value: all its fields, then only those that a reader sees."""
    for action, fields in Form(browser.get(page).text).forms:
        if action == "/compte/deconnexion":
            continue
        token = {name: fields.pop(name, "") for name in ("csrf_token", "_de")}
        for value in ODD:
            yield action or page, {**dict.fromkeys(fields, value), **token}
            yield action or page, {**{name: held or value for name, held in fields.items()}, **token}


@pytest.fixture
def applicants(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database, (90, 80, 70))


def test_no_value_breaks_a_stage_of_a_dossier(applicants: Applicants, tmp_path: Path) -> None:
    reference = applicants.bring(COMPLETE)
    browser = Browser(application(applicants.database, tmp_path), applicants.database, "anne@example.org")
    sent = 0
    for stage in ("identification", "budget"):
        for address, data in odd_forms(browser, f"/candidature/{reference}/etape/{stage}"):
            assert browser.client.post(address, data=data).status_code < 500, (address, data)
            sent += 1
        assert browser.get(f"/candidature/{reference}/etape/{stage}").status_code == 200
    assert browser.get(f"/candidature/{reference}/relecture").status_code == 200
    assert sent >= 4 * len(ODD)


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("team", "/pilotage/personnes/inviter"),
        ("team", "/pilotage/ptce-2015/classement/{0}"),
        ("team", "/pilotage/ptce-2015/exports"),
        ("team", "/pilotage/ptce-2015/liste/figer"),
        ("chair", "/jury/ptce-2015/conflits/{0}"),
    ],
)
def test_no_value_breaks_a_form_of_the_management(scene: Scene, tmp_path: Path, name: str, page: str) -> None:
    browser, page = (
        Browser(application(scene.database, tmp_path), scene.database, scene.emails[name]),
        page.format(scene.dossiers[0]),
    )
    forms = list(odd_forms(browser, page))
    assert forms
    for address, data in forms:
        assert browser.client.post(address, data=data).status_code < 500, (address, data)


def test_no_value_breaks_the_sheet_of_a_juror(fresh_database: Database, tmp_path: Path) -> None:
    scene = lay_out(fresh_database, (90, 80), readings=(0, 0), ranked=False)
    open_marking(scene)
    give(scene, "juror-1", scene.dossiers)
    finish_declaration(scene, "juror-1")
    browser = Browser(application(scene.database, tmp_path), scene.database, scene.emails["juror-1"])
    page = f"/jury/ptce-2015/dossiers/{scene.dossiers[0]}"
    forms = list(odd_forms(browser, page))
    assert forms
    for address, data in forms:
        assert browser.client.post(address, data=data).status_code < 500, (address, data)
    criterion = next(name for name in forms[0][1] if name.startswith("mark-")).removeprefix("mark-")
    for _, data in forms[::3]:
        assert browser.client.post(f"{page}/criteres/{criterion}", data=data).status_code < 500, data
        assert browser.client.post(f"{page}/rendre", data=data).status_code < 500, data


@pytest.mark.parametrize("page", ["connexion", "creer", "mot-de-passe-oublie", "invitation/{0}"])
def test_no_value_breaks_a_form_of_the_accounts(fresh_database: Database, tmp_path: Path, page: str) -> None:
    link = fresh_database.transaction(
        enrolment.invite, "anne@example.org", Role.TEAM, by=SYSTEM, base_url=BASE, call_title="Un appel", now=NOW
    )
    stranger = Browser(application(fresh_database, tmp_path), fresh_database)
    forms = list(odd_forms(stranger, f"/compte/{page.format(link)}"))
    assert forms
    for address, data in forms:
        assert stranger.client.post(address, data=data).status_code < 500, (address, data)
    for _, data in forms[::2]:  # an address and a name that are right, a password of any kind
        given = {**data, "email": "autre@example.org"}
        assert stranger.client.post(f"/compte/{page.format(link)}", data=given).status_code < 500, data


@pytest.mark.parametrize("opens", ["0001-01-01", "2026-01-01", "9999-12-31"])
@pytest.mark.parametrize("closes", ["0001-01-02", "9999-12-31"])
def test_a_call_is_not_opened_out_of_time(sqlite_database: Database, tmp_path: Path, opens: str, closes: str) -> None:
    from tests.deliberations import invite_on_every_call

    invite_on_every_call(sqlite_database, "equipe@example.org", "team")
    browser = Browser(application(sqlite_database, tmp_path), sqlite_database, "equipe@example.org")
    data = {"opens_on": opens, "opens_time": "00:00", "closes_on": closes, "closes_time": "23:59"}
    answer = browser.post("/pilotage/ouvrir", {"call_name": "ptce-2015", **data})
    assert answer.status_code == 200
    assert "entre 2000 et 2100" in answer.text


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path) -> Flask:
    return application(sqlite_database, tmp_path)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"email=" + b"a" * 10_000_000, FORM, 413),
        (b"a&" * 2_000_000, FORM, 413),
        (b"email=\xff\xfe\xed\xa0\x80", FORM, 400),
        (b"email=%ff%ed%a0%80%00&password=%00", FORM, 400),
        (b"\x00\x01", "multipart/form-data", 400),
        (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n", "multipart/form-data; boundary=x", 400),
        (b'{"a": 1', "application/json", 400),
        (b"x", "text/plain; charset=nothing", 400),
    ],
)
def test_a_body_that_is_no_form_of_ours_is_refused_with_a_page(app: Flask, body: bytes, kind: str, status: int) -> None:
    answer = app.test_client().post("/compte/connexion", data=body, content_type=kind)
    assert answer.status_code == status
    assert "<h1" in answer.text


def test_a_form_of_too_many_parts_or_with_a_field_of_ten_megabytes_is_refused(app: Flask) -> None:
    stranger = app.test_client()
    parts = {f"part{number}": "x" for number in range(2_001)}
    for data in (parts, {"email": "a" * 10_000_000}):
        answer = stranger.post("/compte/connexion", data=data, content_type="multipart/form-data")
        assert answer.status_code == 413


def test_more_dossiers_than_a_page_shows_are_not_decided_at_once(scene: Scene, tmp_path: Path) -> None:
    browser = Browser(application(scene.database, tmp_path), scene.database, scene.emails["team"])
    address = "/pilotage/ptce-2015/recevabilite/ensemble"
    secret = token(browser.get("/compte").text)
    body = urlencode([("csrf_token", secret), *(("dossier", str(number)) for number in range(70_000))])
    assert browser.client.post(address, data=body, content_type=FORM).status_code == 409


def raw_upload(token: str, filename: bytes, content: bytes) -> bytes:
    """Return a multipart body as an attacker writes it, byte by byte."""
    return (
        b'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + token.encode() + b"\r\n"
        b'--x\r\nContent-Disposition: form-data; name="_acte"\r\n\r\nrester\r\n'
        b'--x\r\nContent-Disposition: form-data; name="_fichier-statuts"; filename="' + filename + b'"\r\n'
        b"Content-Type: text/html\r\n\r\n" + content + b"\r\n--x--\r\n"
    )


@pytest.mark.target("SEC-23")
def test_a_name_of_file_bends_no_header_and_leaves_no_folder(applicants: Applicants, tmp_path: Path) -> None:
    reference = applicants.bring({})
    browser = Browser(application(applicants.database, tmp_path), applicants.database, "anne@example.org")
    page = f"/candidature/{reference}/etape/pieces"
    token = Form(browser.get(page).text).forms[-1][1]["csrf_token"]
    names = (
        "漢字.pdf".encode(),
        b"../../../etc/passwd.pdf",
        b"C:\\temp\\x.pdf",
        b"a%0d%0aSet-Cookie: x=1.pdf",
        b"a\x00b.pdf",
        "a\u202efdp.exe.pdf".encode(),
        b"x" * 400 + b".pdf",
        b"a;b,c'd.pdf",
    )
    sent = files.pdf(text=b"<script>alert(1)</script>")
    for name in names:
        body = raw_upload(token, name, sent)
        answer = browser.client.post(page, data=body, content_type="multipart/form-data; boundary=x")
        assert answer.status_code == 302, name
    links = re.findall(rf'href="(/candidature/{reference}/piece/[^"]+)"', browser.get(page).text)
    assert len(links) == len(names)
    for link in links:
        answer = browser.get(link)
        given = answer.headers["Content-Disposition"]
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.data == sent
        assert given.startswith("attachment")
        assert not re.search(r"[\r\n\x00/\\]|\u202e", given), given
        assert "Set-Cookie" not in answer.headers or "x=1" not in answer.headers["Set-Cookie"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    for content in (b"", b"<html>", b"MZ\x90", b"%PDF-1.7", b"%PDF-1.7" + b"0" * 21 * 2**20 + b"%%EOF"):
        body = raw_upload(token, b"statuts.pdf", content)
        answer = browser.client.post(page, data=body, content_type="multipart/form-data; boundary=x")
        assert answer.status_code == 422, content[:10]


@pytest.mark.target("SEC-23")
def test_a_piece_is_given_whole_or_in_part_to_nobody_else(applicants: Applicants, tmp_path: Path) -> None:
    reference = applicants.bring({})
    app = application(applicants.database, tmp_path)
    owner = Browser(app, applicants.database, "anne@example.org")
    page = f"/candidature/{reference}/etape/pieces"
    token = Form(owner.get(page).text).forms[-1][1]["csrf_token"]
    file = (io.BytesIO(files.pdf(text=b"secret")), "statuts.pdf")
    owner.client.post(page, data={"csrf_token": token, "_acte": "rester", "_fichier-statuts": file})
    link = re.findall(rf'href="(/candidature/{reference}/piece/[^"]+)"', owner.get(page).text)[0]
    assert b"secret" in owner.get(link).data
    applicants.actor("bruno")
    other = Browser(app, applicants.database, "bruno@example.org")
    for method in ("GET", "HEAD"):
        for headers in ({}, {"Range": "bytes=0-3"}, {"If-None-Match": "*"}, {"If-Modified-Since": "x"}):
            assert other.client.open(link, method=method, headers=headers).status_code == 404
    mine = applicants.bring({}, "bruno")
    piece = link.rsplit("/", 1)[1]
    assert other.get(f"/candidature/{mine}/piece/{piece}").status_code == 404


def sign_in(app: Flask, address: str) -> tuple[str, list[str]]:
    stranger = app.test_client()
    stranger.set_cookie("ptce", "chosen-by-the-attacker")
    token = Form(stranger.get("/compte/connexion").text).forms[-1][1]["csrf_token"]
    answer = stranger.post(
        "/compte/connexion",
        query_string={"suite": address},
        data={"csrf_token": token, "email": "anne@example.org", "password": PASSWORD},
    )
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"], answer.headers.getlist("Set-Cookie")


def test_signing_in_leads_nowhere_else_and_gives_a_new_session(applicants: Applicants, tmp_path: Path) -> None:
    applicants.actor()
    app = application(applicants.database, tmp_path)
    assert sign_in(app, "/candidature")[0] == "/candidature"
    elsewhere = (
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "http://evil.example",
        "///evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "%2f%2fevil.example",
        "http://127.0.0.1@evil.example",
        "evil.example",
    )
    for address in (*elsewhere, "/\r\nSet-Cookie: x=1", "\x00//evil.example", " //evil.example"):
        where, cookies = sign_in(app, address)
        assert re.fullmatch(r"/[a-z][^\\\r\n]*", where), (address, where)
        given = next(cookie for cookie in cookies if cookie.startswith("ptce="))
        assert "chosen-by-the-attacker" not in given
        assert "HttpOnly" in given
        assert "SameSite=Lax" in given


@pytest.mark.target("SEC-32")
def test_another_host_gets_no_page_and_no_link_of_a_mail_is_made_from_it(
    applicants: Applicants, tmp_path: Path
) -> None:
    app = application(applicants.database, tmp_path)
    assert app.test_client().get("/", headers={"Host": "evil.example"}).status_code == 400
    answer = app.test_client().get("/", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})
    assert "evil.example" not in answer.text
    assert BASE.startswith("http://127.0.0.1")
