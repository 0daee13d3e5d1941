"""What correspondents and the call team make of fictional dossiers: proposals, decisions, opinions, regional ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ptce_aap.domain.dossier import Act, after
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import EligibilityDecision, Opinion, RegionalOrder, RuleProposal
from ptce_aap.services.demonstration.chance import seeded
from ptce_aap.services.demonstration.deposits import Shelf, Told
from ptce_aap.services.demonstration.grammar import BadRecipe
from ptce_aap.services.demonstration.ledger import Ledger
from ptce_aap.services.demonstration.people import Cast
from ptce_aap.services.demonstration.recipes import Recipes
from ptce_aap.services.dossiers.dossiers import value_at
from ptce_aap.services.instruction import instruction, opinions


class Reached(IntEnum):
    """How far the instruction of a dossier is."""

    NOTHING = 0
    PROPOSED = 1
    WRITTEN = 2  # the opinion is a draft
    GIVEN = 3
    DECIDED = 4


@dataclass(frozen=True, slots=True)
class Desk:
    """What the instruction of a call works with."""

    shelf: Shelf
    cast: Cast
    recipes: Recipes
    ledger: Ledger
    rng: Random

    def correspondent(self, one: Told) -> Actor:
        """Return who instructs a dossier; the call team where the call has no regions."""
        return self.cast.correspondents.get(one.dossier.region or "", self.cast.team)


def instruct(session: Session, desk: Desk, told: Sequence[Told], reached: Mapping[str, Reached]) -> None:
    """Take each dossier (by reference) as far as it has come."""
    proposed = [one for one in told if reached[one.dossier.reference] >= Reached.PROPOSED]
    written = [one for one in told if reached[one.dossier.reference] >= Reached.WRITTEN and one.fiction.admitted]
    given = {one.dossier.reference for one in written if reached[one.dossier.reference] >= Reached.GIVEN}
    decided = [one for one in told if reached[one.dossier.reference] >= Reached.DECIDED]
    if desk.shelf.definition.sheet.regions:
        _insert(session, RuleProposal, [row for one in proposed for row in _proposals(desk, one)])
        ranks = _regional_ranks(one for one in written if one.dossier.reference in given)
        _insert(session, Opinion, [_opinion(desk, one, given, ranks) for one in written])
        _insert(session, RegionalOrder, _orders(desk, written, ranks))
    _insert(session, EligibilityDecision, [_decision(desk, one) for one in decided])
    session.flush()


def _proposals(desk: Desk, one: Told) -> list[dict[str, Any]]:
    """Return a proposal a rule: what is computed, except where the correspondent lifted a doubt."""
    author, at = desk.correspondent(one), desk.shelf.times.instruction(0.04, 0.3, desk.rng)
    reasons = desk.recipes["instruction"]["motifs_proposition"]
    given: dict[str, tuple[Result, Result, str]] = {}
    for verdict in one.evaluation.verdicts:
        lifted = verdict.result is Result.TO_VERIFY and one.fiction.admitted
        reason = one.fiction.draws.grammar.text(desk.rng.choice(reasons)) if lifted else ""
        given[verdict.rule] = (verdict.result, Result.MET if lifted else verdict.result, reason)
    facts = {"rules": {rule: proposed.value for rule, (_, proposed, _) in given.items()}}
    desk.ledger.note(author, Role.CORRESPONDENT, "eligibility.proposed", one.on, at, facts)
    return [
        {
            "dossier_id": one.dossier.id,
            "rule": rule,
            "computed": computed.value,
            "proposed": proposed.value,
            "reason": reason,
            "author_id": author.person_id,
            "at": at,
            "version": 1,
        }
        for rule, (computed, proposed, reason) in given.items()
    ]


def _opinion(desk: Desk, one: Told, given: set[str], ranks: Mapping[str, int]) -> dict[str, Any]:
    definition, author = desk.shelf.definition, desk.correspondent(one)
    answers = _opinion_answers(desk, one)
    is_given = one.dossier.reference in given
    saved_at, given_at = _two_moments(desk)
    row = {
        "dossier_id": one.dossier.id,
        "call_id": desk.shelf.call.id,
        "region": one.dossier.region or "",
        "answers": opinions.stored_form(definition, answers),
        "verdict": value_at(answers, definition.sheet.projection.verdict),
        "regional_rank": ranks.get(one.dossier.reference),
        "given_at": given_at if is_given else None,
        "author_id": author.person_id,
        "at": given_at if is_given else saved_at,
        "version": 1,
    }
    facts = {"verdict": row["verdict"], "mark": instruction.opinion_mark(Opinion(answers=row["answers"]))}
    desk.ledger.note(author, Role.CORRESPONDENT, "opinion.saved", one.on, saved_at, facts)
    if is_given:
        desk.ledger.note(author, Role.CORRESPONDENT, "opinion.given", one.on, given_at, facts)
    return row


def _two_moments(desk: Desk) -> tuple[datetime, datetime]:
    saved = desk.shelf.times.instruction(0.32, 0.5, desk.rng)
    return saved, max(saved, desk.shelf.times.instruction(0.45, 0.6, desk.rng))


def _opinion_answers(desk: Desk, one: Told) -> Mapping[str, Any]:
    seen = one.fiction.quality + desk.rng.gauss(0, 0.09)
    degrees = desk.recipes["avis_degres"]
    degree = next((one for one in degrees if seen < one["jusqua"]), degrees[-1])
    document: dict[str, dict[str, Any]] = {}
    for path, recipe in {**degree["reponses"], **desk.recipes["avis_reponses"]}.items():
        stage, _, key = path.partition(".")
        document.setdefault(stage, {})[key] = one.fiction.draws.value(recipe)
    answers, refusals = desk.shelf.definition.opinion.read(document)
    if refusals:
        raise BadRecipe(f"{refusals[0].place} : {refusals[0].sentence}")
    return answers


def _regional_ranks(told: Any) -> dict[str, int]:
    """Rank the dossiers of each region, the best first."""
    ranks: dict[str, int] = {}
    seen: dict[str, int] = {}
    for one in sorted(told, key=lambda one: -one.fiction.quality):
        region = one.dossier.region or ""
        seen[region] = seen.get(region, 0) + 1
        ranks[one.dossier.reference] = seen[region]
    return ranks


def _orders(desk: Desk, written: Sequence[Told], ranks: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the order that each region saved, once its opinions were given."""
    call = desk.shelf.call
    orders: dict[str, dict[str, int]] = {}
    authors: dict[str, Actor] = {}
    for one in written:
        if one.dossier.reference in ranks:
            region = one.dossier.region or ""
            orders.setdefault(region, {})[one.dossier.reference] = ranks[one.dossier.reference]
            authors[region] = desk.correspondent(one)
    rows = []
    rng = seeded("orders", call.slug)  # of its own: whose conflicts the jury declares next does not hang on regions
    for region, order in sorted(orders.items()):
        at, author = desk.shelf.times.instruction(0.6, 0.63, rng), authors[region]
        facts = {"region": region, "ranks": order}
        desk.ledger.note(author, Role.CORRESPONDENT, "region.ranked", ("call", call.slug), at, facts)
        rows.append({"call_id": call.id, "region": region, "ranks": order, "by_id": author.person_id, "at": at})
    return rows


def _decision(desk: Desk, one: Told) -> dict[str, Any]:
    at, before = desk.shelf.times.instruction(0.64, 0.78, desk.rng), one.dossier.state
    act = Act.FIND_ELIGIBLE if one.fiction.admitted else Act.FIND_NOT_ELIGIBLE
    one.dossier.state = after(before, act).value
    facts = {"number": one.dossier.number, "eligible": one.fiction.admitted, "state_before": before}
    desk.ledger.note(desk.cast.team, Role.TEAM, "eligibility.decided", one.on, at, facts)
    return {
        "dossier_id": one.dossier.id,
        "eligible": one.fiction.admitted,
        "reason": one.fiction.reason,
        "author_id": desk.cast.team.person_id,
        "at": at,
        "version": 1,
    }


def _insert(session: Session, model: type[Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(model), rows)
