"""A selection as its readers see it: what happens to each dossier and why, what changes, what each part gets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.portfolio.outcome import Selection, of_walk
from ptce_aap.domain.portfolio.problem import Candidate, Kind, Limit, Objective, Problem, allowed
from ptce_aap.domain.portfolio.reading import read_problem
from ptce_aap.domain.portfolio.walk import walk
from ptce_aap.domain.portfolio.writing import digest_of, read_selection, write_problem
from ptce_aap.models import Call, Dossier
from ptce_aap.services.dossiers.dossiers import PAGE_SIZE, Page
from ptce_aap.services.selection import scenario_inputs, scenarios
from ptce_aap.services.selection.scenario_inputs import Inputs, Wish
from ptce_aap.services.selection.scenarios import Card, Opened, State


class Fate(StrEnum):
    """What happens to a dossier in a selection."""

    TAKEN = "taken"
    BROUGHT_IN = "brought_in"
    PUT_OUT = "put_out"
    PASSED_OVER = "passed_over"


@dataclass(frozen=True, slots=True)
class Name:
    """A dossier as people know it."""

    number: str
    title: str
    carrier: str


@dataclass(frozen=True, slots=True)
class Row:
    """A dossier that a selection speaks of; ``because``: the limit that passed it over."""

    candidate: Candidate
    name: Name
    fate: Fate
    granted: int
    cumulated: int
    level: int | None
    because: Limit | None
    above_now: bool  # the line in force covers it


@dataclass(frozen=True, slots=True)
class Share:
    """What a region or a theme gets; key None: dossiers without one."""

    key: str | None
    count: int
    cents: int
    candidates: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A selection ready to be shown; references in ``entering`` and ``leaving`` are against the line in force."""

    problem: Problem
    selection: Selection
    envelope_cents: int
    rows: Page[Row]
    regions: tuple[Share, ...]
    themes: tuple[Share, ...]
    entering: tuple[Row, ...]
    leaving: tuple[tuple[str, Name], ...]
    above_now: int
    out: tuple[Row, ...]
    brought_in: tuple[Row, ...]
    stopped_at: tuple[Candidate, Name] | None  # of the walk, where it is the answer
    names: Mapping[str, Name]

    @property
    def left_cents(self) -> int:
        """Return the money that the selection leaves."""
        return self.envelope_cents - self.selection.spent


@dataclass(frozen=True, slots=True)
class Live:
    """A selection that nobody has saved: ``final`` where the walk is the answer, else the solver has to be asked."""

    shown: Shown | None  # None: only the solver can tell
    missed: tuple[Limit, ...]
    final: bool


@dataclass(frozen=True, slots=True)
class ScenarioPage:
    """A saved scenario. ``amounts_changed``: the same ranking, but other amounts or another adopted list."""

    inputs: Inputs
    opened: Opened
    wish: Wish
    problem: Problem
    shown: Shown | None  # None: the answer is not there
    ranking_changed: bool
    amounts_changed: bool
    names: Mapping[str, Name]
    others: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two selections that are compared; no answer where its scenario waits."""

    opened: Opened
    problem: Problem
    selection: Selection | None

    @property
    def granted(self) -> Mapping[str, int]:
        """Return the money of each selected dossier, by reference."""
        chosen = self.selection.selected if self.selection else ()
        return {one.candidate.id: one.granted for one in chosen}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two scenarios side by side: the references that only one selects, or to which they give different money."""

    inputs: Inputs
    cards: tuple[Card, ...]
    first: Side | None
    second: Side | None
    differing: tuple[str, ...]
    names: Mapping[str, Name]
    ranks: Mapping[str, int]  # of the candidates, in the order that the first scenario starts from


def live(inputs: Inputs, wish: Wish, *, page: int = 1) -> Live:
    """Return what a selection gives at once, without a solver: nothing is read, nothing is saved."""
    problem = inputs.problem(wish)
    if problem.objective is not Objective.ORDER:
        return Live(None, (), final=False)
    walked = walk(problem)
    shown = show(inputs, problem, of_walk(problem, walked), _names(inputs), page=page)
    return Live(shown, walked.missed, final=not walked.missed)


def opened(session: Session, actor: Actor, call: Call, reference: str, *, page: int = 1) -> ScenarioPage:
    """Return a scenario: as many statements at any size.

    Errors: ``not_allowed``, ``deport``, ``no_ranking``, ``not_found``.
    """
    inputs = scenario_inputs.read(session, actor, call)
    found = scenarios.opened(session, call, reference)
    others = tuple(card for card in scenarios.listed(session, call) if card.reference != reference)
    problem = read_problem(found.instance)
    wish = scenario_inputs.wish_of(problem, adopted=found.adopted)
    names = _every_name(session, inputs, [candidate.id for candidate in problem.candidates])
    shown = None
    if found.card.state is State.DONE and found.card.result is not None:
        shown = show(inputs, problem, read_selection(problem, found.card.result), names, page=page)
    ranking_changed = found.card.sequence != inputs.ranking.sequence
    changed = digest_of(write_problem(inputs.problem(wish))) != found.inputs_digest
    return ScenarioPage(
        inputs=inputs,
        opened=found,
        wish=wish,
        problem=problem,
        shown=shown,
        ranking_changed=ranking_changed,
        amounts_changed=changed and not ranking_changed,
        names=names,
        others=others,
    )


