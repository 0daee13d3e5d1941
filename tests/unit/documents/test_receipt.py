"""The receipt says what arrived, when to the second, and what is missing; the same receipt has the same bytes."""

import hashlib
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from ptce_aap.documents.receipt import Receipt, Step, Trace, render_receipt

RECEIPT = Receipt(
    call_title="Appel fictif des pôles",
    service=("Secrétariat fictif de l’appel", "1, rue de l’Exemple, 75000 Paris", "appel@example.org"),
    number="PTCE-7K3M-92QX",
    title="Pôle fictif du Val",
    carrier="Association fictive du Val",
    received_at=datetime(2015, 6, 1, 21, 58, 7, tzinfo=UTC),
    sha256="ab" * 32,
    complete=True,
    next_steps=(Step(datetime(2015, 6, 30, 21, 59, tzinfo=UTC), "Clôture."), Step(date(2015, 9, 1), "Instruction.")),
    mentions=(("Voies de recours", "Texte à valider.\nDeuxième ligne."),),
    verification_address="https://aap.example.org/verification/x",
)


def words(data: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    return " ".join(" ".join(pages).split())


@pytest.mark.target("SEC-39")
def test_it_gives_number_time_to_the_second_with_zone_and_digest() -> None:
    shown = words(render_receipt(RECEIPT))
    assert "PTCE-7K3M-92QX" in shown
    assert "reçu le lundi 1er juin 2015 à 23 h 58 min 07 s (UTC+2), heure de Paris" in shown
    assert "soit le lundi 1er juin 2015 à 21 h 58 min 07 s (UTC)" in shown
    assert "ab" * 32 in shown
    assert "mardi 30 juin 2015 à 23 h 59" in shown
    assert "1 / 1" in shown


def test_it_gives_the_local_time_overseas() -> None:
    shown = words(render_receipt(replace(RECEIPT, local_zone="Indian/Reunion", local_place="La Réunion")))
    assert "soit le mardi 2 juin 2015 à 1 h 58 min 07 s (UTC+4), heure locale (La Réunion)" in shown
    assert "heure locale" not in words(render_receipt(replace(RECEIPT, local_zone="Europe/Paris")))


def test_it_says_plainly_that_a_dossier_was_filed_as_it_is() -> None:
    shown = words(render_receipt(replace(RECEIPT, complete=False, missing=("Budget", "SIREN du membre 3"))))
    assert "Dossier déposé en l’état" in shown
    assert "2 réponses obligatoires manquaient au moment du dépôt : – Budget – SIREN du membre 3" in shown
    assert "Dossier complet" not in shown


def test_a_demonstration_says_so_on_every_page() -> None:
    fictional = replace(RECEIPT, fictional=True, mentions=(("Recours", "Texte fictif.\n" * 120),))
    pages = PdfReader(io.BytesIO(render_receipt(fictional))).pages
    assert len(pages) > 2
    assert all("données fictives" in page.extract_text() for page in pages)


def test_the_same_receipt_has_the_same_bytes() -> None:
    first = render_receipt(RECEIPT)
    render_receipt(replace(RECEIPT, title="Œuvre ß ÿ", complete=False))
    assert render_receipt(RECEIPT) == first


@pytest.mark.target("A11Y-07")
def test_its_metadata_name_the_service_the_title_and_the_language() -> None:
    reader = PdfReader(io.BytesIO(render_receipt(RECEIPT)))
    assert reader.metadata is not None
    assert reader.metadata.title == "Accusé de réception — Appel fictif des pôles"
    assert reader.metadata.author == "Secrétariat fictif de l’appel"
    assert reader.root_object["/Lang"] == "fr"


def test_the_typeface_is_inside_the_document() -> None:
    data = render_receipt(RECEIPT)
    assert b"/FontFile2" in data
    assert b"+Lato" in data


LINE = '{"act":"dossier.filed","facts":{"number":"B7KX-29QR"},"sequence":812}'
TRACE = Trace(812, hashlib.sha256(LINE.encode()).hexdigest(), LINE, 12, date(2015, 6, 1), "0c" * 32)


@pytest.mark.target("SEC-39")
def test_its_line_of_the_journal_is_checked_from_the_document_alone() -> None:
    shown = words(render_receipt(replace(RECEIPT, trace=TRACE)))
    assert "Votre dépôt dans le journal" in shown
    assert "n° 12, lundi 1er juin 2015" in shown
    assert "0c" * 32 in shown.replace(" ", "")
    line = re.search(r"\{.*\}", shown.replace(" ", ""))
    assert line is not None
    digest = hashlib.sha256(line.group().encode()).hexdigest()
    assert digest == TRACE.digest
    assert digest in shown.replace(" ", "").replace(line.group(), "")
    assert "Votre dépôt dans le journal" not in words(render_receipt(RECEIPT))


def test_hostile_answers_do_not_break_it() -> None:
    value = "</b><img src=/etc/passwd> 😀 \u202e" + "x" * 5_000
    assert render_receipt(
        replace(RECEIPT, title=value, carrier=value, call_title=value, missing=(value,) * 3, complete=False)
    )
