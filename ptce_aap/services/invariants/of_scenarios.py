"""What is always true of saved scenarios: one call, the inputs of their digest, answers that respect every limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.portfolio.outcome import reached
from ptce_aap.domain.portfolio.problem import MINIMUMS, allowed
from ptce_aap.domain.portfolio.reading import read_problem
from ptce_aap.domain.portfolio.writing import digest_of, read_selection
from ptce_aap.domain.refusals import BadAnswers
from ptce_aap.models import Ranking, Scenario


def are_of_one_call(session: Session) -> Iterable[str]:
    """A scenario starts from a ranking of its call."""
    query = select(Scenario.reference).join(Ranking, Ranking.id == Scenario.ranking_id)
    return session.scalars(query.where(Ranking.call_id != Scenario.call_id).order_by(Scenario.reference))


def match_their_digests(session: Session) -> Iterator[str]:
    """The digest of a scenario is that of what it asks."""
    query = select(Scenario.reference, Scenario.instance, Scenario.inputs_digest).order_by(Scenario.reference)
    for reference, instance, digest in session.execute(query):
        if digest_of(instance) != digest:
            yield reference


def answers_respect_their_limits(session: Session) -> Iterator[str]:
    """Each answer selects among the dossiers of its inputs, within every limit; an impossible one selects nobody."""
    query = select(Scenario.reference, Scenario.instance, Scenario.result).where(Scenario.state == "done")
    for reference, instance, result in session.execute(query.order_by(Scenario.reference)):
        if not _holds(instance, result):
            yield reference


def _holds(instance: str, result: dict[str, object]) -> bool:
    try:
        problem = read_problem(instance)
        selection = read_selection(problem, result)
    except (BadAnswers, KeyError):
        return False
    if not selection.feasible:
        return bool(selection.blocking) and not selection.selected
    counted = [(limit.kind in MINIMUMS, reached(selection, limit) - allowed(limit)) for limit in problem.limits]
    return all(beyond >= 0 if least else beyond <= 0 for least, beyond in counted)


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "scenario.answer_respects_its_limits": answers_respect_their_limits,
    "scenario.is_of_one_call": are_of_one_call,
    "scenario.matches_its_digest": match_their_digests,
}
