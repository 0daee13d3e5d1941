"""Budgets that balance to the cent: two tables, column by column, some amounts fixed and the others by weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ptce_aap.services.demonstration.draws import Draws

_STEP = 1_000  # cents: amounts are written to ten euros, except the one that closes a column
_SIDES = ("depenses", "ressources")


def balanced(draws: Draws, recipe: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of both tables (path → rows) whose columns have the same sums."""
    columns: list[str] = recipe["colonnes"]
    total = int(draws.grammar.lookup(recipe["total"])) * 100
    if not total:
        return {}
    sums = _split(draws, total, recipe["rythme"])
    return {recipe[side]: _side(draws, recipe["ligne"], side, columns, sums) for side in _SIDES}


def _side(
    draws: Draws, lines: Sequence[Mapping[str, Any]], side: str, columns: Sequence[str], sums: Sequence[int]
) -> list[dict[str, Any]]:
    kept = [line for line in lines if line["dans"] == side and draws.happens(line.get("chance", 1.0))]
    amounts = _amounts(draws, kept, sums)
    rows = []
    for line, row in zip(kept, amounts, strict=True):
        cells = {key: draws.value(cell) for key, cell in line["cellules"].items()}
        written = {name: f"{cents // 100}.{cents % 100:02d}" for name, cents in zip(columns, row, strict=True)}
        rows.append({**cells, **written})
    return rows


def _amounts(draws: Draws, lines: Sequence[Mapping[str, Any]], sums: Sequence[int]) -> list[list[int]]:
    """Return the cents of each line in each column: the fixed ones first, then the rest by weight."""
    fixed = [
        _split(draws, int(draws.grammar.lookup(line["montant"])) * 100, line["rythme"]) if "montant" in line else None
        for line in lines
    ]
    weights = [0.0 if "montant" in line else float(_weight(draws, line)) for line in lines]
    found = [[0] * len(sums) for _ in lines]
    for column, due in enumerate(sums):
        rest = due - sum(row[column] for row in fixed if row is not None)
        shares = [
            weight * line.get("tendance", [1] * len(sums))[column] for line, weight in zip(lines, weights, strict=True)
        ]
        for index, row in enumerate(fixed):
            found[index][column] = row[column] if row is not None else 0
        for index, cents in _shared(rest, shares).items():
            found[index][column] = cents
    return found


def _weight(draws: Draws, line: Mapping[str, Any]) -> float:
    return float(draws.number(line["poids"], 0.01, steered="qualite" in line.get("selon", "")))


def _shared(rest: int, shares: Sequence[float]) -> dict[int, int]:
    """Share an amount by weight; the heaviest line takes what rounding leaves."""
    whole = sum(shares)
    parts = {i: round(rest * share / whole / _STEP) * _STEP for i, share in enumerate(shares) if share > 0}
    heaviest = max(parts, key=lambda index: shares[index])
    parts[heaviest] += rest - sum(parts.values())
    return parts


def _split(draws: Draws, total: int, rhythm: Sequence[Sequence[float]]) -> list[int]:
    """Split an amount over the columns: one span of shares a column, the last takes the rest."""
    parts = [round(total * draws.rng.uniform(low, high) / _STEP) * _STEP for low, high in rhythm]
    return [*parts, total - sum(parts)]
