"""A receipt carries the line of its deposit and the last head: page, document and mail, checked without the service."""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pypdf import PdfReader
from sqlalchemy import select

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.documents.receipt import render_receipt
from ptce_aap.models import DailyHead, JournalEntry, OutboxItem
from ptce_aap.services.deposits import deposit_trace, receipts, reopening
from ptce_aap.services.journal import head_writing
from tests.filings import BASE, COMPLETE, NOW, Applicants, open_call
from tests.integration.test_applicant_pages import Browser

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.fixture
def call(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


def sign(call: Applicants, *, days: int) -> DailyHead:
    """Publish a head so many days after now."""
    at = NOW + timedelta(days=days)
    head = call.database.transaction(head_writing.write, KEY, witnesses=(), base_url=BASE, now=at)
    assert head is not None
    return head


@pytest.mark.target("SEC-39")
def test_page_document_and_mail_tell_the_line_of_the_deposit_and_the_head_before_it(
    call: Applicants, tmp_path: Path
) -> None:
    reference = call.bring(COMPLETE)
    before = sign(call, days=-1)
    filed = call.file(reference)
    after = sign(call, days=1)
    with call.database.reading() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.act == "dossier.filed")).one()
        document = receipts.receipt_of(session, filed.id, base_url=BASE)
        mails = [row.payload for row in session.scalars(select(OutboxItem).where(OutboxItem.topic == "filing_receipt"))]
    assert document.trace is not None
    assert (document.trace.sequence, document.trace.digest) == (entry.sequence, entry.digest)
    browser = Browser(create_app(load_settings({}, instance=tmp_path), database=call.database).test_client())
    browser.sign_in("anne")
    page = browser.get(f"/candidature/{reference}/accuse")
    printed = "".join(part.extract_text() for part in PdfReader(io.BytesIO(render_receipt(document))).pages)
    for told in (page, printed.replace("\n", "").replace(" ", ""), *(mail["text"] for mail in mails)):
        assert str(entry.sequence) in told
        assert entry.digest in told
        assert before.digest in told
        assert after.digest not in told
    assert len(mails) == 2
    shown = re.search(r'id="ligne">.*?>(\{.*?\})<', page)
    assert shown is not None
    line = html.unescape(shown.group(1))
    assert hashlib.sha256(line.encode()).hexdigest() == entry.digest
    assert json.loads(line)["facts"]["sha256"] == filed.sha256
    assert re.sub(r"\s", "", line) in re.sub(r"\s", "", printed)


def test_the_same_deposit_gives_the_same_document_whatever_is_published_since(call: Applicants) -> None:
    filed = call.file(call.bring(COMPLETE))

    def made() -> bytes:
        with call.database.reading() as session:
            return render_receipt(receipts.receipt_of(session, filed.id, base_url=BASE))

    first = made()
    sign(call, days=1)
    assert made() == first


def test_each_deposit_of_a_dossier_has_its_own_line(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    first = call.file(reference)
    revision = call.database.transaction(reopening.reopen, call.actor(), reference, now=NOW).reference
    second = call.file(revision, at=NOW + timedelta(minutes=1))
    with call.database.reading() as session:
        traces = [
            deposit_trace.trace_of(session, one, reference=reference, call_id=call.call.id) for one in (first, second)
        ]
    assert [json.loads(one.line)["facts"].get("deposit") for one in traces if one is not None] == [None, 2]


def test_heads_are_published_to_anybody_and_tell_nothing_of_what_is_done(call: Applicants, tmp_path: Path) -> None:
    browser = Browser(create_app(load_settings({}, instance=tmp_path), database=call.database).test_client())
    assert "Aucune empreinte n’est encore publiée" in browser.get("/verifier")
    reference = call.bring(COMPLETE)
    head = sign(call, days=0)
    page = browser.get("/verifier").partition('id="empreintes"')[2]
    assert head.digest in page
    assert "aucun désigné" in page
    published = json.loads(browser.get("/verifier/empreintes.json"))
    assert [one["digest"] for one in published["heads"]] == [head.digest]
    assert browser.get("/verifier/empreintes.txt") == f"1 {head.day.isoformat()} {head.digest}\n"
    assert browser.get("/verifier/cle-publique.pem").startswith("-----BEGIN PUBLIC KEY-----\n")
    assert [name for name, _, _ in head.chains] == ["call-1", "platform"]
    for text in (page, json.dumps(published)):
        assert "call-1" not in text
        assert reference not in text
    browser.get("/verifier/autre", 404)
