"""Scenarios: a selection saved by name, found at once or by the worker, named again, copied, erased.

A scenario is a working paper: it changes neither the ranking nor the list, and leaves no line in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.portfolio.outcome import of_walk
from ptce_aap.domain.portfolio.problem import Objective, Problem
from ptce_aap.domain.portfolio.reading import read_problem
from ptce_aap.domain.portfolio.walk import walk
from ptce_aap.domain.portfolio.writing import digest_of, write_problem
from ptce_aap.models import Call, Person, Ranking, Scenario
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.ranking import standings
from ptce_aap.services.running import outbox
from ptce_aap.services.selection import scenario_inputs
from ptce_aap.services.selection.scenario_inputs import Inputs, Wish

KIND = "scenario"
SEED = 1
LONGEST_NAME = 120
MOST = 100  # of a call: they are working papers, to be sorted out


class State(StrEnum):
    """How far the answer of a scenario is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Card:
    """A scenario in the list of a call's."""

    reference: str
    name: str
    author: str
    created_at: datetime
    state: State
    sequence: int  # of the ranking on which it was asked
    result: Mapping[str, Any] | None


def save(session: Session, actor: Actor, call_id: int, name: str, wish: Wish, *, now: datetime) -> str:
    """Save a selection under a name; return its reference. What the walk answers is answered at once.

    Errors: ``not_allowed``, ``deport``, ``no_ranking``, ``scenario_name_missing``, ``scenario_name_too_long``,
    ``scenario_name_taken``, ``too_many_scenarios``.
    """
    call = calls.locked(session, call_id)
    accounts.require(actor, Permission.SIMULATE, call.id)
    inputs = scenario_inputs.read(session, actor, call)
    names = _names(session, call)
    if len(names) >= MOST:
        raise RuleViolation("too_many_scenarios", maximum=MOST)
    scenario = Scenario(
        call_id=call.id, name=_free(name, names), author_id=actor.person_id, created_at=now, adopted=wish.adopted
    )
    session.add(scenario)
    _ask(session, scenario, inputs, inputs.problem(wish), now)
    return scenario.reference


def compute_again(session: Session, actor: Actor, call_id: int, reference: str, *, now: datetime) -> None:
    """Ask the same of the ranking and the amounts of now.

    Errors: ``not_allowed``, ``deport``, ``no_ranking``, ``not_found``.
    """
    call = calls.locked(session, call_id)
    scenario = _to_change(session, actor, call, reference)
    inputs = scenario_inputs.read(session, actor, call)
    wish = scenario_inputs.wish_of(read_problem(scenario.instance), adopted=scenario.adopted)
    _ask(session, scenario, inputs, inputs.problem(wish), now)


def rename(session: Session, actor: Actor, call_id: int, reference: str, name: str) -> None:
    """Give another name to a scenario.

    Errors: ``not_allowed``, ``deport``, ``not_found``, ``scenario_name_missing``, ``scenario_name_too_long``,
    ``scenario_name_taken``.
    """
    call = calls.locked(session, call_id)
    scenario = _to_change(session, actor, call, reference)
    scenario.name = _free(name, _names(session, call) - {scenario.name})


def duplicate(session: Session, actor: Actor, call_id: int, reference: str, *, now: datetime) -> str:
    """Copy a scenario, answer included, under the first free name; return the copy's reference.

    Errors: ``not_allowed``, ``deport``, ``not_found``, ``too_many_scenarios``.
    """
    call = calls.locked(session, call_id)
    scenario = _to_change(session, actor, call, reference)
    names = _names(session, call)
    if len(names) >= MOST:
        raise RuleViolation("too_many_scenarios", maximum=MOST)
    base = scenario.name[: LONGEST_NAME - 15]
    free = (f"{base} (copie{f' {number}' if number > 1 else ''})" for number in range(1, MOST + 2))
    copy = Scenario(
        call_id=call.id,
        name=next(name for name in free if name not in names),
        author_id=actor.person_id,
        created_at=now,
        **{field: getattr(scenario, field) for field in _COPIED},
    )
    session.add(copy)
    session.flush()
    if copy.state == State.WAITING.value:
        outbox.emit(session, KIND, {"scenario": copy.reference}, at=now)
    return copy.reference


_COPIED = ("ranking_id", "adopted", "instance", "inputs_digest", "asked_at", "state", "result", "computed_at")


def erase(session: Session, actor: Actor, call_id: int, reference: str) -> None:
    """Erase a scenario. Errors: ``not_allowed``, ``deport``, ``not_found``."""
    call = calls.locked(session, call_id)
    session.delete(_to_change(session, actor, call, reference))


