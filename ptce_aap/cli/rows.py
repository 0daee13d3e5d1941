"""A spreadsheet given to a command, CSV or XLSX: its header and its rows, each with its line number.

CSV: comma or semicolon, UTF-8 (a byte order mark is allowed). XLSX: the first sheet, formulas as last computed.
"""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.files import on_one_line
from ptce_aap.documents.sheet_rows import BrokenLine, csv_rows, is_old_workbook, is_workbook, open_workbook

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LARGEST_UNPACKED = 500_000_000  # bytes: a larger workbook is a trap or a mistake
_SEPARATORS = ",;"
_LINE_END = re.compile(r"\r\n|\r|\n")

Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: its number in the file, and the cells of the wanted columns, trimmed ("" when absent)."""

    line: int
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """A table read: the rows that are not blank, the columns found among those wanted, and the others' names."""

    rows: tuple[Row, ...]
    columns: frozenset[str]
    ignored: tuple[str, ...]
    decimal_comma: bool  # a comma may stand for the decimal point


class _Wrong(Exception):
    """The table cannot be read; the message is the reason, with its line."""


def read_table(file: Path, required: Collection[str], optional: Collection[str] = ()) -> Table:
    """Return the table of a file. Column names are compared trimmed, whatever their case.

    Errors: ``BadInput``, one sentence that names the file, the line and the reason.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise BadInput(on_one_line(f"{file} : ce fichier n'existe pas.")) from None
    except OSError:
        raise BadInput(
            on_one_line(f"{file} : ce fichier ne peut pas être lu ; vérifier son nom et ses droits.")
        ) from None
    try:
        lines, commas = _lines(data, frozenset(required))
        return _table(lines, frozenset(required), frozenset(optional), decimal_comma=commas)
    except _Wrong as wrong:
        raise BadInput(on_one_line(f"{file} : {wrong}")) from None


def _lines(data: bytes, required: frozenset[str]) -> tuple[list[tuple[int, list[Cell]]], bool]:
    """Return the lines that are not blank, numbered, and whether a decimal comma is allowed."""
    if not data.strip():
        raise _Wrong("le fichier est vide.")
    if is_workbook(data):
        return list(_of_workbook(data)), True
    if is_old_workbook(data):
        raise _Wrong("ce format (ancien Excel, ou fichier protégé) n'est pas lu ; enregistrer en XLSX ou en CSV.")
    text = _decoded(data)
    separator = _separator(text, required)
    return list(_of_csv(text, separator)), separator == ";"


def _decoded(data: bytes) -> str:
    if data.startswith(_UTF_16):
        raise _Wrong("ligne 1 : le fichier est en UTF-16 ; l'enregistrer en CSV UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _Wrong(f"ligne {line} : le fichier n'est pas en UTF-8 ; l'enregistrer en CSV UTF-8.") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _Wrong(f"ligne {line} : ce n'est pas du texte (octet nul) ; un CSV ou un XLSX est attendu.")
    return text


def _separator(text: str, required: frozenset[str]) -> str:
    """Return the separator under which the header has most of the wanted columns; the comma when in doubt."""
    header = next((line for line in _LINE_END.split(text) if line.strip()), "")
    found = {mark: {_name(cell) for cell in header.replace('"', "").split(mark)} for mark in _SEPARATORS}
    return max(_SEPARATORS, key=lambda mark: (len(found[mark] & required), header.count(mark)))


def _of_csv(text: str, separator: str) -> Iterator[tuple[int, list[Cell]]]:
    try:
        for line, cells in csv_rows(text, separator):
            if any(cell.strip() for cell in cells):
                yield line, [_trimmed(cell) for cell in cells]
    except BrokenLine as broken:
        reason = "un guillemet n'est pas fermé, n'est pas doublé, ou une cellule est démesurée"
        raise _Wrong(f"ligne {broken.line} : cette ligne ne peut pas être lue ({reason}).") from None


def _of_workbook(data: bytes) -> Iterator[tuple[int, list[Cell]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _LARGEST_UNPACKED:
                raise _Wrong("ce classeur est démesuré ; l'enregistrer en CSV.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheet = open_workbook(data).worksheets[0]
            sheet.reset_dimensions()
            rows = [(line, list(cells)) for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1)]
    except _Wrong:
        raise
    except Exception:  # a damaged workbook makes the library raise errors of any kind
        raise _Wrong("ce fichier n'est pas un classeur lisible ; un XLSX ou un CSV est attendu.") from None
    for line, cells in rows:
        values = [_cell(value, line) for value in cells]
        if any(value not in (None, "") for value in values):
            yield line, values


def _cell(value: Any, line: int) -> Cell:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, datetime | date | time):
        return f"{value.isoformat()} (une date : la cellule est à mettre au format Texte ou Nombre)"
    return _trimmed(str(value))


def _table(
    lines: list[tuple[int, list[Cell]]], required: frozenset[str], optional: frozenset[str], *, decimal_comma: bool
) -> Table:
    if not lines:
        raise _Wrong("le fichier est vide.")
    (first, header), *rest = lines
    names = [_name(cell) for cell in header]
    wanted = required | optional
    for name in sorted(wanted):
        if names.count(name) > 1:
            raise _Wrong(f"ligne {first} : la colonne « {name} » y est deux fois.")
    missing = sorted(required - set(names))
    if missing:
        told = ", ".join(f"« {name} »" for name in missing)
        raise _Wrong(f"ligne {first} : il manque la colonne {told} dans l'en-tête (séparées par « , » ou « ; »).")
    if not rest:
        raise _Wrong(f"ligne {first} : l'en-tête n'est suivi d'aucune ligne.")
    places = {name: names.index(name) for name in sorted(wanted & set(names))}
    rows = []
    for line, cells in rest:
        if any(cell not in (None, "") for cell in cells[len(names) :]):
            raise _Wrong(f"ligne {line} : plus de cellules que l'en-tête n'a de colonnes.")
        rows.append(Row(line, {name: cells[at] if at < len(cells) else "" for name, at in places.items()}))
    ignored = tuple(str(cell) for cell, name in zip(header, names, strict=True) if name and name not in wanted)
    return Table(tuple(rows), frozenset(places), ignored, decimal_comma)


def _name(cell: Cell) -> str:
    return "" if cell is None else _trimmed(str(cell)).casefold()


def _trimmed(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().strip("\ufeff")
