"""A received file is judged by its content and its name together."""

import io
import struct
import zipfile

import pytest

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.storage.inspection import MAXIMUM_BYTES, FileKind, clean_name, inspect

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\nstartxref\n0\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 40 + b"\xff\xd9"


def png(width=10, height=10):
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", width, height)
    return header + b"\x08\x02\x00\x00\x00" + b"\x00" * 4 + b"\x00\x00\x00\x00IEND\xaeB`\x82"


def archive(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def odf(kind):
    return archive(mimetype=f"application/vnd.oasis.opendocument.{kind}", **{"content.xml": "<a/>"})


def docx(**more):
    return archive(**{"[Content_Types].xml": "<a/>", "word__document.xml": "<a/>"}, **more)


XLSX = archive(**{"[Content_Types].xml": "<a/>", "xl__workbook.xml": "<a/>"})


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
        (PDF[:-8], "coupe.pdf", "file_damaged"),
        (png()[:-12], "coupe.png", "file_damaged"),
        (JPEG[:-2], "coupe.jpg", "file_damaged"),
        (png(40_000, 40_000), "immense.png", "file_expands_too_much"),
        (odf("text"), "note.docx", "file_not_what_it_says"),
        (odf("spreadsheet"), "note.odt", "file_not_what_it_says"),
        (XLSX, "note.docx", "file_not_what_it_says"),
        (docx()[:60], "note.docx", "file_damaged"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "chiffre.docx", "file_protected"),
        (docx(word__vbaProject="x", **{"word__vbaProject.bin": "x"}), "macro.docx", "file_with_macros"),
        (docx(**{"..__..__etc__passwd": "x"}), "glisse.docx", "file_damaged"),
        (docx(word__media__zeros=b"\x00" * (201 * 1024 * 1024)), "bombe.docx", "file_expands_too_much"),
        (docx(**{f"m{n}": "" for n in range(5_001)}), "foule.docx", "file_expands_too_much"),
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