def listed(session: Session, call: Call) -> list[Card]:
    """Return the scenarios of a call, the latest first: one statement. Whoever asks must have read the inputs."""
    query = (
        select(Scenario, Person.name, Ranking.sequence)
        .join(Person, Person.id == Scenario.author_id)
        .join(Ranking, Ranking.id == Scenario.ranking_id)
        .where(Scenario.call_id == call.id)
        .options(defer(Scenario.instance))
        .order_by(Scenario.created_at.desc(), Scenario.id.desc())
    )
    return [_card(scenario, author, sequence) for scenario, author, sequence in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Opened:
    """A scenario as its page reads it."""

    card: Card
    adopted: bool
    asked_at: datetime
    computed_at: datetime | None
    instance: str
    inputs_digest: str


def opened(session: Session, call: Call, reference: str) -> Opened:
    """Return a scenario: one statement. Whoever asks must have read the inputs. Errors: ``not_found``."""
    query = (
        select(Scenario, Person.name, Ranking.sequence)
        .join(Person, Person.id == Scenario.author_id)
        .join(Ranking, Ranking.id == Scenario.ranking_id)
        .where(Scenario.call_id == call.id, Scenario.reference == reference)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    scenario, author, sequence = row
    return Opened(
        card=_card(scenario, author, sequence),
        adopted=scenario.adopted,
        asked_at=scenario.asked_at,
        computed_at=scenario.computed_at,
        instance=scenario.instance,
        inputs_digest=scenario.inputs_digest,
    )


def state(session: Session, actor: Actor, call: Call, reference: str) -> State:
    """Tell how far a scenario is, for the page that follows it. Errors: ``not_allowed``, ``deport``, ``not_found``."""
    accounts.require(actor, Permission.SEE_RANKING, call.id)
    standings.require_no_deport(session, actor, call)
    found = session.scalar(select(Scenario.state).where(Scenario.call_id == call.id, Scenario.reference == reference))
    if found is None:
        raise NotFound()
    return State(found)


def waiting(session: Session, reference: str) -> tuple[str, str] | None:
    """Return text and digest of what a scenario asks, for the worker; None where nothing is awaited any more."""
    row = session.execute(
        select(Scenario.instance, Scenario.inputs_digest).where(
            Scenario.reference == reference, Scenario.state == State.WAITING.value
        )
    ).one_or_none()
    return None if row is None else (row.instance, row.inputs_digest)


def record(session: Session, reference: str, digest: str, result: Mapping[str, Any] | None, *, now: datetime) -> None:
    """Keep the answer found for these inputs, None where the search failed; nothing if something else is asked now."""
    scenario = session.scalar(
        select(Scenario).where(
            Scenario.reference == reference,
            Scenario.inputs_digest == digest,
            Scenario.state == State.WAITING.value,
        )
    )
    if scenario is not None:
        scenario.state = (State.FAILED if result is None else State.DONE).value
        scenario.result, scenario.computed_at = result, now


def _ask(session: Session, scenario: Scenario, inputs: Inputs, problem: Problem, now: datetime) -> None:
    """Ask this of a scenario: answered here where the walk is the answer, else by the worker."""
    text = write_problem(problem)
    scenario.ranking_id, scenario.instance, scenario.inputs_digest = inputs.ranking.id, text, digest_of(text)
    scenario.asked_at, scenario.result, scenario.computed_at = now, None, None
    scenario.state = State.WAITING.value
    answer = at_once(problem)
    if answer is not None:
        scenario.state, scenario.result, scenario.computed_at = State.DONE.value, answer, now
    session.flush()
    if answer is None:
        outbox.emit(session, KIND, {"scenario": scenario.reference}, at=now)


def at_once(problem: Problem) -> Mapping[str, Any] | None:
    """Return the answer where the walk down the jury's order gives it; None where a solver is needed."""
    if problem.objective is not Objective.ORDER:
        return None
    walked = walk(problem)
    return None if walked.missed else of_walk(problem, walked).as_json(problem, seed=SEED)


def _to_change(session: Session, actor: Actor, call: Call, reference: str) -> Scenario:
    accounts.require(actor, Permission.SIMULATE, call.id)
    standings.require_no_deport(session, actor, call)
    query = select(Scenario).where(Scenario.call_id == call.id, Scenario.reference == reference)
    found = session.scalar(query)
    if found is None:
        raise NotFound()
    return found


def _names(session: Session, call: Call) -> set[str]:
    return set(session.scalars(select(Scenario.name).where(Scenario.call_id == call.id)))


def _free(name: str, taken: set[str]) -> str:
    kept = " ".join(name.split())
    if not kept:
        raise RuleViolation("scenario_name_missing")
    if len(kept) > LONGEST_NAME:
        raise RuleViolation("scenario_name_too_long", maximum=LONGEST_NAME)
    if kept in taken:
        raise RuleViolation("scenario_name_taken")
    return kept


def _card(scenario: Scenario, author: str, sequence: int) -> Card:
    return Card(
        reference=scenario.reference,
        name=scenario.name,
        author=author,
        created_at=scenario.created_at,
        state=State(scenario.state),
        sequence=sequence,
        result=scenario.result,
    )
