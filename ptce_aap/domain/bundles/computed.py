"""The announced ranking and the list as a bundle holds them: computed here for who writes it and for who checks it."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ptce_aap.domain.adoption import Adopted, Move, adopt
from ptce_aap.domain.bundles import layout
from ptce_aap.domain.line import cross
from ptce_aap.domain.ranking import Ranked, announced
from ptce_aap.domain.scoring import Grid, Marks

Sheets = Mapping[str, Mapping[str, Marks]]
"""Dossier → sheet → criterion → mark in half points; dossiers and sheets are named by reference."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a ranking and its list read of the definitions of a call."""

    grid: Grid
    envelope_cents: int
    reserve_size: int


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the committee decided beside its marks; dossiers are named by reference."""

    admitted: frozenset[str]
    votes: Mapping[str, int]  # dossier → its place among those that a tie stood between
    amounts: Mapping[str, int]  # dossier → proposed cents
    departures: Sequence[tuple[str, int | None]]  # in the order of decision: dossier, place asked for (None: out)


@dataclass(frozen=True, slots=True)
class Listed:
    """A dossier of the ranking as the list reads it."""

    reference: str
    number: str
    requested_cents: int | None
    rank: int | None
    position: int


@dataclass(frozen=True, slots=True)
class _Walked:
    """A dossier of the adopted order, as the line finds it."""

    rank: int
    amount_cents: int
    moved: bool


def exact(figure: Fraction) -> str:
    """Return an exact figure as it is written: « 157/2 »."""
    return f"{figure.numerator}/{figure.denominator}"


def inputs_digest(sheets: Sheets, admitted: Collection[str], *, grid_digest: str, seed: int) -> str:
    """Return the SHA-256 of what a ranking is computed from, in its one form: what the journal holds."""
    content = {"admitted": sorted(admitted), "grid": grid_digest, "seed": seed, "sheets": sheets}
    line = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(line.encode()).hexdigest()


def marks_digest(sheet: str, marks: Marks) -> str:
    """Return the SHA-256 of the marks of a sheet: what the journal holds of them, while they are hidden still.

    The random reference of the sheet is part of it: marks cannot be guessed from it by who does not know the sheet.
    """
    line = json.dumps({"marks": marks, "sheet": sheet}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()


def ranked(grid: Grid, sheets: Sheets, admitted: Collection[str], *, seed: int) -> tuple[Ranked, ...]:
    """Return the announced ranking; sheets are read in the order of their references."""
    readings = {dossier: [marks for _, marks in sorted(by_sheet.items())] for dossier, by_sheet in sheets.items()}
    return announced(grid, readings, seed=seed, admitted=admitted)


def ranking_entry(position: int, line: Ranked) -> dict[str, Any]:
    """Return a line of ``ranking.json``."""
    return {
        "axis_means": {axis: exact(figure) for axis, figure in line.axis_means.items()},
        "dossier": line.reference,
        "position": position,
        "rank": line.rank,
        "readings": line.readings,
        "total": None if line.total is None else exact(line.total),
    }


def ranking_file(entries: Iterable[Mapping[str, Any]], *, sequence: int, seed: int) -> bytes:
    """Return the bytes of ``ranking.json``, whose digest the journal holds."""
    return layout.text({"entries": list(entries), "seed": seed, "sequence": sequence})


def list_file(entries: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the bytes of ``list.json``, whose digest the journal holds once the list is frozen."""
    return layout.text({"entries": list(entries)})


def adopted_entries(rule: Rule, dossiers: Sequence[Listed], decisions: Decisions) -> list[dict[str, Any]]:
    """Return the lines of ``list.json``: the announced order, the votes, the departures, then the line.

    ``dossiers``: those of the ranking, in the order of its print.
    """
    known = {one.reference: one for one in dossiers}
    adopted = _adopted(dossiers, decisions)
    moved = {move[0] for move, step in zip(decisions.departures, adopted.steps, strict=True) if step is not None}
    amounts = {one.reference: decisions.amounts.get(one.reference, one.requested_cents) for one in dossiers}
    walked = [_Walked(known[ref].rank or 0, amounts[ref] or 0, ref in moved) for ref in adopted.order]
    above = cross(walked, rule.envelope_cents).above
    entries, cumulated = [], 0
    for place, reference in enumerate(adopted.order, start=1):
        cumulated += amounts[reference] or 0
        outcome = _outcome(place, above, rule.reserve_size)
        entries.append(_entry(known[reference], amounts[reference], outcome, place=place, cumulated=cumulated))
    entries += [_entry(known[reference], amounts[reference], "not_selected") for reference in adopted.put_out]
    entries += [_entry(one, None, "unranked") for one in dossiers if one.rank is None]
    return entries


def _adopted(dossiers: Sequence[Listed], decisions: Decisions) -> Adopted:
    """Return the adopted order: ranks, then votes between equals, then departures."""
    last = len(dossiers) + 1
    in_list = [one for one in dossiers if one.rank is not None]
    order = sorted(in_list, key=lambda one: (one.rank, decisions.votes.get(one.reference, last), one.position))
    return adopt([one.reference for one in order], [Move(dossier, place) for dossier, place in decisions.departures])


def _entry(
    one: Listed, amount: int | None, outcome: str, *, place: int | None = None, cumulated: int | None = None
) -> dict[str, Any]:
    return {
        "adopted_place": place,
        "amount_cents": amount,
        "cumulated_cents": cumulated,
        "dossier": one.reference,
        "number": one.number,
        "outcome": outcome,
        "rank": one.rank,
    }


def _outcome(place: int, above: int, reserve: int) -> str:
    if place <= above:
        return "selected"
    return "reserve" if place <= above + reserve else "not_selected"


def rule_file(grid: str, sheet: str) -> bytes:
    """Return the bytes of ``rule.json``: the grid and the sheet of a call, their TOML as JSON.

    It is for who reads a bundle without a reader of TOML. Numbers with decimals and dates are texts, as written.
    Errors: ``ValueError`` for what is no TOML.
    """
    tables = {"grid": tomllib.loads(grid, parse_float=str), "sheet": tomllib.loads(sheet, parse_float=str)}
    return layout.text(json.loads(json.dumps(tables, default=str)))
