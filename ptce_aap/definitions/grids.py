"""The jury's grid, ``grille.vN.toml``: axes, criteria with an anchor for every level, and the announced rule."""

from __future__ import annotations

from fractions import Fraction

from ptce_aap.definitions.reader import Problem, Section, read_toml
from ptce_aap.domain.scoring import HALF, Axis, Criterion, Grid

WIDE_SCALE = 10  # points; on wider scales only the two ends must be described


def read_grid(text: str, file: str, problems: list[Problem]) -> Grid:
    """Return the grid of a file; what is wrong is added to ``problems``."""
    top = read_toml(text, file, problems)
    maximum = _half_points(top, "note_maximale", Fraction(5))
    step = _half_points(top, "pas", Fraction(1, 2))
    if step and maximum % step:
        top.refuse("la note maximale doit être un nombre entier de pas.", "pas")
    axes = tuple(_read_axis(section, maximum) for section in top.sections("axe"))
    gap = top.number("ecart_a_motiver", Fraction(0))
    flag = top.number("seuil_signale", Fraction(0))
    grid = Grid(
        name=top.text("cle"),
        version=top.integer("version", least=1),
        axes=axes,
        maximum=maximum,
        step=step,
        minimal_readings=top.integer("lectures_minimales", least=1),
        flag_below=flag or None,
        tie_order=_read_tie_order(top, axes),
        explain_gap=int(gap * HALF) or None,
        total_on=top.integer("total_sur", 100, least=1),
        title=top.text("titre"),
        proposal=top.boolean("proposition"),
    )
    _check(top, grid)
    top.close()
    return grid


def _check(top: Section, grid: Grid) -> None:
    if not grid.axes:
        top.refuse("une grille a au moins un axe.", "axe")
    top.refuse_twice((axis.key for axis in grid.axes), "axe")
    top.refuse_twice((criterion.key for criterion in grid.criteria), "axe.critere")


def _half_points(top: Section, key: str, default: Fraction) -> int:
    halves = top.number(key, default) * HALF
    if halves.denominator != 1 or halves <= 0:
        top.refuse("un nombre de points est attendu, par demi-points au plus fin.", key)
        return int(default * HALF)
    return int(halves)


def _read_tie_order(top: Section, axes: tuple[Axis, ...]) -> tuple[str, ...]:
    order = top.texts("departage", ())
    known = {axis.key for axis in axes}
    for key in order:
        if key not in known:
            top.refuse(f"l'axe « {key} » n'existe pas dans cette grille.", "departage")
    top.refuse_twice(order, "departage")
    return tuple(key for key in order if key in known)


def _read_axis(section: Section, maximum: int) -> Axis:
    axis = Axis(
        key=section.text("cle"),
        label=section.text("libelle"),
        weight=section.integer("poids", least=1),
        criteria=tuple(_read_criterion(item, maximum) for item in section.sections("critere")),
    )
    if not axis.criteria:
        section.refuse("un axe a au moins un critère.", "critere")
    section.close()
    return axis


def _read_criterion(section: Section, maximum: int) -> Criterion:
    criterion = Criterion(
        key=section.text("cle"),
        label=section.text("libelle"),
        question=section.text("question"),
        weight=section.integer("poids", 1, least=1),
        anchors=_read_anchors(section, maximum),
        evidence=section.text("a_regarder"),
    )
    section.close()
    return criterion


def _read_anchors(section: Section, maximum: int) -> tuple[str, ...]:
    top_level = maximum // HALF
    table = section.section("ancres")
    if table is None:
        return ()
    due = range(top_level + 1) if top_level <= WIDE_SCALE else (0, top_level)
    for level in due:
        if not table.has(str(level)):
            table.refuse(f"le repère de la note {level} manque.", str(level))
    anchors = tuple(table.text(str(level), "") for level in range(top_level + 1))
    table.close()
    return anchors
