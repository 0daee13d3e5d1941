"""What is always true of dossiers: numbers, deposits, projections, decisions, opinions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.persons import fold
from ptce_aap.domain.questionnaire import Answers, filled_rows
from ptce_aap.models import Answer, Assignment, Call, Dossier, DossierCopy, EligibilityDecision, Filing, Member, Opinion
from ptce_aap.models.erasure import is_erased, root_is_erased
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers

_CHUNK = 200


def copies_are_in_their_call(session: Session) -> Iterable[str]:
    """A dossier that takes a former one up is in the call that says so, and the former one is in another."""
    source = aliased(Dossier)
    query = (
        select(Dossier.reference)
        .join(DossierCopy, DossierCopy.dossier_id == Dossier.id)
        .join(source, source.id == DossierCopy.source_id)
    )
    broken = or_(Dossier.call_id != DossierCopy.call_id, source.call_id == DossierCopy.call_id)
    return session.scalars(query.where(broken).order_by(Dossier.reference))


def filed_ones_are_numbered(session: Session) -> Iterable[str]:
    """A dossier has a number and a frozen deposit exactly when it is no draft."""
    filing = exists().where(Filing.dossier_id == Dossier.id)
    draft = Dossier.state == "draft"
    broken = or_(
        draft & or_(Dossier.number.is_not(None), filing),
        ~draft & or_(Dossier.number.is_(None), ~filing, Dossier.filed_at.is_(None)),
    )
    return session.scalars(select(Dossier.reference).where(broken).order_by(Dossier.reference))


def deposits_match_their_digest(session: Session) -> Iterator[str]:
    """A frozen deposit is the text whose SHA-256 was written down, unless its dossier was erased."""
    query = select(Filing.snapshot, Filing.sha256, Dossier.reference).join(Filing.dossier).order_by(Filing.id)
    for snapshot, sha256, reference in session.execute(query.where(~is_erased()).execution_options(yield_per=_CHUNK)):
        if hashlib.sha256(snapshot.encode()).hexdigest() != sha256:
            yield reference


def deposits_are_numbered_in_order(session: Session) -> Iterable[str]:
    """The deposits of a dossier are numbered from 1 without gap."""
    query = (
        select(Dossier.reference)
        .join(Filing, Filing.dossier_id == Dossier.id)
        .group_by(Dossier.id, Dossier.reference)
        .having((func.min(Filing.sequence) != 1) | (func.max(Filing.sequence) != func.count()))
    )
    return session.scalars(query.order_by(Dossier.reference))


def columns_repeat_the_answers(session: Session) -> Iterator[str]:
    """Title, carrier, region, stage and members of the lists are those of the answers, until both are erased."""
    for call in calls.all_calls(session):
        definition = calls.definition_of(session, call)
        after = 0
        while True:
            query = select(Dossier).where(Dossier.call_id == call.id, Dossier.id > after, ~root_is_erased())
            found = list(session.scalars(query.order_by(Dossier.id).limit(_CHUNK)))
            if not found:
                break
            yield from _misprojected(session, found, definition)
            after = found[-1].id
            session.expunge_all()


def states_follow_decisions(session: Session) -> Iterable[str]:
    """A dossier is eligible or not exactly as the call team decided."""
    decided = EligibilityDecision.eligible
    query = select(Dossier.reference).outerjoin(EligibilityDecision, EligibilityDecision.dossier_id == Dossier.id)
    broken = or_(
        (Dossier.state == "eligible") & or_(decided.is_(None), decided.is_(False)),
        (Dossier.state == "not_eligible") & or_(decided.is_(None), decided.is_(True)),
        Dossier.state.in_(("draft", "filed")) & decided.is_not(None),
    )
    return session.scalars(query.where(broken).order_by(Dossier.reference))


def opinions_are_of_their_region(session: Session) -> Iterable[str]:
    """An opinion carries the call and the region of its dossier."""
    query = select(Dossier.reference).join(Opinion, Opinion.dossier_id == Dossier.id)
    return session.scalars(
        query.where(
            (Opinion.call_id != Dossier.call_id) | (Opinion.region != func.coalesce(Dossier.region, Opinion.region))
        ).order_by(Dossier.reference)
    )


def readers_are_given_eligible_dossiers(session: Session) -> Iterable[str]:
    """Only dossiers decided eligible go to the jury."""
    query = select(Dossier.reference).join(Assignment, Assignment.dossier_id == Dossier.id).distinct()
    return session.scalars(query.where(Dossier.state != "eligible").order_by(Dossier.reference))


def deposits_are_in_their_window(session: Session) -> Iterable[str]:
    """No deposit was received before the opening or after the closing in force."""
    query = select(Dossier.reference).join(Call, Call.id == Dossier.call_id).where(Dossier.filed_at.is_not(None))
    late = (Dossier.filed_at < Call.opens_at) | (Dossier.filed_at >= Call.closes_at)
    return session.scalars(query.where(late).order_by(Dossier.reference))


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "dossier.copied_into_another_call": copies_are_in_their_call,
    "dossier.columns_repeat_the_answers": columns_repeat_the_answers,
    "dossier.filed_ones_are_numbered": filed_ones_are_numbered,
    "dossier.states_follow_decisions": states_follow_decisions,
    "filing.is_in_its_window": deposits_are_in_their_window,
    "filing.matches_its_digest": deposits_match_their_digest,
    "filing.numbered_in_order": deposits_are_numbered_in_order,
    "jury.readers_are_given_eligible_dossiers": readers_are_given_eligible_dossiers,
    "opinion.is_of_its_region": opinions_are_of_their_region,
}


def _misprojected(session: Session, found: list[Dossier], definition: CallDefinition) -> Iterator[str]:
    by_dossier: dict[int, dict[str, object]] = {dossier.id: {} for dossier in found}
    for row in session.execute(
        select(Answer.dossier_id, Answer.key, Answer.value).where(Answer.dossier_id.in_(by_dossier))
    ):
        by_dossier[row.dossier_id][row.key] = row.value
    members: dict[int, list[str]] = {}
    for row in session.execute(
        select(Member.dossier_id, Member.name_key)
        .where(Member.dossier_id.in_(by_dossier))
        .order_by(Member.dossier_id, Member.position)
    ):
        members.setdefault(row.dossier_id, []).append(row.name_key)
    for dossier in found:
        answers = dossiers.from_stored(by_dossier[dossier.id], definition.questionnaire)
        if _columns(dossier, members.get(dossier.id, [])) != _expected(definition, answers):
            yield dossier.reference


def _columns(dossier: Dossier, members: list[str]) -> tuple[object, ...]:
    return (
        dossier.title,
        dossier.title_key,
        dossier.carrier,
        dossier.carrier_key,
        dossier.carrier_siren or "",
        dossier.region or "",
        dossier.stage or "",
        dossier.themes,
        members,
    )


def _expected(definition: CallDefinition, answers: Answers) -> tuple[object, ...]:
    shape = definition.sheet.projection
    texts = {
        path: dossiers.column_text(dossiers.value_at(answers, path))
        for path in (shape.title, shape.carrier, shape.carrier_siren, shape.region, shape.stage)
    }
    title, carrier = texts[shape.title], texts[shape.carrier]
    rows = filled_rows(answers.get(shape.members)) if shape.members and shape.member_name else []
    return (
        title,
        fold(title),
        carrier,
        fold(carrier),
        texts[shape.carrier_siren],
        texts[shape.region],
        texts[shape.stage],
        dossiers.themes_in(definition, answers),
        [fold(dossiers.column_text(row.get(shape.member_name or ""))) for row in rows],
    )
