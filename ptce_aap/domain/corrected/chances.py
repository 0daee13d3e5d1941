"""The table of "a stands before b with so many chances", kept in bytes and read without any numerical library."""

from __future__ import annotations

import base64
from bisect import bisect_left
from dataclasses import dataclass

UNIT = 10_000  # a chance is stored as an integer number of ten-thousandths
LARGEST = 1_500  # dossiers: beyond, the table is not kept (2.2 MB at this size)
_BYTES = 2


@dataclass(frozen=True, slots=True)
class Pairs:
    """P(a stands before b) for each pair a < b of ``dossiers`` (ids, sorted).

    ``table``: upper triangle by rows, each chance an unsigned 16-bit little-endian number of ten-thousandths.
    """

    dossiers: tuple[str, ...]
    table: bytes

    def chance(self, a: str, b: str) -> float:
        """Return the chance, in [0, 1], that ``a`` truly stands before ``b``. Errors: ``KeyError``."""
        first, second = self._place(a), self._place(b)
        if first == second:
            return 0.5
        if first > second:
            return (UNIT - self._stored(second, first)) / UNIT
        return self._stored(first, second) / UNIT

    def as_json(self) -> dict[str, object]:
        """Return the table as JSON values; ``table`` in base 64."""
        return {"dossiers": list(self.dossiers), "table": base64.b64encode(self.table).decode("ascii")}

    @classmethod
    def from_json(cls, data: dict[str, object]) -> Pairs:
        """Return the table that ``as_json`` wrote. Errors: ``ValueError`` when its size is wrong."""
        dossiers = data["dossiers"]
        assert isinstance(dossiers, list)
        table = base64.b64decode(str(data["table"]))
        if len(table) != _BYTES * len(dossiers) * (len(dossiers) - 1) // 2:
            raise ValueError("the table of chances does not have one value a pair")
        return cls(tuple(map(str, dossiers)), table)

    def _place(self, dossier: str) -> int:
        place = bisect_left(self.dossiers, dossier)
        if place == len(self.dossiers) or self.dossiers[place] != dossier:
            raise KeyError(dossier)
        return place

    def _stored(self, row: int, column: int) -> int:
        before = row * len(self.dossiers) - row * (row + 1) // 2  # values of the rows above
        start = _BYTES * (before + column - row - 1)
        return int.from_bytes(self.table[start : start + _BYTES], "little")
