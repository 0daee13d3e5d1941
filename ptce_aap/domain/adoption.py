"""The adopted list: the announced order, then each departure that the committee decided, in the order of decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """What the committee decides about one dossier: the place it takes in the list, or none where it is put out."""

    dossier: str
    place: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """What a move does to the list as it finds it. Two equal steps mean the same to the committee."""

    before: int
    after: int | None  # None: put out
    passed: frozenset[str]  # the dossiers it goes before, or lets go before it; none where it is put out


@dataclass(frozen=True, slots=True)
class Adopted:
    """The list once every move is done."""

    order: tuple[str, ...]
    put_out: tuple[str, ...]  # in the order in which they were
    steps: tuple[Step | None, ...]  # one a move; None where the dossier is not in the list when its turn comes


def adopt(announced: Sequence[str], moves: Sequence[Move]) -> Adopted:
    """Do the moves one after another on the announced order (dossiers all different); places count from 1.

    A place beyond the end is the last one. ``order`` and ``put_out`` together are a permutation of ``announced``.
    """
    order, put_out = list(announced), list[str]()
    steps: list[Step | None] = []
    for move in moves:
        step = step_of(order, move)
        steps.append(step)
        if step is None:
            continue
        order.remove(move.dossier)
        if step.after is None:
            put_out.append(move.dossier)
        else:
            order.insert(step.after - 1, move.dossier)
    return Adopted(tuple(order), tuple(put_out), tuple(steps))


def step_of(order: Sequence[str], move: Move) -> Step | None:
    """Return what a move would do to this list; None where its dossier is not in it."""
    if move.dossier not in order:
        return None
    before = order.index(move.dossier) + 1
    if move.place is None:
        return Step(before, None, frozenset())
    after = min(max(move.place, 1), len(order))
    low, high = sorted((before, after))
    return Step(before, after, frozenset(order[low - 1 : high]) - {move.dossier})
