"""Files made to harm: each is refused with a sentence or kept as bytes that nothing opens, in bounded time."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Callable, Iterator

import pytest

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.examination import server
from ptce_aap.storage import examiner, inspection
from ptce_aap.web.messages import words
from tests.clamav import EICAR
from tests.files import CATALOG, archive, chunk, docx, flate, jpeg, odf, pdf, png, stream, xlsx

KEPT = "kept"
ZEROS = bytes(30 * 2**20)
MANY_ZEROS = 300 * 2**20
_LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
)
LAUGHS = _LAUGHS + "]><l>&j;</l>"
XXE = "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><d>&x;</d>"
OUTSIDE = "<!DOCTYPE d SYSTEM 'http://example.org/d.dtd'><d/>"
EXE = b"MZ\x90\x00" + bytes(100)


def action(kind: str) -> bytes:
    return pdf(catalog=f"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /{kind} /F (x) >> >>".encode())


def enclosing(name: bytes, content: bytes) -> bytes:
    spec = b"<< /Type /Filespec /F (%b) /EF << /F 5 0 R >> >>" % name
    return pdf(spec, stream(content, b"/Type /EmbeddedFile"))


def rels(kind: str, target: str) -> str:
    about = f"Type='http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}' Target='{target}'"
    return f"<Relationships><Relationship Id='r' {about} TargetMode='External'/></Relationships>"


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


def twice_named() -> bytes:
    buffer = io.BytesIO(docx())
    with zipfile.ZipFile(buffer, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("word/document.xml", "<other/>")
    return buffer.getvalue()


def linked() -> bytes:
    buffer = io.BytesIO(docx())
    link = zipfile.ZipInfo("word/link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(buffer, "a") as file:
        file.writestr(link, "/etc/passwd")
    return buffer.getvalue()


def flagged_encrypted() -> bytes:
    content = bytearray(docx())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        content[place + offset] |= 1
    return bytes(content)


def overlapping() -> bytes:
    """Two names of the central directory that point to one place."""
    content = bytearray(docx({"word/a.bin": b"a" * 50, "word/b.bin": b"b" * 50}))
    entries, place = [], content.find(b"PK\x01\x02")
    while place != -1:
        entries.append(place)
        place = content.find(b"PK\x01\x02", place + 4)
    content[entries[-1] + 42 : entries[-1] + 46] = content[entries[-2] + 42 : entries[-2] + 46]
    return bytes(content)


def lying_size(declared: int) -> bytes:
    content = bytearray(docx({"word/media/zeros": ZEROS}))
    place = content.rfind(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", declared)
    return bytes(content)


SPECIMENS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    # PDF
    "encrypted": ("a.pdf", lambda: pdf(trailer=b"/Encrypt 9 0 R"), "file_protected"),
    "encrypted, name escaped": ("a.pdf", lambda: pdf(trailer=b"/#45ncrypt 9 0 R"), "file_protected"),
    "encrypted, said in a stream": ("a.pdf", lambda: pdf(flate(b"", b"/Type /XRef /Encrypt 9 0 R")), "file_protected"),
    "cut": ("a.pdf", lambda: pdf()[:-30], "file_damaged"),
    "cut, end kept": ("a.pdf", lambda: pdf()[:60] + pdf()[-60:], "file_damaged"),
    "head only": ("a.pdf", lambda: b"%PDF-1.7\nstartxref\n0\n%%EOF", "file_damaged"),
    "no page": ("a.pdf", lambda: pdf(page=b"<< /Type /Font >>"), "file_damaged"),
    "no catalog": ("a.pdf", lambda: pdf(catalog=b"<< /Pages 2 0 R >>"), "file_damaged"),
    "stream without end": ("a.pdf", lambda: patched(pdf(text=b"x"), b"endstream", b"endless!!"), "file_damaged"),
    "flate bomb": ("a.pdf", lambda: pdf(flate(bytes(MANY_ZEROS))), "file_expands_too_much"),
    "many flate bombs": ("a.pdf", lambda: pdf(*[flate(bytes(90 * 2**20))] * 6), "file_expands_too_much"),
    "flate in flate": ("a.pdf", lambda: pdf(flate(ZEROS, times=2)), "file_expands_too_much"),
    "bomb of objects": ("a.pdf", lambda: pdf(flate(bytes(70 * 2**20), b"/Type /ObjStm")), "file_expands_too_much"),
    "immense picture": (
        "a.pdf",
        lambda: pdf(stream(b"", b"/Subtype /Image /Width 99999 /Height 99999")),
        "file_expands_too_much",
    ),
    "crowd of objects": ("a.pdf", lambda: pdf() + b"1 0 obj endobj\n" * 300_001 + pdf(), "file_expands_too_much"),
    "launches a program": ("a.pdf", lambda: action("Launch"), "file_with_actions"),
    "launches, name escaped": ("a.pdf", lambda: action("L#61unch"), "file_with_actions"),
    "launches from a hidden object": (
        "a.pdf",
        lambda: pdf(flate(b"9 0 << /S /Launch /F (cmd) >>", b"/Type /ObjStm /N 1 /First 4")),
        "file_with_actions",
    ),
    "encloses a program by its name": ("a.pdf", lambda: enclosing(b"facture.exe", b"x"), "file_with_program"),
    "encloses a program by a wide name": (
        "a.pdf",
        lambda: pdf(b"<< /UF <FEFF0061002E006A0073> /EF << /F 5 0 R >> >>"),
        "file_with_program",
    ),
    "encloses a program by its content": ("a.pdf", lambda: enclosing(b"facture.xml", EXE), "file_with_program"),
    "runs a script": ("a.pdf", lambda: action("JavaScript"), KEPT),
    "asks an address": ("a.pdf", lambda: action("URI"), KEPT),
    "pages in a circle": ("a.pdf", lambda: pdf(page=b"<< /Type /Page /Kids [3 0 R] /Parent 3 0 R >>"), KEPT),
    "deep arrays": ("a.pdf", lambda: pdf(b"[" * 500_000), KEPT),
    "open brackets": ("a.pdf", lambda: pdf(stream(b"", b"/Filter [" * 50_000)), KEPT),
    "numbers without end": ("a.pdf", lambda: pdf(b"/Length " + b"9" * 1_000_000), KEPT),
    "is a page too": ("a.pdf", lambda: pdf(text=b"<html><script>alert(1)</script>"), KEPT),
    "is an archive too": ("a.pdf", lambda: pdf() + archive({"a": "b"}) + b"startxref\n0\n%%EOF", KEPT),
    "is a page first": ("a.pdf", lambda: b"<html>" + pdf(), "file_not_what_it_says"),
    "is a picture": ("a.pdf", png, "file_not_what_it_says"),
    "is a program": ("a.pdf", lambda: EXE, "file_not_what_it_says"),
    "is a page": ("a.pdf", lambda: b"<!DOCTYPE html><script>alert(1)</script>", "file_not_what_it_says"),
    "is a script": ("a.svg", lambda: b"<svg onload='alert(1)'/>", "file_kind_refused"),
    "is a page by its name": ("a.pdf.html", pdf, "file_kind_refused"),
    "is a program whose name is turned": ("a\u202efdp.exe", lambda: EXE, "file_kind_refused"),
    "is a picture that is an archive": ("a.png", lambda: png() + archive({"META-INF/MANIFEST.MF": "x"}), KEPT),
    "is a picture of another kind": ("a.png", lambda: b"GIF89a" + bytes(40), "file_not_what_it_says"),
    "is nothing": ("a.pdf", lambda: b"", "file_empty"),
    "is a virus of test, for the scanner": ("a.pdf", lambda: pdf(text=EICAR), KEPT),
    # Pictures
    "png cut": ("a.png", lambda: png()[:-12], "file_damaged"),
    "png with wrong sum": ("a.png", lambda: patched(png(), b"IEND\xae", b"IEND\xaf"), "file_damaged"),
    "png of too few pixels": ("a.png", lambda: png(400, 400, pixels=b"\x00"), "file_damaged"),
    "png without picture": ("a.png", lambda: png(0, 0), "file_damaged"),
    "png of endless chunk": (
        "a.png",
        lambda: patched(png(), b"\x00\x00\x00\x0dIHDR", b"\xff\xff\xff\xffIHDR"),
        "file_damaged",
    ),
    "png immense": ("a.png", lambda: png(40_000, 40_000, pixels=b""), "file_expands_too_much"),
    "png note bomb": ("a.png", lambda: png(4, 4, zipped_note()), "file_expands_too_much"),
    "png profile bomb": ("a.png", lambda: png(4, 4, zipped_note(b"iCCP")), "file_expands_too_much"),
    "png of a million frames": (
        "a.png",
        lambda: png(4, 4, chunk(b"acTL", struct.pack(">II", 1_000_000, 0))),
        "file_expands_too_much",
    ),
    "png with more behind": ("a.png", lambda: png() + b"<?php system('id'); ?>", KEPT),
    "jpeg cut": ("a.jpg", lambda: jpeg()[:-2], "file_damaged"),
    "jpeg without scan": ("a.jpg", lambda: jpeg(scans=0), "file_damaged"),
    "jpeg of endless segment": (
        "a.jpg",
        lambda: patched(jpeg(), b"\xff\xe0\x00\x10", b"\xff\xe0\xff\xff"),
        "file_damaged",
    ),
    "jpeg immense": ("a.jpg", lambda: jpeg(65_535, 65_535), "file_expands_too_much"),
    "jpeg of many scans": ("a.jpg", lambda: jpeg(scans=300), "file_expands_too_much"),
    "jpeg with a script": ("a.jpg", lambda: jpeg() + b"<script>alert(1)</script>", KEPT),
    # Office documents
    "macro": ("a.docx", lambda: docx({"word/vbaProject.bin": "x"}), "file_with_macros"),
    "macro of another type": (
        "a.docx",
        lambda: archive(
            {
                "[Content_Types].xml": "<Types><Override ContentType='application/x.macroEnabled.main+xml'/></Types>",
                "word/document.xml": "<d/>",
            }
        ),
        "file_with_macros",
    ),
    "macro of old sheets": ("a.xlsx", lambda: xlsx({"xl/macrosheets/sheet1.xml": "<s/>"}), "file_with_macros"),
    "macro of odf": ("a.odt", lambda: odf(members={"Basic/Standard/Module1.xml": "<m/>"}), "file_with_macros"),
    "script of odf": ("a.ods", lambda: odf("spreadsheet", {"Scripts/python/x.py": "x"}), "file_with_macros"),
    "climbs out": ("a.docx", lambda: docx({"../../etc/passwd": "x"}), "file_damaged"),
    "climbs out backwards": ("a.docx", lambda: docx({"..\\..\\x": "x"}), "file_damaged"),
    "absolute": ("a.docx", lambda: docx({"/etc/passwd": "x"}), "file_damaged"),
    "drive": ("a.docx", lambda: docx({"C:/x": "x"}), "file_damaged"),
    "link": ("a.docx", linked, "file_damaged"),
    "one name twice": ("a.docx", twice_named, "file_damaged"),
    "overlapping": ("a.docx", overlapping, "file_expands_too_much"),
    "unpacks to much": ("a.docx", lambda: docx({f"word/{n}": ZEROS for n in range(8)}), "file_expands_too_much"),
    "ratio": ("a.docx", lambda: docx({"word/media/zeros": ZEROS}), "file_expands_too_much"),
    "smaller than it says": ("a.docx", lambda: lying_size(10 * 2**20), "file_damaged"),
    "a few bytes, it says": ("a.docx", lambda: lying_size(10), "file_damaged"),
    "crowd of members": ("a.docx", lambda: docx({f"m{n}": "" for n in range(5_001)}), "file_expands_too_much"),
    "nested archives": ("a.docx", lambda: docx({"word/x.zip": archive({"y.zip": archive({})})}), "file_with_archive"),
    "deep enclosed": (
        "a.docx",
        lambda: docx({"word/embeddings/a.xlsx": xlsx({"xl/embeddings/b.xlsx": xlsx()})}),
        "file_with_archive",
    ),
    "another archive": ("a.docx", lambda: docx({"word/x.bin": b"7z\xbc\xaf\x27\x1c"}), "file_with_archive"),
    "program by its name": ("a.docx", lambda: docx({"word/facture.PDF.exe": "x"}), "file_with_program"),
    "program by its content": ("a.docx", lambda: docx({"word/media/image1.png": EXE}), "file_with_program"),
    "billion laughs": ("a.xlsx", lambda: xlsx({"xl/sharedStrings.xml": LAUGHS}), "file_damaged"),
    "billion laughs, wide": ("a.xlsx", lambda: xlsx({"xl/s.xml": LAUGHS.encode("utf-16")}), "file_damaged"),
    "reads a file": ("a.docx", lambda: docx({"word/footer1.xml": XXE}), "file_damaged"),
    "reads an address": ("a.docx", lambda: docx({"word/footer1.xml": OUTSIDE}), "file_damaged"),
    "deep tags": ("a.docx", lambda: docx({"word/x.xml": "<a>" * 200_000}), "file_damaged"),
    "broken text": ("a.docx", lambda: docx({"word/document.xml": "<document>"}), "file_damaged"),
    "remote template": (
        "a.docx",
        lambda: docx({"word/_rels/settings.xml.rels": rels("attachedTemplate", "https://example.org/x.dotm")}),
        "file_with_actions",
    ),
    "remote object": (
        "a.docx",
        lambda: docx({"word/_rels/document.xml.rels": rels("oleObject", "mhtml:http://example.org/x")}),
        "file_with_actions",
    ),
    "member with a password": ("a.docx", flagged_encrypted, "file_protected"),
    "password of Office": ("a.docx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file_protected"),
    "password of odf": (
        "a.odt",
        lambda: odf(members={"META-INF/manifest.xml": "<m><encryption-data/></m>"}),
        "file_protected",
    ),
    "directory cut": ("a.docx", lambda: docx()[:60], "file_damaged"),
    "sum wrong": ("a.docx", lambda: patched(xlsx_stored(), b"<workbook/>", b"<workbooc/>"), "file_damaged"),
    "another kind": ("a.docx", xlsx, "file_not_what_it_says"),
    "any archive": ("a.odt", lambda: archive({"a.txt": "b"}), "file_not_what_it_says"),
    # What honest people send
    "workbook of a chart": ("a.docx", lambda: docx({"word/embeddings/a.xlsx": xlsx()}), KEPT),
    "manifest of old OpenOffice": (
        "a.odt",
        lambda: odf(members={"META-INF/manifest.xml": "<!DOCTYPE m PUBLIC '-//O//DTD//EN' 'Manifest.dtd'><m/>"}),
        KEPT,
    ),
    "template of a folder": (
        "a.docx",
        lambda: docx({"word/_rels/settings.xml.rels": rels("attachedTemplate", "file:///C:/Modeles/Normal.dotm")}),
        KEPT,
    ),
    "many rows": (
        "a.xlsx",
        lambda: xlsx({"xl/worksheets/sheet1.xml": "<s>" + "<r><c/></r>" * 1_000_000 + "</s>"}),
        KEPT,
    ),
    "objects compressed": (
        "a.pdf",
        lambda: pdf(flate(b"9 0 " + CATALOG, b"/Type /ObjStm /N 1 /First 4"), catalog=b"<< >>"),
        KEPT,
    ),
    "a first line before objects": ("a.pdf", lambda: pdf(text=b"\xff" * 5_000), KEPT),
}


def zipped_note(name: bytes = b"zTXt") -> bytes:
    packed = flate(ZEROS).partition(b"stream\n")[2].rpartition(b"\nendstream")[0]
    return chunk(name, b"Comment\x00\x00" + packed)


def xlsx_stored() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("xl/workbook.xml", "<workbook/>")
        file.writestr("word/document.xml", "<d/>")
    return buffer.getvalue()


class Measuring(examiner.Examiner):
    """A judge that says what each file cost, and waits longer than ours: other tests take the processor too."""

    seconds, peak = 0.0, 0  # of processor; in KiB

    def _start(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(examiner, "_PROGRAM", _MEASURING)
            super()._start()

    def _ask(self, kind: str, descriptor: int) -> str:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(examiner, "_PATIENCE_S", 120.0)
            word, seconds, peak = super()._ask(kind, descriptor).split()
        self.seconds, self.peak = float(seconds), int(peak)
        return word


_MEASURING = (
    "import resource, sys; sys.path.append(sys.argv[2]); from ptce_aap.examination import server; "
    "server.WALL_CLOCK_S = 100.0; judge = server.judge; spent = lambda: resource.getrusage(resource.RUSAGE_SELF); "
    "told = lambda word, of: f'{word} {of.ru_utime + of.ru_stime:.3f} {of.ru_maxrss}'; "
    "server.judge = lambda kind, file: told(judge(kind, file), spent()); server.main(int(sys.argv[1]))"
)


@pytest.fixture(scope="module")
def measuring() -> Iterator[Measuring]:
    judge = Measuring()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspection, "EXAMINER", judge)
        yield judge


@pytest.mark.target("SEC-21")
@pytest.mark.parametrize("name", SPECIMENS)
def test_a_hostile_file_is_refused_with_a_sentence_or_kept_inert(measuring: Measuring, name: str) -> None:
    filename, build, expected = SPECIMENS[name]
    content = build()
    assert len(content) < inspection.MAXIMUM_BYTES
    assert judged(content, filename) == expected
    assert measuring.seconds < 4
    assert measuring.peak < 300 * 1024
    assert measuring._process is not None
    assert measuring._process.poll() is None, "the judge lives on"


def judged(content: bytes, filename: str) -> str:
    try:
        inspection.inspect(io.BytesIO(content), filename)
    except RuleViolation as refusal:
        return refusal.code
    return KEPT


def test_every_refusal_is_a_sentence() -> None:
    for code in {expected for _, _, expected in SPECIMENS.values()} - {KEPT} | {examiner.UNVERIFIABLE}:
        assert words(code), code


@pytest.mark.target("SEC-21")
def test_there_are_as_many_specimens_as_promised() -> None:
    assert sum(expected != KEPT for _, _, expected in SPECIMENS.values()) >= 60


@pytest.fixture
def own_examiner() -> examiner.Examiner:
    return examiner.Examiner()


def test_a_judge_that_was_killed_is_started_again(own_examiner: examiner.Examiner) -> None:
    own_examiner.judge(io.BytesIO(pdf()), "pdf")
    first = own_examiner._process
    assert first is not None
    first.kill()
    first.wait()
    own_examiner.judge(io.BytesIO(pdf()), "pdf")
    assert own_examiner._process is not first


def test_a_file_without_answer_is_refused_never_taken_for_good(
    own_examiner: examiner.Examiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examiner, "_PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(examiner, "_PATIENCE_S", 0.2)
    with pytest.raises(RuleViolation) as refusal:
        own_examiner.judge(io.BytesIO(pdf()), "pdf")
    assert refusal.value.code == "file_unverifiable"


def test_a_file_that_is_never_done_with_is_left_and_the_next_one_is_judged(
    own_examiner: examiner.Examiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = "server.WALL_CLOCK_S = 0.1; judge = server.judge; server.judge = lambda kind, file: "
    endless += "[None for _ in iter(int, 1)] if kind == 'png' else judge(kind, file)"
    program = "import sys; sys.path.append(sys.argv[2]); from ptce_aap.examination import server; "
    monkeypatch.setattr(examiner, "_PROGRAM", f"{program}{endless}; server.main(int(sys.argv[1]))")
    with pytest.raises(RuleViolation) as refusal:
        own_examiner.judge(io.BytesIO(png()), "png")
    assert refusal.value.code == "file_unverifiable"
    own_examiner.judge(io.BytesIO(pdf()), "pdf")


@pytest.mark.parametrize(
    ("attack", "kept_from"),
    [
        (lambda: bytearray(400 * 2**20), MemoryError),
        (lambda: os.open("/etc/passwd", os.O_RDONLY), OSError),
        (lambda: __import__("socket").socket(), OSError),
    ],
)
def test_a_judge_that_is_taken_over_opens_nothing_and_does_not_grow(
    attack: Callable[[], object], kept_from: type[Exception]
) -> None:
    child = os.fork()
    if child == 0:
        server._limit()
        try:
            attack()
        except kept_from:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_the_judge_between_two_files_is_small(own_examiner: examiner.Examiner) -> None:
    own_examiner.judge(io.BytesIO(pdf()), "pdf")
    assert own_examiner._process is not None
    with open(f"/proc/{own_examiner._process.pid}/status", encoding="ascii") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    assert peak < 40 * 1024
