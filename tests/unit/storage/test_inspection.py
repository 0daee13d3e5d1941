"""A received file is judged by its content and its name together."""

import io

import pytest

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.storage.inspection import MAXIMUM_BYTES, FileKind, clean_name, inspect
from tests.files import docx, jpeg, odf, pdf, png, xlsx

PDF, JPEG, XLSX = pdf(), jpeg(), xlsx()


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (PDF, "statuts.pdf", FileKind.PDF),
        (PDF, "STATUTS.PDF", FileKind.PDF),
        (png(), "carte.png", FileKind.PNG),
        (JPEG, "photo.jpeg", FileKind.JPEG),
        (JPEG, "photo.jpg", FileKind.JPEG),
        (odf("text"), "note.odt", FileKind.ODT),
        (odf("spreadsheet"), "budget.ods", FileKind.ODS),
        (docx(), "note.docx", FileKind.DOCX),
        (XLSX, "budget.xlsx", FileKind.XLSX),
    ],
)
def test_each_accepted_kind_is_recognised_and_left_ready_to_read(content, name, kind):
    stream = io.BytesIO(content)
    inspected = inspect(stream, name)
    assert (inspected.kind, inspected.name, inspected.size) == (kind, name, len(content))
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "vide.pdf", "file_empty"),
        (b"%PDF-1.7" + b"0" * MAXIMUM_BYTES, "gros.pdf", "file_too_big"),
        (PDF, "programme.exe", "file_kind_refused"),
        (PDF, "sans_extension", "file_kind_refused"),
        (b"<svg onload='alert(1)'/>", "dessin.svg", "file_kind_refused"),
        (b"<html><script>alert(1)</script></html>", "page.pdf", "file_not_what_it_says"),
        (b"GIF89a" + b"0" * 50, "image.png", "file_not_what_it_says"),
        (b"<html>" + PDF, "polyglotte.pdf", "file_not_what_it_says"),
        (odf("text"), "note.docx", "file_not_what_it_says"),
        (odf("spreadsheet"), "note.odt", "file_not_what_it_says"),
        (XLSX, "note.docx", "file_not_what_it_says"),
    ],
)
def test_a_file_that_may_not_be_kept_is_refused_with_its_reason(content, name, code):
    with pytest.raises(RuleViolation) as refusal:
        inspect(io.BytesIO(content), name)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Mes documents\\Été.pdf", "Été.pdf"),
        ("E\u0301te\u0301.pdf", "Été.pdf"),
        ("漢字.pdf", "漢字.pdf"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("ligne\r\nX-Injected: 1.pdf", "ligne X-Injected: 1.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("CON.pdf", "CON.pdf"),
    ],
)
def test_a_name_is_data_that_is_safe_to_show(given, shown):
    assert clean_name(given) == shown


@pytest.mark.parametrize("given", ["", "  ", "../", "\u202e", "..."])
def test_a_file_without_a_name_is_refused(given):
    with pytest.raises(RuleViolation) as refusal:
        clean_name(given)
    assert refusal.value.code == "file_name_missing"
