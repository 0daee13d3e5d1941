"""What is always true of the sharing out of readings: plans applied are told, jurors' terms name what exists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.models import JournalEntry, JurorTerms, Person, ReadingPlan
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers


def applied_ones_are_told(session: Session) -> Iterator[str]:
    """A plan that was applied has its line in the journal, with as many readings; an undone one has two."""
    told: dict[str, list[int]] = {}
    query = (
        select(JournalEntry)
        .where(JournalEntry.act.in_(("plan.applied", "plan.undone")))
        .order_by(JournalEntry.chain, JournalEntry.sequence)
    )
    for line in session.scalars(query):
        told.setdefault(str(line.facts["plan"]), []).append(int(line.facts["given"]))
    for plan in session.scalars(select(ReadingPlan).order_by(ReadingPlan.id)):
        lines = told.get(plan.reference, [])
        expected = (plan.applied_at is not None) + (plan.undone_at is not None)
        if len(lines) != expected or (plan.applied is not None and lines[0] != len(plan.applied["given"])):
            yield plan.reference


def terms_name_what_exists(session: Session) -> Iterator[str]:
    """The themes and the region told of a juror are those of the call."""
    for call in calls.all_calls(session):
        definition = calls.definition_of(session, call)
        question = dossiers.theme_question(definition)
        themes = {option.value for option in question.options} if question else set()
        regions = {region.code for region in definition.sheet.regions}
        query = select(JurorTerms, Person.reference).join(Person, Person.id == JurorTerms.person_id)
        for terms, reference in session.execute(query.where(JurorTerms.call_id == call.id).order_by(Person.id)):
            if not set(terms.themes) <= themes or (terms.region is not None and terms.region not in regions):
                yield reference


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "plan.applied_is_told": applied_ones_are_told,
    "terms.name_what_exists": terms_name_what_exists,
}
