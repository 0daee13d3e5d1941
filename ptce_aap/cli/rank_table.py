"""The corrected ranking drawn in a terminal: aligned columns, an interval a dossier, the line between them."""

from __future__ import annotations

import shutil
import textwrap
import unicodedata
from collections.abc import Sequence

from ptce_aap.cli.files import on_one_line
from ptce_aap.domain.corrected.values import Corrected, Group, Placed

_GROUPS = {
    Group.ACCEPTED: "au-dessus",
    Group.INDISTINGUISHABLE: "à départager",
    Group.REJECTED: "au-dessous",
    None: "",
}
_HEADS = (
    ("", "", "", "annoncé", "rang", ""),
    ("corrigé", "dossier", "lectures", "(moyenne brute)", "attendu", ""),
)
_LONGEST_NAME = 28
_LEAST_BAR, _MOST_BAR = 16, 60
_NARROWEST = 80
_WIDTH = 100  # where the terminal does not say


def as_table(corrected: Corrected) -> str:
    """Return the ranking as lines as wide as the terminal (80 columns at least)."""
    rows = [_cells(place, placed) for place, placed in enumerate(corrected.dossiers, start=1)]
    widths = [max(_width(cells[column]) for cells in [*_HEADS, *rows]) for column in range(len(_HEADS[0]))]
    screen = max(_NARROWEST, shutil.get_terminal_size((_WIDTH, 24)).columns)
    bar = max(_LEAST_BAR, min(_MOST_BAR, screen - sum(widths) - 2 * len(widths)))
    lines = [
        *_wrapped(_heading(corrected), screen),
        "",
        _joined(_HEADS[0], widths, " " * bar).rstrip(),
        _joined(_HEADS[1], widths, _axis(corrected.n_dossiers, bar)).rstrip(),
    ]
    top = corrected.settings.top
    for place, (placed, cells) in enumerate(zip(corrected.dossiers, rows, strict=True), start=1):
        lines.append(_joined(cells, widths, _bar(placed, corrected, bar)).rstrip())
        if place == top:
            lines.append(_ruled(f" ligne : {top} dossiers au-dessus ", sum(widths) + 2 * len(widths) + bar))
    return "\n".join([*lines, "", *_readers(corrected), *_wrapped(_foot(corrected), screen)])


def _wrapped(lines: Sequence[str], width: int) -> list[str]:
    return [part for line in lines for part in textwrap.wrap(line, width, subsequent_indent="  ")]


def _heading(corrected: Corrected) -> list[str]:
    model = corrected.model
    return [
        f"{corrected.n_dossiers} dossiers, {corrected.n_readers} lecteurs, {corrected.n_scores} lectures."
        f" Fiabilité d'une moyenne de notes : {_decimal(100 * model.reliability, 0)} %.",
        f"Écarts-types : entre dossiers {_decimal(model.tau)}, entre lecteurs {_decimal(model.generosity_sd)},"
        f" entre lectures d'un même dossier {_decimal(model.residual_sd)}.",
    ]


def _cells(place: int, placed: Placed) -> tuple[str, ...]:
    return (
        str(place),
        _short(placed.dossier),
        str(placed.n),
        f"{placed.raw_rank} ({_decimal(placed.raw_mean)})",
        _decimal(placed.expected_rank, 1),
        _GROUPS[placed.group],
    )


def _joined(cells: Sequence[str], widths: Sequence[int], bar: str) -> str:
    """Return one line: the name to the left, figures to the right, then the bar and the group."""
    *figures, group = (
        cell + " " * (width - _width(cell)) if column in (1, 5) else " " * (width - _width(cell)) + cell
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([*figures, bar, group])


def _axis(n: int, width: int) -> str:
    last = str(n)
    return "1" + " " * (width - 1 - len(last)) + last if width > len(last) else " " * width


def _bar(placed: Placed, corrected: Corrected, width: int) -> str:
    """Return the interval of a dossier's rank: 9 chances in 10 (─), 1 in 2 (━), its expected rank (●)."""
    if not placed.reliable:
        return "une seule lecture".ljust(width)[:width]
    n = corrected.n_dossiers
    marks = [" "] * width
    for first, last, sign in ((placed.rank_q05, placed.rank_q95, "─"), (placed.rank_q25, placed.rank_q75, "━")):
        for column in range(_column(first, n, width), _column(last, n, width) + 1):
            marks[column] = sign
    if corrected.line is not None:
        column = _column(corrected.line, n, width)
        marks[column] = "┼" if marks[column] != " " else "┊"
    marks[_column(placed.expected_rank, n, width)] = "●"
    return "".join(marks)


def _column(rank: float, n: int, width: int) -> int:
    return round((rank - 1) / max(1, n - 1) * (width - 1))


def _ruled(text: str, width: int) -> str:
    left = max(0, (width - len(text)) // 2)
    return "─" * left + text + "─" * max(0, width - len(text) - left)


def _readers(corrected: Corrected) -> list[str]:
    known = [reader for reader in corrected.readers if reader.generosity is not None]
    if not known:
        return []
    width = max(_width(_short(reader.reader)) for reader in known)
    lines = ["Générosité des lecteurs, en points (+ : plus généreux que les autres) :"]
    for reader in sorted(known, key=lambda reader: (-(reader.generosity or 0.0), reader.reader)):
        name = _short(reader.reader)
        figure = f"{_signed(reader.generosity or 0.0)} ± {_decimal(reader.generosity_sd or 0.0)}"
        lines.append(f"  {name}{' ' * (width - _width(name))}  {figure}  ({reader.n} dossiers)")
    return [*lines, ""]


def _foot(corrected: Corrected) -> list[str]:
    settings = corrected.settings
    lines = [
        "« annoncé (moyenne brute) » : le rang des notes telles quelles. « corrigé » : sévérité des lecteurs retirée.",
        "── : le rang s'y trouve 9 fois sur 10 ; ━━ : 1 fois sur 2 ; ● : rang attendu"
        + ("" if corrected.line is None else " ; ┊ : la ligne")
        + f". {settings.draws} tirages, graine {settings.seed}.",
        "Le classement corrigé aide à décider ; il ne déplace aucune ligne de lui-même.",
    ]
    return [*lines, *(f"Attention : {on_one_line(warning)}" for warning in corrected.warnings)]


def _short(name: str) -> str:
    clean = on_one_line(name)
    return clean if len(clean) <= _LONGEST_NAME else f"{clean[: _LONGEST_NAME - 1]}…"


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def _decimal(number: float, places: int = 2) -> str:
    return f"{number:.{places}f}".replace(".", ",")


def _signed(number: float) -> str:
    return f"{number:+.2f}".replace(".", ",").replace("-", "−")
