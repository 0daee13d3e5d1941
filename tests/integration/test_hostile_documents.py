"""What people type to harm is printed as they typed it, in every document that leaves: nothing is read, run or lost."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

import ptce_aap
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.documents import text
from ptce_aap.documents.receipt import Receipt, render_receipt
from ptce_aap.documents.shortlist import Outcome, ShortlistDeparture, render_pdf
from ptce_aap.documents.specimen import specimen
from ptce_aap.jobs.context import open_context
from ptce_aap.jobs.run import drain
from ptce_aap.models import Answer, Dossier
from tests import files, hostile, listening, pdf_reading
from tests.browsers import Browser, application
from tests.budgets import budget
from tests.filings import COMPLETE, Applicants, open_call
from tests.integration.test_attacks_inputs import Form
from tests.pdf_reading import squeezed
from tests.unit.documents.shortlists import entry, shortlist

PACKAGE = Path(ptce_aap.__file__).parent
WRITTEN = datetime(2015, 11, 12, 9, 30, tzinfo=UTC)
A_FIELD = 6  # texts in one field, one under another
LONG_STAGES = ("territoire", "projet", "mutualisation", "gouvernance", "budget", "impact_essaimage")
# What a document may open: our typefaces, the library's own files, Python's.
_OURS = re.compile(r"/documents/fonts/|/templates/mail/|/site-packages/|/lib/python3|\.pyc?$|^\d+$")
_SCHEMES = ("https://", "http://127.0.0.1", "mailto:")


@pytest.mark.target("SEC-15")
def test_a_text_is_laid_out_in_one_module_only() -> None:
    built = []
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if "reportlab" in source else ():
            name = node.func if isinstance(node, ast.Call) else None
            called = getattr(name, "id", getattr(name, "attr", ""))
            imported = isinstance(node, ast.ImportFrom) and any(
                alias.name in {"Paragraph", "XPreformatted", "Preformatted", "ParaParser"} for alias in node.names
            )
            if imported or called in {"Paragraph", "XPreformatted", "Preformatted", "ParaParser"}:
                built.append(path.relative_to(PACKAGE).as_posix())
    assert set(built) == {"documents/text.py"}


@pytest.fixture
def applicants(sqlite_database: Database) -> Applicants:
    applicants = open_call(sqlite_database)
    applicants.actor()
    return applicants


def harmless(data: bytes) -> str:
    """Fail where a document would do something when opened; return what it says."""
    kinds, addresses = pdf_reading.actions(data)
    assert kinds == []
    assert [address for address in addresses if not address.startswith(_SCHEMES)] == []
    assert pdf_reading.images(data) == 0
    return pdf_reading.body(data)


def foreign(opened: list[str]) -> list[str]:
    return [name for name in opened if not _OURS.search(name)]


def texts() -> list[str]:
    return [*hostile.MARKUP, *hostile.fuzz(budget("pdf.fuzzed"))]


@pytest.mark.soak
@pytest.mark.target("SEC-15")
def test_a_dossier_is_printed_as_it_was_typed(applicants: Applicants, tmp_path: Path) -> None:
    browser = Browser(application(applicants.database, tmp_path), applicants.database, "anne@example.org")
    waiting = [texts()[start : start + A_FIELD] for start in range(0, len(texts()), A_FIELD)]
    while waiting:
        reference = applicants.bring({})
        type_into(browser, reference, waiting)
        stored = answers_of(applicants.database, reference)
        page = f"/candidature/{reference}/dossier.pdf"
        with listening.openings() as opened, listening.calls_away() as called:
            answer = browser.get(page)
        assert answer.status_code == 200
        assert (foreign(opened), called) == ([], [])
        said = harmless(answer.data)
        assert [value for value in stored if squeezed(text.drawn(value)) not in said] == []
        assert all(squeezed(one) in said for value in stored for one in value.split("\n") if one in hostile.MARKUP)


def type_into(browser: Browser, reference: str, waiting: list[list[str]]) -> None:
    """Fill the long fields of a dossier's form as somebody would who types and saves, until nothing waits."""
    for stage in LONG_STAGES:
        page = f"/candidature/{reference}/etape/{stage}"
        shown = browser.get(page).text
        fields = Form(shown).forms[-1][1]
        for name in re.findall(r'<textarea[^>]*?\bname="([^"]+)"', shown):
            if waiting:
                fields[name] = "\n".join(waiting.pop(0))
        assert browser.client.post(page, data={**fields, "_acte": "rester"}).status_code in {302, 422}