def compared(session: Session, actor: Actor, call: Call, references: Sequence[str]) -> Comparison:
    """Return the scenarios of a call and the two that are asked for, side by side; none where fewer are asked for.

    Errors: ``not_allowed``, ``deport``, ``no_ranking``, ``not_found``.
    """
    inputs = scenario_inputs.read(session, actor, call)
    cards = tuple(scenarios.listed(session, call))
    if len(references) != 2 or not all(references):
        return Comparison(inputs, cards, None, None, (), {}, {})
    first, second = (_side(scenarios.opened(session, call, reference)) for reference in references)
    ranks = {one.id: one.rank for side in (second, first) for one in side.problem.candidates}
    both = first.granted.keys() | second.granted.keys()
    differing = [one for one in both if first.granted.get(one) != second.granted.get(one)]
    return Comparison(
        inputs=inputs,
        cards=cards,
        first=first,
        second=second,
        differing=tuple(sorted(differing, key=lambda one: (ranks[one], one))),
        names=_every_name(session, inputs, sorted(both)),
        ranks=ranks,
    )


def show(inputs: Inputs, problem: Problem, selection: Selection, names: Mapping[str, Name], *, page: int = 1) -> Shown:
    """Return a selection as it is shown; ``names`` holds every candidate."""
    rows = _rows(inputs, selection, names)
    selected = [row for row in rows if row.fate in (Fate.TAKEN, Fate.BROUGHT_IN)]
    kept = {row.candidate.id for row in selected}
    leaving = [(one.reference, Name(one.number, one.title, one.carrier)) for one in inputs.dossiers]
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    number = min(max(1, page), pages)
    walked = walk(problem) if problem.objective is Objective.ORDER and not selection.departures.because else None
    stopped = walked.stopped_at if walked is not None and selection.feasible else None
    budget = next(limit for limit in problem.limits if limit.kind is Kind.BUDGET)
    return Shown(
        problem=problem,
        selection=selection,
        envelope_cents=allowed(budget),
        rows=Page(rows[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, pages, len(rows)),
        regions=_shares(problem, selected, "region"),
        themes=_shares(problem, selected, "theme"),
        entering=tuple(row for row in selected if not row.above_now),
        leaving=tuple(one for one in leaving if one[0] in inputs.above and one[0] not in kept),
        above_now=len(inputs.above),
        out=tuple(row for row in rows if row.fate is Fate.PUT_OUT),
        brought_in=tuple(row for row in rows if row.fate is Fate.BROUGHT_IN),
        stopped_at=(stopped, names[stopped.id]) if stopped is not None else None,
        names=names,
    )


def _rows(inputs: Inputs, selection: Selection, names: Mapping[str, Name]) -> list[Row]:
    brought = {one.id for one in selection.departures.in_}
    chosen = {one.candidate.id: one for one in selection.selected}
    passed = {one.candidate.id: one for one in selection.passed_over if one.candidate.id not in chosen}
    told = [
        *(
            (one.candidate, Fate.BROUGHT_IN if one.candidate.id in brought else Fate.TAKEN)
            for one in selection.selected
        ),
        *((one, Fate.PUT_OUT) for one in selection.departures.out),
        *((one.candidate, Fate.PASSED_OVER) for one in passed.values()),
    ]
    rows, cumulated = [], 0
    for candidate, fate in sorted(told, key=lambda pair: pair[0].rank):
        one, over = chosen.get(candidate.id), passed.get(candidate.id)
        cumulated += one.granted if one else 0
        row = Row(
            candidate=candidate,
            name=names[candidate.id],
            fate=fate,
            granted=one.granted if one else 0,
            cumulated=cumulated,
            level=one.level if one else None,
            because=over.because if over else None,
            above_now=candidate.id in inputs.above,
        )
        rows.append(row)
    return rows


def _shares(problem: Problem, selected: Iterable[Row], key: str) -> tuple[Share, ...]:
    """Return what each region or theme gets, the most dossiers first; those without one come last."""
    counted: dict[str | None, list[int]] = {}
    for candidate in problem.candidates:
        counted.setdefault(getattr(candidate, key), [0, 0, 0])[2] += 1
    for row in selected:
        figures = counted[getattr(row.candidate, key)]
        figures[0], figures[1] = figures[0] + 1, figures[1] + row.granted
    shares = [Share(one, *figures) for one, figures in counted.items()]
    return tuple(
        sorted(shares, key=lambda share: (share.key is None, -share.count, -share.candidates, share.key or ""))
    )


def _names(inputs: Inputs) -> dict[str, Name]:
    return {one.reference: Name(one.number, one.title, one.carrier) for one in inputs.dossiers}


def _every_name(session: Session, inputs: Inputs, references: Sequence[str]) -> dict[str, Name]:
    """Return the names of dossiers, those that are not ranked any more included."""
    names = _names(inputs)
    missing = [reference for reference in references if reference not in names]
    if missing:
        query = select(Dossier.reference, Dossier.number, Dossier.title, Dossier.carrier).where(
            Dossier.call_id == inputs.call.id, Dossier.reference.in_(missing)
        )
        names |= {row.reference: Name(row.number or "", row.title, row.carrier) for row in session.execute(query)}
    return names


def _side(opened: Opened) -> Side:
    problem = read_problem(opened.instance)
    result = opened.card.result if opened.card.state is State.DONE else None
    return Side(opened, problem, read_selection(problem, result) if result is not None else None)
