"""Who holds which role: persons down, roles across, and the person counted for each role, so that a lack is seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ptce_aap.domain.roles import Holder, RoleColumn, RoleTable
from ptce_aap.domain.statements import Strength
from ptce_aap.web.charts.graph import letter
from ptce_aap.web.charts.scales import short

WIDTH = 380.0  # units of the drawing, which scales with its column
MOST_DRAWN = 15  # persons: beyond, the table says the others
_NAMES = 236.0
_HEAD, _ROW = 26.0, 26.0
_WORDS = {Strength.CERTAIN: "certain", Strength.POSSIBLE: "possible", None: "non"}


@dataclass(frozen=True, slots=True)
class Head:
    """A role: its letter above its column, its name in the legend, and who is counted for it."""

    letter: str
    x: float
    label: str
    holder: str  # empty: nobody of its own
    strength: Strength | None


@dataclass(frozen=True, slots=True)
class Mark:
    """What one person is for one role."""

    x: float
    strength: Strength | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person and its marks, at one height."""

    label: str
    y: float
    marks: tuple[Mark, ...]
    counted: bool


@dataclass(frozen=True, slots=True)
class RoleChart:
    """The whole drawing, its title (the finding) and its table."""

    title: str
    width: float
    height: float
    heads: tuple[Head, ...]
    lines: tuple[PersonLine, ...]
    others: int  # persons not drawn: they hold no role, or come after the most that are drawn
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def roles(table: RoleTable) -> RoleChart:
    """Return the drawing of who holds which role; persons who hold none are told, not drawn."""
    drawn = _drawn(table.persons)
    across = (WIDTH - _NAMES) / max(len(table.columns), 1)
    places = [round(_NAMES + across * (place + 0.5), 1) for place in range(len(table.columns))]
    return RoleChart(
        title=_finding(table),
        width=WIDTH,
        height=_HEAD + _ROW * len(drawn) + 4,
        heads=tuple(
            Head(letter(place), places[place], column.label, _counted(table.persons, place), column.held)
            for place, column in enumerate(table.columns)
        ),
        lines=tuple(
            PersonLine(
                short(person.name), _HEAD + _ROW * (line + 0.5), _marks(person, places), person.chosen is not None
            )
            for line, person in enumerate(drawn)
        ),
        others=len(table.persons) - len(drawn),
        head=("Personne", *(column.label for column in table.columns)),
        rows=tuple(_row(person) for person in table.persons),
    )


def _drawn(persons: Iterable[Holder]) -> tuple[Holder, ...]:
    """Return the persons drawn, in the table's order: those counted for a role, then others that hold one."""
    holding = [person for person in persons if person.holds]
    kept = [person for person in holding if person.chosen is not None]
    kept += [person for person in holding if person.chosen is None][: max(0, MOST_DRAWN - len(kept))]
    chosen = {id(person) for person in kept}
    return tuple(person for person in holding if id(person) in chosen)


def _marks(person: Holder, places: list[float]) -> tuple[Mark, ...]:
    return tuple(
        Mark(x, strength, person.chosen == place)
        for place, (x, strength) in enumerate(zip(places, person.strengths, strict=True))
    )


def _counted(persons: Iterable[Holder], place: int) -> str:
    return next((person.name for person in persons if person.chosen == place), "")


def _row(person: Holder) -> tuple[str, ...]:
    words = [_WORDS[strength] for strength in person.strengths]
    if person.chosen is not None:
        words[person.chosen] += ", compté pour ce rôle"
    return (person.name, *words)


def _finding(table: RoleTable) -> str:
    count = len(table.columns)
    if table.distinct == count == 1:
        sure = table.columns[0].held is Strength.CERTAIN
        return "Le rôle est tenu" if sure else "Le rôle est peut-être tenu : à vérifier"
    if table.distinct == count:
        sure = all(column.held is Strength.CERTAIN for column in table.columns)
        told = f"Les {count} rôles {{}} par {count} personnes différentes"
        return told.format("sont tenus") if sure else told.format("sont peut-être tenus") + " : à vérifier"
    return f"{table.distinct} rôle{'s' if table.distinct > 1 else ''} sur {count} : {_lacking(table.columns)}"


def _lacking(columns: Iterable[RoleColumn]) -> str:
    names = [f"« {column.label} »" for column in columns if column.held is None]
    return f"personne d’autre ne tient {' ni '.join(names)}"
