"""A table leaves as XLSX or CSV and comes back equal; what people's spreadsheets hold is read as they mean it."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ptce_aap.definitions import load_call
from ptce_aap.documents import received_table, table_file
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.imported import EXAMPLE, EXAMPLE_COLUMN, read_lines
from ptce_aap.domain.question import Question
from ptce_aap.domain.values import QuestionKind

SECOND_CALL = Path(__file__).resolve().parents[1] / "second_call"
FIRST = load_call("ptce-2015").questionnaire
SECOND = load_call("fabriques-2016", SECOND_CALL).questionnaire
TABLES = [question for form in (FIRST, SECOND) for question in form.questions if question.is_table]
CHARGES, MEMBERS = FIRST.question("budget.charges"), FIRST.question("membres.membres")
WRITERS = (table_file.write_xlsx, table_file.write_csv)

TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufffe\uffff"), max_size=40
) | st.sampled_from(["=1+1", "'=1+1", "+33 1", "@x", "-", "'", "''=", "oui", "12", "1;2\n3\t4", '"', "#N/A", "_x0041_"])


def answers(column: Question):
    match column.kind:
        case QuestionKind.INTEGER:
            return st.integers(0, 10**9)
        case QuestionKind.NUMBER:
            return st.decimals(0, 10**12 - 1, places=4).map(lambda number: f"{number:f}")
        case QuestionKind.MONEY:
            return st.integers(0, 10**14 - 1).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
        case QuestionKind.DATE:
            return st.dates().map(date.isoformat)
        case QuestionKind.YES_NO:
            return st.booleans()
        case QuestionKind.CHOICE:
            return st.sampled_from([option.value for option in column.options])
        case QuestionKind.CHOICES:
            return st.lists(st.sampled_from([option.value for option in column.options]), min_size=1)
        case QuestionKind.SIREN:
            return st.sampled_from(["000000018", "552100554"])
        case QuestionKind.COMMUNE:
            return st.from_regex("([0-9]{2}|2[AB])[0-9]{3}", fullmatch=True).filter(str.isascii)
        case QuestionKind.TEXT | QuestionKind.LONG_TEXT:
            return TEXTS
    raise AssertionError(f"no table has a column of kind {column.kind}")


def row_of(question: Question):
    return st.fixed_dictionaries({}, optional={column.key: answers(column) for column in question.fields})


def brought(question: Question, data: bytes):
    """What comes back of a file: the sheet on which the most columns are found."""
    tables = [read_lines(question, sheet.lines, from_text=sheet.from_text) for sheet in received_table.sheets_of(data)]
    return max(tables, key=lambda table: len(table.columns))


def file_of(question, rows, write, **options) -> bytes:
    out = io.BytesIO()
    write(question, rows, out, **options)
    return out.getvalue()


def workbook(*rows, sheet="Feuille") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("write", WRITERS, ids=["xlsx", "csv"])
@given(
    drawn=st.sampled_from(TABLES).flatmap(
        lambda question: st.tuples(st.just(question), st.lists(row_of(question), max_size=4))
    )
)
@example(drawn=(CHARGES, [{"libelle": "'=1+1", "an1": "0.10"}, {"libelle": "a\nb ; c", "an3": "999999999999.99"}]))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_table_comes_back_equal_to_what_left(write, drawn):
    question, raw = drawn
    rows = [row for row in question.parse(raw) or () if row]
    table = brought(question, file_of(question, rows, write))
    assert [row.values for row in table.rows] == rows
    assert not any(row.refused for row in table.rows)
    assert table.unknown == ()


@pytest.mark.parametrize("write", WRITERS, ids=["xlsx", "csv"])
@pytest.mark.parametrize("question", TABLES, ids=lambda question: question.path)
def test_a_template_has_every_column_and_its_example_is_left_aside(question, write):
    data = file_of(question, (), write, template=True)
    table = brought(question, data)
    assert table.columns == question.fields
    assert (table.rows, table.examples, table.unknown) == ((), (2,), ())
    lines = next(received_table.sheets_of(data)).lines
    assert lines[1].cells[0] == EXAMPLE
    # Once its mark is taken away, the example is a line like another: every cell of it can be read.
    bare = [lines[0], type(lines[1])(2, (None, *lines[1].cells[1:]))]
    (row,) = read_lines(question, bare, from_text=write is table_file.write_csv).rows
    assert row.refused == ()
    assert row.values.keys() == {column.key for column in question.fields}


def test_the_workbook_of_a_template_offers_lists_and_holds_no_formula():
    book = openpyxl.load_workbook(io.BytesIO(file_of(CHARGES, (), table_file.write_xlsx, template=True)))
    sheet = book.worksheets[0]
    assert [one.title for one in book.worksheets] == ["Charges", "Explications", "Listes"]
    assert {rule.type for rule in sheet.data_validations.dataValidation} == {"list"}
    assert book["Listes"]["A2"].value == CHARGES.sub("poste").options[0].label
    assert all(cell.data_type != "f" for one in book for line in one.iter_rows() for cell in line)


def test_columns_are_found_by_label_or_key_in_any_order_and_others_are_told():
    table = brought(CHARGES, "annee 1 (€);POSTE;Couleur;Année 1\n12 500,50 €;60 - achats;bleu;9\n".encode())
    assert [column.key for column in table.columns] == ["an1", "poste"]
    assert (table.unknown, table.repeated) == (("Couleur",), ("Année 1",))
    assert table.rows[0].values == {"poste": "achats", "an1": 1_250_050}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_csv_is_read_whatever_its_encoding_and_separator(encoding, separator):
    text = f"Précision{separator}Poste\r\nÉtude d’été à 5 €{separator}64 – Charges de personnel\r\n"
    (row,) = brought(CHARGES, text.encode(encoding)).rows
    assert row.values == {"poste": "personnel", "libelle": "Étude d’été à 5 €"}
    assert row.number == 2


def test_what_a_spreadsheet_program_makes_of_what_was_typed_is_read_back():
    header = ["Dénomination", "Numéro SIREN", "Nombre de voix", "Agrément ESUS", "Apport en argent"]
    labels = {column.label: column.key for column in MEMBERS.fields}
    header[4] = next(label for label, key in labels.items() if key == "apport_numeraire")
    rows = [
        [2015, 18, 2.0, True, 0.1 + 0.2],
        ["B", "552 100 554", "3", "x", "12500.5"],
        ["C", None, None, "Non", "1 000 €"],
    ]
    found = brought(MEMBERS, workbook(header, *rows)).rows
    assert [row.values for row in found] == [
        {"denomination": "2015", "siren": "000000018", "voix": 2, "esus": True, "apport_numeraire": 30},
        {"denomination": "B", "siren": "552100554", "voix": 3, "esus": True, "apport_numeraire": 1_250_050},
        {"denomination": "C", "esus": False, "apport_numeraire": 100_000},
    ]
    communes = FIRST.question("territoire.communes")
    (row,) = brought(communes, "Code Insee;Nom\n1004;Ambérieu\n".encode()).rows
    assert row.values["code_insee"] == "01004"


def test_dates_are_read_typed_french_or_iso_and_a_bare_number_is_none():
    actions = FIRST.question("programme.actions")
    begin = actions.sub("debut").label
    cells = [datetime(2015, 6, 12, tzinfo=UTC).replace(tzinfo=None), "12/06/2015", "2015-06-12", 42167]  # fmt: skip
    table = brought(actions, workbook([begin, "intitule"], *([cell, "x"] for cell in cells)))
    assert [row.values.get("debut") for row in table.rows] == [date(2015, 6, 12)] * 3 + [None]
    assert [(one.column.key, one.typed) for one in table.rows[3].refused] == [("debut", "42167")]


def test_refused_cells_keep_what_was_typed_beside_the_cells_that_are_right():
    table = brought(CHARGES, "Poste;Année 1;Année 2\nInconnu;12 5oo;10\n".encode())
    (row,) = table.rows
    assert row.values == {"an2": 1000}
    assert [(one.column.key, one.typed, one.refusal.code) for one in row.refused] == [
        ("poste", "Inconnu", "unknown_option"),
        ("an1", "12 5oo", "not_a_number"),
    ]


def test_a_formula_is_read_by_its_result_and_told_when_it_has_none():
    table = brought(CHARGES, workbook(["Poste", "Année 1"], ["achats", "=2*3"]))
    assert [(one.column.key, one.refusal.code) for one in table.rows[0].refused] == [("an1", "formula_not_computed")]


def test_titles_above_the_header_and_totals_under_the_rows_are_left_aside():
    rows = [["Budget du pôle"], [], ["Poste", "Année 1"], ["achats", 10], [None, None], ["Total", 10]]
    table = brought(CHARGES, workbook(*rows))
    assert [row.number for row in table.rows] == [4]
    assert table.totals == (6,)


def test_cells_copied_without_their_header_are_the_columns_in_order():
    sheet = received_table.of_text("achats\tPapier\t12,5\npersonnel\tAnimation\t1 000")
    table = read_lines(CHARGES, sheet.lines, from_text=True, headless=True)
    assert [row.values for row in table.rows] == [
        {"poste": "achats", "libelle": "Papier", "an1": 1250},
        {"poste": "personnel", "libelle": "Animation", "an1": 100_000},
    ]
    assert not read_lines(CHARGES, sheet.lines, from_text=True).recognised


def test_a_cell_far_away_costs_nothing():
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    assert brought(CHARGES, with_rows(far)).rows == ()


def test_numbers_too_long_for_a_spreadsheet_come_back_whole():
    means = FIRST.question("mutualisation.moyens")
    row = {"etp": Decimal("999999999999.9999")}
    assert brought(means, file_of(means, [row], table_file.write_xlsx)).rows[0].values == row


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<x/>")
        packed.writestr("xl/workbook.xml", b"\0" * 60_000_000)
    return out.getvalue()


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def with_member(name: str, content: bytes) -> bytes:
    """A workbook of which one member says something else."""
    out = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(workbook(["Poste"], ["achats"])))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for member in source.namelist():
            packed.writestr(member, content if member == name else source.read(member))
    return out.getvalue()


def with_rows(content: bytes, before: bytes = b"") -> bytes:
    return with_member("xl/worksheets/sheet1.xml", before + SHEET % content)


REACHING_OUT = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
STYLES = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>%s</cellXfs></styleSheet>'
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"  \n", "table_empty"),
        (b"PK\x03\x04 torn", "table_unreadable"),
        (b"\xd0\xcf\x11\xe0 old", "table_old_excel"),
        (b"\x00\x01\x02", "table_not_text"),
        (b"Poste\n" + b"achats\n" * 6000, "table_too_long"),
        (bomb(), "file_expands_too_much"),
        (with_rows(b'<row r="1"/>' * 1_000_000), "table_too_long"),
        (with_member("xl/styles.xml", STYLES % (b"<xf/>" * 50_000)), "table_too_long"),
        (with_rows(b'<row><c t="inlineStr"><is><t>&x;</t></is></c></row>', REACHING_OUT), "table_unreadable"),
        (b"Poste\n" + b"a" * 50_000, "table_cell_too_long"),
    ],
    ids=["empty", "torn", "old", "bytes", "long", "bomb", "million rows", "styles", "outside entity", "long cell"],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(data, code):
    with pytest.raises(RuleViolation) as refused:
        list(received_table.sheets_of(data))
    assert refused.value.code == code


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_read_or_refused(data):
    try:
        tables = [read_lines(CHARGES, sheet.lines, from_text=True) for sheet in received_table.sheets_of(data)]
    except RuleViolation:
        return
    assert len(tables) == 1


def test_the_header_of_the_example_is_no_column_of_a_call():
    assert EXAMPLE_COLUMN not in {column.label for question in TABLES for column in question.fields}


@pytest.mark.parametrize(
    ("typed", "refusals"),
    [
        ("552100554", []),
        ("18", []),  # the zeros of 000000018, dropped by a spreadsheet program
        ("12345", ["le SIREN compte 9 chiffres"]),
    ],
)
def test_a_number_with_digits_missing_is_told_so_and_not_that_its_check_digit_is_wrong(typed, refusals) -> None:
    read = received_table.of_text(f"Numéro SIREN\n{typed}\n")
    (row,) = read_lines(MEMBERS, read.lines, from_text=read.from_text).rows
    assert [cell.typed for cell in row.refused] == [typed for _ in refusals]
    assert all(words in cell.refusal.sentence for words, cell in zip(refusals, row.refused, strict=True))
