"""What a selection is made from: the ranked dossiers of a call, in order, with their amounts, totals and themes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.line import covered
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.portfolio.problem import Candidate, Kind, Level, Limit, Objective, Problem
from ptce_aap.models import Call, Dossier, Ranking, RankingEntry
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.ranking import standings


@dataclass(frozen=True, slots=True)
class Listed:
    """A ranked dossier as a selection reads it."""

    reference: str
    number: str
    title: str
    carrier: str
    region: str | None  # code
    theme: str | None  # the first that the dossier names
    amount_cents: int
    score: int  # hundredths of the announced total, cut: a minimum is judged as on the exact total
    announced_place: int
    place: int
    put_out: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for: limits (the envelope among them), levels, objective, and on which order."""

    limits: tuple[Limit, ...]
    levels: tuple[Level, ...] = ()
    objective: Objective = Objective.ORDER
    adopted: bool = False

    @property
    def envelope_cents(self) -> int:
        """Return the envelope of the simulation."""
        return next(limit.bound for limit in self.limits if limit.kind is Kind.BUDGET)


@dataclass(frozen=True)
class Inputs:
    """The dossiers of the ranking in force, in the adopted order; those put out of the list come last."""

    call: Call
    definition: CallDefinition
    ranking: Ranking
    dossiers: tuple[Listed, ...]

    @cached_property
    def departed(self) -> bool:
        """Tell whether the adopted list differs from the announced one."""
        return any(one.put_out or one.place != one.announced_place for one in self.dossiers)

    @cached_property
    def by_reference(self) -> Mapping[str, Listed]:
        """Return the dossiers by reference."""
        return {one.reference: one for one in self.dossiers}

    @cached_property
    def by_number(self) -> Mapping[str, Listed]:
        """Return the dossiers by the number that people know."""
        return {one.number: one for one in self.dossiers}

    @cached_property
    def above(self) -> frozenset[str]:
        """Return the references of those that the line in force covers: the adopted list under the envelope."""
        listed = [one for one in self.dossiers if not one.put_out]
        count = covered([one.amount_cents for one in listed], self.call.envelope_cents)
        return frozenset(one.reference for one in listed[:count])

    def problem(self, wish: Wish) -> Problem:
        """Return the selection to make. Limits about dossiers that are not candidates any more are left out."""
        ranked = [one for one in self.dossiers if not (wish.adopted and one.put_out)]
        candidates = [
            Candidate(
                id=one.reference,
                cost=one.amount_cents,
                score=one.score,
                rank=one.place if wish.adopted else one.announced_place,
                region=one.region,
                theme=one.theme,
            )
            for one in ranked
        ]
        known = {candidate.id for candidate in candidates}
        limits = [limit for limit in wish.limits if limit.kind is not Kind.AT_MOST_ONE or known.issuperset(limit.about)]
        return Problem.of(candidates, limits, wish.levels, wish.objective)


def read(session: Session, actor: Actor, call: Call) -> Inputs:
    """Return what a person may try a selection on: three statements at any size.

    Errors: ``not_allowed``, ``deport``, ``no_ranking``.
    """
    accounts.require(actor, Permission.SEE_RANKING, call.id)
    standings.require_no_deport(session, actor, call)
    ranking = standings.latest(session, call.id)
    if ranking is None:
        raise RuleViolation("no_ranking")
    definition = calls.definition_of(session, call)
    return Inputs(call, definition, ranking, tuple(_listed(session, ranking.id)))


def wish_of(problem: Problem, *, adopted: bool) -> Wish:
    """Return what was asked for, from the selection that it made."""
    return Wish(problem.limits, problem.levels, problem.objective, adopted)


def theme_options(inputs: Inputs) -> list[tuple[str, str]]:
    """Return the themes of the call as (key, words); none where the call does not ask for them."""
    question = dossiers.theme_question(inputs.definition)
    return [] if question is None else [(option.value, option.label) for option in question.options]


def _listed(session: Session, ranking_id: int) -> Iterable[Listed]:
    steps = standings.walk(ranking_id).cte("walk")
    query = (
        select(
            *(steps.c[name] for name in ("amount", "place", "announced_place", "put_out")),
            *(getattr(Dossier, name) for name in ("reference", "number", "title", "carrier", "region", "themes")),
            RankingEntry.total,
        )
        .join(Dossier, Dossier.id == steps.c.dossier_id)
        .join(RankingEntry, RankingEntry.dossier_id == steps.c.dossier_id)
        .where(RankingEntry.ranking_id == ranking_id)
        .order_by(steps.c.place)
    )
    for row in session.execute(query):
        yield Listed(
            reference=row.reference,
            number=row.number or "",
            title=row.title,
            carrier=row.carrier,
            region=row.region,
            theme=row.themes[0] if row.themes else None,
            amount_cents=int(row.amount),
            score=int(Fraction(row.total or 0) * 100),
            announced_place=row.announced_place,
            place=row.place,
            put_out=bool(row.put_out),
        )