def answers_of(database: Database, reference: str) -> list[str]:
    """Return the long texts that a dossier holds."""
    with database.reading() as session:
        mine = select(Dossier.id).where(Dossier.reference == reference).scalar_subquery()
        held = session.scalars(select(Answer.value).where(Answer.dossier_id == mine)).all()
    found = [value for value in held if isinstance(value, str) and "\n" in value]
    assert found
    return found


@pytest.mark.target("SEC-15")
def test_a_deposit_and_its_receipt_are_printed_as_they_were_typed(applicants: Applicants, tmp_path: Path) -> None:
    app = application(applicants.database, tmp_path)
    names, firm = " ".join(hostile.MARKUP[:5]), " ".join(hostile.MARKUP[25:31])
    told = {**COMPLETE, "identification": {**COMPLETE["identification"], "nom_pole": names}}
    told["identification"] |= {"porteur": {**COMPLETE["identification"]["porteur"], "denomination": firm}}
    rows = [{"denomination": value, "categorie": "entreprise_ess"} for value in hostile.MARKUP]
    reference = applicants.bring({**told, "membres": {"membres": rows}})
    applicants.file(reference)
    with listening.openings() as opened, listening.calls_away() as called:
        drain(open_context(load_settings({}, instance=tmp_path), applicants.database))
    assert called == []
    assert [name for name in foreign(opened) if not name.startswith(str(tmp_path))] == []
    browser = Browser(app, applicants.database, "anne@example.org")
    for name in ("accuse.pdf", "dossier.pdf"):
        answer = browser.get(f"/candidature/{reference}/{name}")
        assert answer.status_code == 200
        said = harmless(answer.data)
        assert squeezed(names) in said
        assert squeezed(firm) in said


@pytest.mark.target("SEC-15")
def test_every_text_of_a_receipt_and_of_a_list_is_printed_as_it_was_typed() -> None:
    written = list(hostile.MARKUP)
    receipt = Receipt(
        call_title=written[0],
        service=(written[1], written[2]),
        number="PTCE-7K3M-92QX",
        title=written[3],
        carrier=written[4],
        received_at=WRITTEN,
        sha256="ab" * 32,
        complete=False,
        missing=tuple(written[5:20]),
        confirmations=tuple(written[20:40]),
        mentions=tuple((f"Mention {place}", value) for place, value in enumerate(written)),
    )
    with listening.openings() as opened, listening.calls_away() as called:
        said = harmless(render_receipt(receipt))
        harmless(specimen(written[7], written[8]))
    assert [value for value in written if squeezed(text.drawn(value)) not in said] == []
    moved = ShortlistDeparture("n", written[9], 3, 3, 1, "Vote", "", decided_at=WRITTEN, decided_on=1)
    told = shortlist(
        *(
            entry(place, Outcome.NOT_SELECTED, title=value, carrier=value, region=value, reason=value)
            for place, value in enumerate(written, start=1)
        ),
        departures=tuple(replace(moved, reason=value, title=value) for value in written),
        minutes=tuple(written),
        signatures=(written[10], written[11]),
    )
    with listening.openings() as opened_too, listening.calls_away() as called_too:
        said = harmless(render_pdf(told))
    assert [value for value in written if said.count(squeezed(text.drawn(value))) < 3] == []
    assert (foreign(opened + opened_too), called + called_too) == ([], [])


def test_what_is_looked_for_can_be_found(tmp_path: Path) -> None:
    with listening.openings() as opened:
        Path("/etc/hostname").exists() and Path("/etc/hostname").read_bytes()
        (tmp_path / "a").write_bytes(b"")
    assert foreign(opened)
    bad = files.pdf(catalog=b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /URI /URI (javascript:x) >> >>")
    kinds, addresses = pdf_reading.actions(bad)
    assert (kinds, addresses) == (["/OpenAction"], ["javascript:x"])
