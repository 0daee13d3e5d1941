"""What a spreadsheet does to a directory: the resources it adds, changes or leaves, and the lines that are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ptce_aap.domain import directory
from ptce_aap.domain.directory import Difference, ResourceTable
from ptce_aap.domain.persons import fold
from ptce_aap.domain.question import Row

_UNKNOWN = "ce repère n'est pas celui d'une ressource de cet annuaire ; videz-le pour en ajouter une."
_TWICE = "une autre ligne du fichier parle déjà de cette ressource."
_TAKEN = "une autre ressource porte déjà ce nom."
_NEEDED = "cette cellule est indispensable."


class Fate(StrEnum):
    """What happens to a resource."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class BroughtLine:
    """A line of a file: its number, the cells that say something, and those that could not be read.

    ``unread``: key of the column, what is written there, how to mend it.
    """

    number: int
    values: Row
    unread: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A line that will be imported; ``reference`` is None for a resource that is added."""

    line: int
    fate: Fate
    reference: str | None
    after: Row
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A cell for which its whole line is left out: where it is, what it holds, how to mend it."""

    line: int
    column: str  # key
    typed: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that an import would do."""

    lines: tuple[Planned, ...]
    refused: tuple[Refused, ...]

    def count(self, fate: Fate) -> int:
        """Return how many resources have this fate."""
        return sum(line.fate == fate for line in self.lines)

    @property
    def acts(self) -> tuple[Planned, ...]:
        """Return the lines that write something."""
        return tuple(line for line in self.lines if line.fate is not Fate.SAME)

    @property
    def refused_lines(self) -> int:
        """Return how many lines are left out."""
        return len({one.line for one in self.refused})


def plan(table: ResourceTable, there: Sequence[tuple[str, Row]], brought: Sequence[BroughtLine]) -> Plan:
    """Return what importing these lines does to the resources that are there, (reference, what is said of it).

    A line is about the resource of its reference, else of its name, else about a new one. An empty cell says nothing:
    what is there stays.
    """
    rows = dict(there)
    names = {fold(row[directory.NAME]): reference for reference, row in there}
    told: set[str] = set()
    planned: list[Planned] = []
    refused: list[Refused] = []
    for line in brought:
        wrong = [Refused(line.number, *cell) for cell in line.unread]
        found = None if wrong else _read(table, line, rows, names, told)
        if isinstance(found, Planned):
            planned.append(found)
            told |= {found.reference or "", fold(found.after[directory.NAME])} - {""}
        else:
            refused += wrong if found is None else found
    return Plan(tuple(planned), tuple(refused))


def _read(
    table: ResourceTable, line: BroughtLine, rows: dict[str, Row], names: dict[str, str], told: set[str]
) -> Planned | list[Refused]:
    asked = line.values.get(directory.REFERENCE)
    cells = {key: value for key, value in line.values.items() if key != directory.REFERENCE}
    if asked is not None and asked not in rows:
        return [Refused(line.number, directory.REFERENCE, asked, _UNKNOWN)]
    reference = asked or names.get(fold(cells.get(directory.NAME, "")))
    if asked is None and reference is not None:
        cells.pop(directory.NAME)  # the name said which resource: however it is typed, it changes nothing
    before = rows.get(reference or "", {})
    after = {key: value for key, value in {**before, **cells}.items() if value is not False}
    ordered = {column.key: after[column.key] for column in table.table.fields if column.key in after}
    wrong = _wrong(table, line, ordered)
    if not wrong:
        name = fold(ordered[directory.NAME])
        if reference in told or name in told:
            wrong = [Refused(line.number, directory.NAME, ordered[directory.NAME], _TWICE)]
        elif names.get(name, reference) != reference:
            wrong = [Refused(line.number, directory.NAME, ordered[directory.NAME], _TAKEN)]
    if wrong:
        return wrong
    changed = directory.differences(table.table, before, ordered)
    fate = Fate.ADDED if reference is None else Fate.CHANGED if changed else Fate.SAME
    return Planned(line.number, fate, reference, ordered, changed)


def _wrong(table: ResourceTable, line: BroughtLine, row: Row) -> list[Refused]:
    lacking = [
        Refused(line.number, column.key, str(row.get(column.key, "")), _NEEDED)
        for column in table.table.fields
        if column.required and (not row.get(column.key) or not fold(str(row[column.key])))
    ]
    said = [Refused(line.number, one.place, str(row[one.place]), one.sentence) for one in directory.refusals_of(row)]
    return lacking or said
