"""Small grids for tests: four axes of one criterion, or whatever the test says."""

from __future__ import annotations

from fractions import Fraction

from ptce_aap.domain.scoring import Axis, Criterion, Grid


def criterion(key: str, weight: int = 1, top: int = 5) -> Criterion:
    return Criterion(key, key.title(), f"{key} ?", weight, tuple(f"niveau {n}" for n in range(top + 1)), "le dossier")


def axis(key: str, weight: int, *criteria: Criterion) -> Axis:
    return Axis(key, key.title(), weight, criteria or (criterion(f"{key}_1"),))


def grid(*axes: Axis, **changes: object) -> Grid:
    values: dict[str, object] = {
        "name": "essai",
        "version": 1,
        "axes": axes or tuple(axis(key, 25) for key in "abcd"),
        "maximum": 10,
        "step": 1,
        "minimal_readings": 2,
        "flag_below": Fraction(3),
        "tie_order": (),
        "explain_gap": 4,
    }
    return Grid(**{**values, **changes})  # type: ignore[arg-type]
