"""The shortlist says the same thing in its four forms, and none of them runs what people typed."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from ptce_aap.documents.shortlist import (
    Outcome,
    Shortlist,
    ShortlistDeparture,
    render_csv,
    render_json,
    render_pdf,
    render_xlsx,
)
from tests.unit.documents.shortlists import entry, shortlist

LIVE = ['=HYPERLINK("http://x.example","x")', "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", " =1", "{=1}"]


def pages(data: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(data)).pages]


def table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_the_pdf_shows_three_parts_the_line_between_them_and_the_unranked() -> None:
    shown = " ".join(pages(render_pdf(shortlist())))
    order = [
        "Retenus · 2 dossiers",
        "FIC-0002",
        "Ligne de financement : 400 001 € cumulés sur une enveloppe de 500 000 €, reste 99 999 €",
        "Liste complémentaire · 1 dossier",
        "FIC-0003",
        "Non retenus · 1 dossier",
        "Non classés · 1 dossier",
        "Motifs",
        "Montant réduit.",
        "Signatures",
        "La présidence du jury",
    ]
    assert [shown.index(part) for part in order] == sorted(shown.index(part) for part in order)
    assert "ex æquo" in shown


def test_departures_are_printed_with_their_reasons_in_the_four_forms() -> None:
    departure = ShortlistDeparture(
        "FIC-0003", "Pôle fictif numéro 3", 3, 3, 1, "Vote du comité", "Seul pôle de l’île.",
        decided_at=datetime(2015, 11, 12, 9, 30, tzinfo=UTC), decided_on=1, confirmed_on=2,
    )  # fmt: skip
    moved = entry(3, Outcome.SELECTED, announced_place=3, adopted_place=1)
    pushed = entry(1, Outcome.SELECTED, announced_place=1, adopted_place=2)
    out = entry(2, announced_place=2, adopted_place=None)
    listed = shortlist(moved, pushed, out, departures=(departure,))
    shown = " ".join(pages(render_pdf(listed)))
    said = "Passe de la 3e place à la 1re place. Décidé le jeudi 12 novembre 2015 à 10 h 30, sur le calcul n° 1"
    for part in ("Écarts adoptés par le comité, avec leurs motifs", said, "confirmé sur le calcul n° 2"):
        assert part in shown
    assert "Vote du comité : Seul pôle de l’île." in shown
    assert "3 place 1" in shown
    assert "2 écarté" in shown
    head, first, second, third = table(render_csv(listed))
    assert [dict(zip(head, row, strict=True))["Place adoptée"] for row in (first, second, third)] == ["1", "2", ""]
    assert dict(zip(head, first, strict=True))["Écart adopté et motif"].endswith("Seul pôle de l’île.")
    told = json.loads(render_json(listed))
    assert (told["departures"][0]["reason"], told["entries"][0]["adopted_place"]) == ("Seul pôle de l’île.", 1)
    about = load_workbook(io.BytesIO(render_xlsx(listed))).worksheets[1]
    assert ["Écarts adoptés par le comité", "1"] in [[cell.value for cell in row[:2]] for row in about.iter_rows()]


def test_a_list_without_a_departure_says_so() -> None:
    assert "Aucun écart : la liste adoptée suit le classement annoncé." in " ".join(pages(render_pdf(shortlist())))
    assert json.loads(render_json(shortlist()))["departures"] == []


def test_a_page_of_the_pdf_holds_twenty_five_dossiers_and_repeats_the_header() -> None:
    long = "Coopérative d’activité et d’emploi du bassin Dunkerque-Flandre-Artois et de ses environs"
    listed = [entry(place, title=long, carrier=long) for place in range(1, 120)]
    shown = pages(render_pdf(shortlist(*listed, signatures=())))
    full = [page for page in shown if "Rang Numéro Dossier Porteur" in page][1:3]
    assert [page.count("FIC-") for page in full] == [25, 25]


def test_a_bar_is_never_alone_at_the_foot_of_a_page() -> None:
    for count in range(8, 30):
        listed = [entry(place, Outcome.SELECTED) for place in range(1, count)] + [entry(count), entry(count + 1)]
        for page in pages(render_pdf(shortlist(*listed, signatures=()))):
            if "Non retenus · 2" in page:
                assert f"FIC-{count:04d}" in page
            if "Ligne de financement" in page:
                assert f"FIC-{count - 1:04d}" in page


def test_the_pages_are_numbered_and_carry_the_digest() -> None:
    shown = pages(render_pdf(shortlist()))
    assert all(f"{number} / {len(shown)}" in page for number, page in enumerate(shown, start=1))
    assert all("cd" * 32 in page for page in shown)


def test_a_list_without_any_dossier_is_still_a_document() -> None:
    empty = replace(shortlist(), entries=())
    assert "0 dossier retenu" in pages(render_pdf(empty))[0]
    assert len(table(render_csv(empty))) == 1
    assert load_workbook(io.BytesIO(render_xlsx(empty))).active is not None
    assert json.loads(render_json(empty))["entries"] == []


@pytest.mark.target("A11Y-07")
def test_the_language_and_the_title_of_the_pdf_are_told_to_who_does_not_see_it() -> None:
    reader = PdfReader(io.BytesIO(render_pdf(shortlist())))
    assert reader.root_object["/Lang"] == "fr"
    assert reader.metadata is not None
    assert " — " in (reader.metadata.title or "")


@pytest.mark.parametrize("render", [render_pdf, render_xlsx, render_csv, render_json])
def test_the_same_list_has_the_same_bytes(render: Callable[[Shortlist], bytes]) -> None:
    assert render(shortlist()) == render(shortlist())


def test_the_csv_opens_in_a_french_spreadsheet_program() -> None:
    data = render_csv(shortlist())
    assert data.startswith(b"\xef\xbb\xbfRang;")
    head, first, *_, last = table(data)
    shown = dict(zip(head, first, strict=True))
    assert shown["Montant proposé"] == "200000,50"
    assert shown["Total"] == "89,75"
    assert shown["Axe Essaimage"] == "2,83"
    assert shown["Décision"] == "retenu"
    assert dict(zip(head, last, strict=True))["Rang"] == ""


@pytest.mark.parametrize("value", LIVE)
def test_the_csv_has_no_live_cell(value: str) -> None:
    listed = shortlist(entry(1, title=value, carrier=value, region=value, reason=value, axis_means=((value, "1,00"),)))
    starts = [cell.lstrip()[:1] for row in table(render_csv(listed)) for cell in row if cell]
    assert not set(starts) & set("=+-@＝＋－＠\t\r")


@pytest.mark.parametrize("value", LIVE)
def test_the_workbook_has_no_formula_and_no_link(value: str) -> None:
    listed = shortlist(entry(1, title=value, carrier=value, reason=value), rule=value)
    book = load_workbook(io.BytesIO(render_xlsx(listed)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert all(cell.hyperlink is None for cell in cells)
    assert {sheet.sheet_state for sheet in book} == {"visible"}


def test_the_workbook_is_typed_and_set_to_print() -> None:
    sheet = load_workbook(io.BytesIO(render_xlsx(shortlist())))["Liste classée"]
    shown = {column[0].value: column[1] for column in sheet.iter_cols()}
    assert (shown["Montant proposé"].value, shown["Montant proposé"].number_format) == (200000.5, '#,##0.00\\ "€"')
    assert shown["Total"].value == 89.75
    assert shown["Total exact"].value == "359/4"
    assert shown["Axe Exemplarité"].value == 3.5
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:T6"
    assert sheet.print_title_rows == "$1:$1"


def test_the_json_is_canonical_with_money_as_text_and_exact_totals() -> None:
    data = render_json(shortlist())
    read = json.loads(data)
    assert data == (json.dumps(read, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()
    assert read["frozen_at"] == "2015-11-12T16:04:00Z"
    assert (read["envelope"], read["selected"], read["remaining"]) == ("500000.00", "400001.00", "99999.00")
    first, *_, last = read["entries"]
    assert (first["total"], first["total_shown"], first["amount"]) == ("359/4", "89,75", "200000.50")
    assert (last["rank"], last["total"], last["outcome"]) == (None, None, "unranked")


def test_hostile_texts_break_no_form() -> None:
    value = "</b><img src=/etc/passwd>\ud800\x00 😀 \u202e" + "W" * 40_000
    listed = shortlist(entry(1, title=value, carrier=value, region=value, number=value, reason=value), rule=value)
    for render in (render_pdf, render_xlsx, render_csv, render_json):
        assert render(listed)
    sheet = load_workbook(io.BytesIO(render_xlsx(listed)))["Liste classée"]
    cut = str(sheet["E2"].value)
    assert cut.endswith("… [texte coupé]")
    assert len(cut.encode("utf-16-le")) // 2 <= 32_767
