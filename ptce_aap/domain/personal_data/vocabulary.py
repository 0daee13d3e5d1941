"""What the map of personal data says of a table: what each column holds, whose its rows are, how long they stay."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ptce_aap.domain.retention import Kept


class Reach(StrEnum):
    """How a row is found to be somebody's, when he asks for a copy of his data."""

    PERSON = "person"  # ``by`` columns hold his identifier
    REFERENCE = "reference"  # ``by`` columns hold his reference
    DOSSIER = "dossier"  # ``by`` is the dossier, that he holds as an applicant
    PARENT = "parent"  # ``by`` names a row of ``parent`` that is copied
    NOWHERE = "nowhere"  # not copied: ``why`` says why


@dataclass(frozen=True, slots=True)
class TableUse:
    """One table. Each column is in exactly one of ``personal``, ``guarded``, ``inner``, ``plain``.

    ``personal``: says something of a person, or was written by one; copied. ``guarded``: opens something; never copied.
    ``inner``: what the service holds of the row for its own work, or will only tell in its time; not copied.
    ``plain``: identifiers, keys, states, instants; copied but for numbers of rows.
    ``judged``: rows about dossiers in conflict with the person are left out of his copy.
    """

    table: str
    title: str
    purpose: str
    kept: Kept | None  # None: nothing of it is about anybody
    reach: Reach
    by: tuple[str, ...] = ()
    parent: str = ""
    why: str = ""
    personal: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    judged: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Return every column that the map knows of."""
        return (*self.personal, *self.guarded, *self.inner, *self.plain)

    @property
    def copied(self) -> tuple[str, ...]:
        """Return the columns that a copy of somebody's data holds."""
        return (*self.personal, *self.plain)


def words(text: str) -> tuple[str, ...]:
    """Return the names of a list written on one line."""
    return tuple(text.split())
