"""The readings of a spreadsheet: who marked what and how, each mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.files import on_one_line
from ptce_aap.cli.rows import Cell, Row, Table, read_table
from ptce_aap.domain.corrected.values import Reading

_REQUIRED, _CRITERION = ("dossier", "reader", "score"), "criterion"
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?")
_MOST_TOLD = 20  # mistakes told at once
Scale = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Scores:
    """The readings of a file, the scale of its marks, and what the user should know."""

    readings: tuple[Reading, ...]
    low: float
    high: float
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Mark:
    line: int
    dossier: str
    reader: str
    criterion: str
    value: Fraction


def read_number(text: str) -> Fraction | None:
    """Return the exact value of a decimal number, None when the text is none."""
    return Fraction(Decimal(text)) if _NUMBER.fullmatch(text) else None


def read_scores(file: Path, *, scale: Scale | None, weights: Mapping[str, Fraction] | None) -> Scores:
    """Return the readings of a file; with criteria, one a complete sheet: Σ weight × mark / Σ weight.

    ``weights``: criterion → weight; None: equal. Errors: ``BadInput``, a sentence a mistake, each with its line.
    """
    table = read_table(file, _REQUIRED, (_CRITERION,))
    told = []
    if table.ignored:
        names = ", ".join(f"« {name} »" for name in table.ignored)
        told.append(f"Colonnes ignorées : {names}.")
    marks = _marks(file, table, scale)
    if scale is None:
        scale = min(mark.value for mark in marks), max(mark.value for mark in marks)
        if scale[0] == scale[1]:
            raise BadInput(f"{file} : toutes les notes sont égales ; préciser l'échelle, par exemple --scale 0,5.")
        told.append(f"Échelle non précisée : celle des notes lues, de {_plain(scale[0])} à {_plain(scale[1])}.")
    if _CRITERION in table.columns:
        readings, warned = _sheets(file, marks, weights)
        told += warned
    elif weights is not None:
        raise BadInput(on_one_line(f"{file} : --weights demande une colonne « criterion », qui n'y est pas."))
    else:
        readings = tuple(Reading(mark.dossier, mark.reader, float(mark.value)) for mark in marks)
    return Scores(readings, float(scale[0]), float(scale[1]), tuple(told))


def _marks(file: Path, table: Table, scale: Scale | None) -> list[_Mark]:
    """Return the marks of a table. Errors: ``BadInput`` with every mistake, the first twenty."""
    marks: list[_Mark] = []
    wrong: list[str] = []
    first: dict[tuple[str, str, str], int] = {}
    for row in table.rows:
        try:
            mark = _mark(row, table, scale)
        except ValueError as error:
            wrong.append(f"ligne {row.line} : {error}")
            continue
        key = (mark.dossier, mark.reader, mark.criterion)
        if key in first:
            named = " / ".join(part for part in key if part)
            wrong.append(f"ligne {row.line} : seconde note pour « {named} », déjà noté ligne {first[key]}.")
        first.setdefault(key, row.line)
        marks.append(mark)
    if wrong:
        more = [f"… et {len(wrong) - _MOST_TOLD} autres."] if len(wrong) > _MOST_TOLD else []
        raise BadInput("\n".join(on_one_line(f"{file} : {each}") for each in [*wrong[:_MOST_TOLD], *more]))
    return marks


def _mark(row: Row, table: Table, scale: Scale | None) -> _Mark:
    texts = {name: _text(cell) for name, cell in row.cells.items()}
    for name in sorted(table.columns - {"score"}):
        if not texts[name]:
            raise ValueError(f"la cellule « {name} » est vide.")
    value = _value(texts["score"], decimal_comma=table.decimal_comma)
    if scale is not None and not scale[0] <= value <= scale[1]:
        raise ValueError(f"la note {texts['score']} est hors de l'échelle, de {_plain(scale[0])} à {_plain(scale[1])}.")
    return _Mark(row.line, texts["dossier"], texts["reader"], texts.get(_CRITERION, ""), value)


def _value(text: str, *, decimal_comma: bool) -> Fraction:
    if not text:
        raise ValueError("la note manque (cellule vide, ou formule sans valeur enregistrée).")
    number = read_number(text.replace(",", ".", 1) if decimal_comma else text)
    if number is None:
        raise ValueError(f"la note « {text} » n'est pas un nombre.")
    return number


def _text(cell: Cell) -> str:
    """Return a cell as text; a workbook's whole number has no decimals."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _sheets(
    file: Path, marks: list[_Mark], weights: Mapping[str, Fraction] | None
) -> tuple[tuple[Reading, ...], list[str]]:
    """Return one reading a complete sheet, and what is to be told of the others."""
    criteria = sorted({mark.criterion for mark in marks})
    if weights is None:
        weights = dict.fromkeys(criteria, Fraction(1))
    missing = [criterion for criterion in criteria if criterion not in weights]
    if missing:
        line = min(mark.line for mark in marks if mark.criterion in missing)
        names = ", ".join(f"« {name} »" for name in missing)
        raise BadInput(on_one_line(f"{file} : ligne {line} : critère sans poids dans --weights : {names}."))
    total = sum((weights[criterion] for criterion in criteria), Fraction(0))
    if total == 0:
        raise BadInput("--weights : tous les critères du fichier ont un poids nul.")
    sheets: dict[tuple[str, str], dict[str, Fraction]] = {}
    for mark in marks:
        sheets.setdefault((mark.dossier, mark.reader), {})[mark.criterion] = mark.value
    readings = tuple(
        Reading(dossier, reader, float(sum((weights[c] * sheet[c] for c in criteria), Fraction(0)) / total))
        for (dossier, reader), sheet in sorted(sheets.items())
        if len(sheet) == len(criteria)
    )
    if not readings:
        raise BadInput(on_one_line(f"{file} : aucune fiche n'a une note pour chacun des {len(criteria)} critères."))
    told = _incomplete(sheets, criteria, {reading.dossier for reading in readings})
    unused = ", ".join(f"« {name} »" for name in sorted(set(weights) - set(criteria)))
    return readings, [*told, *([f"Poids sans critère dans le fichier : {unused}."] if unused else [])]


def _incomplete(
    sheets: Mapping[tuple[str, str], Mapping[str, Fraction]], criteria: list[str], ranked: set[str]
) -> list[str]:
    left = sorted(key for key, sheet in sheets.items() if len(sheet) < len(criteria))
    if not left:
        return []
    names = ", ".join(f"« {dossier} » par « {reader} »" for dossier, reader in left[:_MOST_TOLD])
    more = f", et {len(left) - _MOST_TOLD} autres" if len(left) > _MOST_TOLD else ""
    told = [f"Fiches incomplètes, laissées de côté ({len(left)}) : {names}{more}."]
    gone = sorted({dossier for dossier, _ in left} - ranked)
    if gone:
        told.append(f"Dossiers sans aucune fiche complète, non classés : {', '.join(f'« {name} »' for name in gone)}.")
    return told


def _plain(number: Fraction) -> str:
    return str(int(number)) if number == int(number) else str(float(number)).replace(".", ",")
