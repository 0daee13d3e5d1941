"""A plan as the call team reads it: its figures, the readers of each dossier with why, the others with why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.domain.assignment.explaining import Refused, Sharing, Why
from ptce_aap.domain.assignment.instance import Pair
from ptce_aap.domain.assignment.planning import PlanSettings
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.persons import fold
from ptce_aap.models import Call, Dossier, ReadingPlan
from ptce_aap.services.assignment import plan_situation, plan_store
from ptce_aap.services.assignment.assignment import is_open
from ptce_aap.services.assignment.plan_situation import Known
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.dossiers.reading import region_name
from ptce_aap.services.jury.jurors import Juror


@dataclass(frozen=True, slots=True)
class ReaderLine:
    """A reader of a dossier in a plan."""

    juror: Juror
    points: int
    themes: tuple[str, ...]  # shared, in words
    why: tuple[Why, ...]
    load: int
    new: bool


@dataclass(frozen=True, slots=True)
class DossierLine:
    """A dossier in a plan."""

    reference: str
    title: str
    carrier: str
    readers: tuple[ReaderLine, ...]
    points: int
    short: bool


@dataclass(frozen=True, slots=True)
class Load:
    """What a juror would carry; ``least`` and ``most`` are what the plan respects."""

    juror: Juror
    before: int
    after: int
    least: int
    most: int


@dataclass(frozen=True)
class PlanPage:
    """The page of a plan. ``sharing`` is None until it is computed, and where nothing is possible."""

    plan: ReadingPlan
    settings: PlanSettings
    known: Known
    sharing: Sharing | None
    changed: bool  # since it was computed
    open: bool

    @property
    def edited(self) -> int:
        """Return how many changes were made by hand."""
        return len(self.plan.edits.get("added", [])) + len(self.plan.edits.get("removed", []))

    @property
    def worst(self) -> tuple[int, int]:
        """Return the points of the dossier with the fewest, and how many dossiers have as few."""
        assert self.sharing is not None
        found = [self.sharing.points(one) for one, demand in self.sharing.demands.items() if demand and self._has(one)]
        least = min(found, default=0)
        return least, found.count(least)

    @property
    def total(self) -> int:
        """Return the points of all the dossiers."""
        assert self.sharing is not None
        return sum(self.sharing.points(dossier) for dossier in self.known.dossiers)

    @property
    def loads(self) -> list[Load]:
        """Return what each juror would carry, in order of name."""
        assert self.sharing is not None
        bounds, loads = self.sharing.bounds, self.sharing.loads
        found = [
            Load(juror, juror.load, loads[reference], *bounds.get(reference, (0, loads[reference])))
            for reference, juror in self.known.jurors.items()
        ]
        return sorted(found, key=lambda one: (fold(one.juror.name), one.juror.reference))

    @property
    def lines(self) -> list[DossierLine]:
        """Return the dossiers in the order of their titles."""
        assert self.sharing is not None
        return [_line(self.known, self.sharing, dossier) for dossier in self.known.dossiers.values()]

    def _has(self, dossier: str) -> bool:
        return dossier in self.known.dossiers


@dataclass(frozen=True, slots=True)
class Choice:
    """A juror beside a dossier of a plan: is he on it and why, or why not."""

    juror: Juror
    line: ReaderLine | None
    refused: Refused | None
    instead_of: str  # the name of the reader he would replace
    locked: bool  # in conflict, or begun: nothing can be changed here


@dataclass(frozen=True, slots=True)
class DossierPage:
    """The page where the readers of one dossier of a plan are changed by hand."""

    page: PlanPage
    line: DossierLine
    region: str
    themes: tuple[str, ...]
    demand: int
    choices: tuple[Choice, ...]


def page(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> PlanPage:
    """Return a plan beside the situation of now. Errors: ``not_found``."""
    plan = plan_store.find(session, actor, call, reference, now=now)
    return page_of(plan, plan_situation.known(session, actor, call, now=now), call)


def page_of(plan: ReadingPlan, known: Known, call: Call) -> PlanPage:
    """Return the page of a plan that was found."""
    settings = PlanSettings.from_json(plan.settings)
    content, sharing = plan.content, None
    if content is not None and content["feasible"]:
        sharing = Sharing.of(
            known.situation,
            settings,
            pairs_of(content["pairs"]),
            added=pairs_of(plan.edits.get("added", [])),
            removed=pairs_of(plan.edits.get("removed", [])),
            demands=content["demands"],
            bounds={reader: (least, most) for reader, (least, most) in content["bounds"].items()},
        )
    changed = plan.inputs_digest is not None and plan.inputs_digest != known.situation.digest()
    return PlanPage(plan, settings, known, sharing, changed, is_open(call))


def dossier_page(
    session: Session, actor: Actor, call: Call, reference: str, dossier: str, *, now: datetime
) -> DossierPage:
    """Return one dossier of a plan with every juror beside it. Errors: ``not_found``."""
    found = page(session, actor, call, reference, now=now)
    if found.sharing is None or dossier not in found.known.dossiers:
        raise NotFound()
    row, sharing = found.known.dossiers[dossier], found.sharing
    line = _line(found.known, sharing, row)
    on_it = {one.juror.reference: one for one in line.readers}
    choices = [_choice(found, dossier, juror, on_it.get(reader)) for reader, juror in found.known.jurors.items()]
    return DossierPage(
        page=found,
        line=line,
        region=region_name(found.known.definition, row.region),
        themes=_labels(found.known.definition, row, frozenset(row.themes)),
        demand=sharing.demands.get(dossier, found.settings.readings),
        choices=tuple(sorted(choices, key=lambda one: (one.line is None, one.locked, fold(one.juror.name)))),
    )


def pairs_of(stored: list[list[str]]) -> frozenset[Pair]:
    """Return stored pairs."""
    return frozenset((dossier, juror) for dossier, juror in stored)


def _choice(found: PlanPage, dossier: str, juror: Juror, line: ReaderLine | None) -> Choice:
    assert found.sharing is not None
    if line is not None:
        return Choice(juror, line, None, "", locked=Why.BEGUN in line.why)
    refused = found.sharing.why_not((dossier, juror.reference))
    other = found.known.jurors.get(refused.instead_of)
    in_conflict = (dossier, juror.reference) in found.known.situation.excluded
    return Choice(juror, None, refused, other.name if other else "", locked=in_conflict)


def _line(known: Known, sharing: Sharing, dossier: Dossier) -> DossierLine:
    reference = dossier.reference
    readers = [_reader_line(known, sharing, dossier, known.jurors[one]) for one in sharing.readers[reference]]
    return DossierLine(
        reference=reference,
        title=dossier.title,
        carrier=dossier.carrier,
        readers=tuple(sorted(readers, key=lambda one: (fold(one.juror.name), one.juror.reference))),
        points=sharing.points(reference),
        short=len(readers) < sharing.settings.readings,
    )


def _reader_line(known: Known, sharing: Sharing, dossier: Dossier, juror: Juror) -> ReaderLine:
    pair = (dossier.reference, juror.reference)
    return ReaderLine(
        juror=juror,
        points=sharing.situation.worth(pair),
        themes=_labels(known.definition, dossier, sharing.shared(pair)),
        why=sharing.why(pair),
        load=sharing.loads[juror.reference],
        new=pair not in sharing.situation.standing,
    )


def _labels(definition: CallDefinition, dossier: Dossier, themes: frozenset[str]) -> tuple[str, ...]:
    return tuple(dossiers.theme_name(definition, theme) for theme in dossier.themes if theme in themes)


def names_of(found: PlanPage) -> Mapping[str, str]:
    """Return the names of jurors and the titles of dossiers, by reference: what blocks is told with them."""
    jurors = {reference: juror.name for reference, juror in found.known.jurors.items()}
    return {**jurors, **{reference: dossier.title for reference, dossier in found.known.dossiers.items()}}
