"""Charts of one mark a row on a common scale: expected ranks, generosity of readers, shares of draws.

Rows are cut in panels, so that paper breaks between two rows and a wall shows the scale again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ptce_aap.web.charts.scales import Scale, Span, Tick, rank_ticks, short, step_for
from ptce_aap.web.formats import number

PANEL = 25  # rows
READINGS_FOR_GENEROSITY = 3  # dossiers under which a reader's generosity is not shown
_HARD = "\u00a0"


@dataclass(frozen=True, slots=True)
class RankInterval:
    """What is known of a dossier's rank: ``half`` holds it one time out of two, ``most`` nine times out of ten."""

    label: str
    expected: float
    half: tuple[float, float]
    most: tuple[float, float]
    reliable: bool = True
    emphasised: bool = False  # the group that the committee has to part


@dataclass(frozen=True, slots=True)
class Generosity:
    """How far above the others a reader marks, in points of the scale (+ = generous), with its standard deviation."""

    label: str
    value: float
    sd: float
    dossiers: int


@dataclass(frozen=True, slots=True)
class Share:
    """In which share (0 to 1) of the draws a dossier is above the line, and whether it is there as announced."""

    label: str
    share: float
    above: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it names, what it says in figures, and its marks in percent of the scale."""

    label: str
    short: str
    shown: str
    point: float
    inner: Span | None = None
    outer: Span | None = None
    reliable: bool = True
    emphasised: bool = False
    cells: tuple[str, ...] = ()  # its line in the table of numbers


@dataclass(frozen=True, slots=True)
class Panel:
    """Rows drawn together, and their places in the list."""

    first: int
    last: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class RowChart:
    """A whole chart of rows. ``line`` is the place, in percent, of what is drawn across all rows."""

    panels: tuple[Panel, ...]
    ticks: tuple[Tick, ...]
    head: tuple[str, ...]
    line: Tick | None = None
    left_out: tuple[str, ...] = ()  # named under the chart, not drawn

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return every row, in order."""
        return tuple(row for panel in self.panels for row in panel.rows)


def intervals(rows: Sequence[RankInterval], *, count: int, line: float | None = None) -> RowChart:
    """Return the expected ranks of ``count`` ranked dossiers (rows may be some of them) and the line across them."""
    scale = Scale(0.5, max(count, 2) + 0.5)
    return RowChart(
        panels=_panels([_interval(scale, row) for row in rows]),
        ticks=rank_ticks(scale, count),
        head=("Dossier", "Rang attendu", "Une chance sur deux", "Neuf chances sur dix", "Remarque"),
        line=None if line is None else Tick(scale.place(line), f"La ligne, au rang attendu {number(line, 1)}."),
    )


def severities(readers: Sequence[Generosity]) -> RowChart:
    """Return the generosity of readers, the most severe first; those who read too little are named, not drawn."""
    drawn = sorted(
        (one for one in readers if one.dossiers >= READINGS_FOR_GENEROSITY), key=lambda one: (one.value, one.label)
    )
    widest = max((abs(one.value) + one.sd for one in drawn), default=0.0) or 1.0
    scale = Scale(-widest, widest)
    step = step_for(2 * widest, 6)
    marks = [place * step for place in range(-3, 4) if abs(place * step) <= widest * 0.95]
    return RowChart(
        panels=_panels([_generosity(scale, one) for one in drawn]),
        ticks=tuple(Tick(scale.place(mark), signed(mark)) for mark in marks),
        head=("Lecteur", "Écart en points", "À plus ou moins", "Dossiers lus", "En mots"),
        line=Tick(50.0, ""),
        left_out=tuple(one.label for one in readers if one.dossiers < READINGS_FOR_GENEROSITY),
    )


def shares(rows: Sequence[Share]) -> RowChart:
    """Return in which share of the draws each dossier is above the line."""
    scale = Scale(0, 1)
    return RowChart(
        panels=_panels([_share(scale, row) for row in rows]),
        ticks=tuple(
            Tick(scale.place(mark / 100), f"{mark}{_HARD}%", anchor)
            for mark, anchor in ((0, "start"), (25, "middle"), (50, "middle"), (75, "middle"), (100, "end"))
        ),
        head=("Dossier", "Tirages au-dessus de la ligne", "Avec les poids annoncés"),
        line=Tick(50.0, ""),
    )


def in_words(value: float, sd: float) -> str:
    """Return what a generosity says: nothing is said of a difference smaller than its standard deviation."""
    if abs(value) <= sd:
        return "comme les autres"
    return "plutôt généreux" if value > 0 else "plutôt sévère"


def signed(value: float, decimals: int | None = None) -> str:
    """Write a difference with its sign; zero has none."""
    text = number(abs(round(value, 6)) if decimals is None else abs(value), decimals)
    text = text.removesuffix(",0")
    if not text.strip("0,"):
        return text
    return f"+{text}" if value > 0 else f"−{text}"


def _interval(scale: Scale, row: RankInterval) -> Row:
    remark = "" if row.reliable else "peu sûr : trop peu de lectures"
    return Row(
        label=row.label,
        short=short(row.label),
        shown=number(row.expected, 1),
        point=scale.place(row.expected),
        # A rank q is drawn as wide as a place, from q − 0,5 to q + 0,5: an interval of one rank is seen.
        inner=scale.span((row.half[0] - 0.5, row.half[1] + 0.5)),
        outer=scale.span((row.most[0] - 0.5, row.most[1] + 0.5)),
        reliable=row.reliable,
        emphasised=row.emphasised,
        cells=(
            row.label,
            number(row.expected, 1),
            between(row.half),
            between(row.most),
            "; ".join(filter(None, ("à départager par le jury" if row.emphasised else "", remark))) or "–",
        ),
    )


def between(ends: tuple[float, float]) -> str:
    """Write two ranks: ``de 9 à 31``, or the one that they both are."""
    low, high = (number(int(end)) for end in ends)
    return low if low == high else f"de {low} à {high}"


def _generosity(scale: Scale, one: Generosity) -> Row:
    words = in_words(one.value, one.sd)
    return Row(
        label=one.label,
        short=short(one.label),
        shown=signed(one.value, 1),
        point=scale.place(one.value),
        inner=scale.span((one.value - one.sd, one.value + one.sd)),
        emphasised=abs(one.value) > one.sd,
        cells=(one.label, signed(one.value, 1), number(one.sd, 1), number(one.dossiers), words),
    )


def share_shown(share: float) -> str:
    """Write a share in whole percents; what is not all, or not nothing, is never written as such."""
    percent = round(share * 100)
    if percent == 0 and share > 0:
        return f"<{_HARD}1{_HARD}%"
    if percent == 100 and share < 1:
        return f">{_HARD}99{_HARD}%"
    return f"{percent}{_HARD}%"


def _share(scale: Scale, row: Share) -> Row:
    shown = share_shown(row.share)
    return Row(
        label=row.label,
        short=short(row.label),
        shown=shown,
        point=scale.place(row.share),
        inner=scale.span((0, row.share)) if row.share else None,
        reliable=row.above,  # drawn full where it is above the line as announced, hollow where it is not
        cells=(row.label, shown, "au-dessus de la ligne" if row.above else "sous la ligne"),
    )


def _panels(rows: Sequence[Row]) -> tuple[Panel, ...]:
    """Cut rows in panels of equal length, as few as can be."""
    count = max(1, -(-len(rows) // PANEL))
    length = -(-len(rows) // count) or 1
    return tuple(
        Panel(start + 1, min(start + length, len(rows)), tuple(rows[start : start + length]))
        for start in range(0, len(rows), length)
    )
