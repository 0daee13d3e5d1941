"""The dossiers of a region as files that say for whom and why they were made: CSV, XLSX, JSON, folders in a ZIP."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, BinaryIO

from reportlab.platypus import Flowable, Spacer

from ptce_aap.documents import blocks, french, layout, style, text
from ptce_aap.documents.answers import answer
from ptce_aap.documents.canonical import canonical
from ptce_aap.documents.dossier import PrintedDossier
from ptce_aap.documents.spreadsheet import Cell, Column, csv_writer, harmless, write_csv
from ptce_aap.documents.workbook import write_xlsx
from ptce_aap.domain.persons import fold
from ptce_aap.domain.questionnaire import Answers, Questionnaire
from ptce_aap.domain.region_exports import Cover

NOT_TO_BE_SPREAD = "À usage interne : ne pas diffuser"
_LEFT_OUT = "Les dossiers pour lesquels cette personne est en conflit d’intérêts n’y sont jamais."
_NAME = 60
_CHUNK = 1024 * 1024


def about(cover: Cover) -> list[tuple[str, str]]:
    """Return what a file says of itself, by label."""
    return [
        ("Appel", cover.call_title),
        ("Demandé par", cover.asked_by),
        ("Le", f"{french.long_instant(cover.at)} (heure de Paris)"),
        ("Usage", cover.used_for),
        ("Dossiers", str(cover.dossiers)),
        ("Diffusion", NOT_TO_BE_SPREAD),
        ("Conflits d’intérêts", _LEFT_OUT),
    ]


def write_region_csv(cover: Cover, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], out: BinaryIO) -> None:
    """Write what the file says of itself, an empty line, then the table."""
    with csv_writer(out) as writer:
        writer.writerows([harmless(label), harmless(said)] for label, said in about(cover))
        writer.writerow([])
    write_csv(columns, rows, out)


def write_region_xlsx(cover: Cover, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], out: BinaryIO) -> None:
    """Write the table on one sheet, what the file says of itself on a second one."""
    title = f"{NOT_TO_BE_SPREAD} – {cover.asked_by} – {cover.used_for}"
    write_xlsx(columns, rows, out, sheet="Dossiers", title=title, about=about(cover))


def write_region_json(cover: Cover, dossiers: Iterable[tuple[dict[str, Any], str]], out: IO[bytes]) -> None:
    """Write each dossier as what it is and its answers, which are JSON already, one at a time."""
    head = canonical(dict(about(cover))).decode().strip()
    out.write(f'{{"export":{head},"dossiers":['.encode())
    for place, (facts, answers) in enumerate(dossiers):
        told = canonical(facts).decode().strip()
        out.write(f'{"," if place else ""}\n{told[:-1]},"document":{answers.strip()}}}'.encode())
    out.write(b"\n]}\n")


def clean_name(title: str) -> str:
    """Return a text as the name of a file that every system takes; « dossier » where nothing is left of it."""
    kept = re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:_NAME].strip("-")
    return kept or "dossier"


def clean_file_name(name: str) -> str:
    """Return the name of a piece without what some system refuses; its extension stays."""
    stem, dot, extension = name.rpartition(".")
    return f"{clean_name(stem)}.{clean_name(extension)}" if dot and stem else clean_name(name)


class Folders:
    """A ZIP archive filled file by file: no more than a piece of one file is ever in memory."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add(self, name: str, content: bytes) -> None:
        """Add a file that was made."""
        self._archive.writestr(zipfile.ZipInfo(name), content)

    def copy(self, name: str, stream: IO[bytes]) -> None:
        """Add a file read to its end."""
        with self._archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target:
            while chunk := stream.read(_CHUNK):
                target.write(chunk)


@contextmanager
def folders(out: BinaryIO) -> Iterator[Folders]:
    """Give an archive to fill; ``out`` stays open."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        yield Folders(archive)


def read_me(cover: Cover, notes: Sequence[str]) -> bytes:
    """Return the text that stands first in an archive."""
    lines = [f"{label} : {said}" for label, said in about(cover)]
    lines += ["", "Un dossier par candidature : dossier.pdf, avis.pdf s’il est rendu, pieces/. La liste : index.csv."]
    lines += ["", *notes]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")


def render_opinion(printed: PrintedDossier, region: str, form: Questionnaire, answers: Answers, given: str) -> bytes:
    """Return the opinion of a region on a dossier as a PDF."""
    sheet = layout.Sheet(
        service=printed.service,
        call=printed.call_title,
        title="Avis régional",
        footer=f"Dossier {printed.number} · {NOT_TO_BE_SPREAD}",
        subject=f"Dossier {printed.number}",
        fictional=printed.fictional,
    )
    facts = [("Dossier", str(printed.number)), ("Porteur", printed.carrier or "—"), ("Région", region or "—")]
    story: list[Flowable] = [
        text.line(printed.title or "Dossier sans nom", style.TITLE, limit=300),
        text.line("Avis régional", style.SUBTITLE),
        blocks.facts([*facts, ("Rendu le", given)], sheet.room),
        Spacer(1, 8),
    ]
    for question in form.questions:
        story += answer(question, answers.get(question.path), sheet.room)
    return layout.rendered(sheet, story)
