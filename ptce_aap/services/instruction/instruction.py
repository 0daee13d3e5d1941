"""The correspondent's room: which dossiers are his, and one dossier with the work that it asks for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.domain import calendar
from ptce_aap.domain.calls import CallDefinition, Region
from ptce_aap.domain.dossier import State
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.domain.questionnaire import Answers
from ptce_aap.models import Call, Dossier, EligibilityDecision, Opinion, OpinionTerm, Person, RuleProposal, visibility
from ptce_aap.models.base import canonical_json
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import reading
from ptce_aap.services.dossiers.dossiers import from_stored
from ptce_aap.services.instruction import filing_changes
from ptce_aap.services.jury import opinion_masks


@dataclass(frozen=True, slots=True)
class CallCard:
    """A call on the list of a correspondent."""

    call: Call
    phase: calendar.Phase
    regions: tuple[str, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class ProposalReading:
    """What was proposed for a rule."""

    rule: str
    computed: Result
    proposed: Result
    reason: str
    version: int


@dataclass(frozen=True, slots=True)
class OpinionReading:
    """The regional opinion as it is stored, given or not."""

    answers: Answers
    verdict: str  # in words
    regional_rank: int | None
    given_at: datetime | None
    giver: str  # who gave it, or saved it last; empty where his account is erased
    at: datetime
    mark: str  # a short digest of what it says, by which a form knows what it had shown


@dataclass(frozen=True, slots=True)
class DecisionReading:
    """The call team's decision on eligibility."""

    eligible: bool
    reason: str
    author: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """Everything that was said of a dossier before the jury."""

    proposals: dict[str, ProposalReading]
    opinion: OpinionReading | None
    decision: DecisionReading | None
    opinion_masked: bool = False  # this reader still has to mark the dossier

    @property
    def shown(self) -> str:
        """The mark of the proposals that a page showed: it changes when one of them does."""
        return mark_of({key: proposal.version for key, proposal in self.proposals.items()})


@dataclass(frozen=True, slots=True)
class WorkPage:
    """A dossier opened by its correspondent."""

    definition: CallDefinition
    document: reading.Document
    instruction: Instruction
    open: bool  # the window of instruction
    proposals_open: bool
    opinions_open: bool
    changes: filing_changes.FilingChanges | None = None  # since the deposit before, where there is one


def visible(session: Session, actor: Actor, call: Call, *, now: datetime) -> Select[Dossier]:
    """Return the dossiers that this correspondent finds in his room."""
    sheet = calls.definition_of(session, call).sheet
    regions = actor.regions_on(call.id)
    readable = calls.correspondents_may_read(call, sheet, now)
    absents = actor.closed_with(call.id)
    return visibility.instructed_by(actor.person_id, call, regions, readable=readable, absents=absents)


def is_open(call: Call) -> bool:
    """Tell whether proposals are still received: until the marking opens."""
    return call.allows(Deed.PROPOSE)


def opinions_due(call: Call) -> datetime | None:
    """Return the first instant at which opinions and regional ranks are too late; None: when the marking opens."""
    return call.opinions_due_at


def opinions_open(call: Call, now: datetime) -> bool:
    """Tell whether opinions and regional ranks are received: until their term, and never once the marking is open."""
    due = opinions_due(call)
    return is_open(call) and (due is None or now < due)


def my_calls(session: Session, actor: Actor, *, now: datetime) -> list[CallCard]:
    """Return the calls that this person instructs, the latest to close first."""
    found = []
    for call in calls.all_calls(session):
        if actor.may(Permission.INSTRUCT, call.id):
            definition = calls.definition_of(session, call)
            names = tuple(region.name for region in regions_of(definition, actor, call))
            phase = calendar.phase(calls.calendar_of(call), now)
            found.append(CallCard(call, phase, names, is_open(call)))
    return found


def regions_of(definition: CallDefinition, actor: Actor, call: Call) -> tuple[Region, ...]:
    """Return the regions that this person instructs, in the order of the call: his own, then those of the absent."""
    held, lent = actor.regions_on(call.id), actor.absents_on(call.id)
    found = (region for region in definition.sheet.regions if region.code in held)
    return tuple(sorted(found, key=lambda region: region.code in lent))


def work_page(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> WorkPage:
    """Open a dossier of one's regions. Errors: ``not_found``."""
    definition = calls.definition_of(session, call)
    dossier = session.scalar(visible(session, actor, call, now=now).where(Dossier.reference == reference))
    if dossier is None:
        raise NotFound()
    return WorkPage(
        definition=definition,
        document=reading.read(session, dossier, call, definition),
        instruction=instruction_of(session, actor, call, dossier, definition, instructs=True),
        open=is_open(call),
        proposals_open=is_open(call) and dossier.state == State.FILED,
        opinions_open=opinions_open(call, now),
        changes=filing_changes.since_the_one_before(session, dossier, call, definition),
    )


def instruction_of(
    session: Session, actor: Actor, call: Call, dossier: Dossier, definition: CallDefinition, *, instructs: bool = False
) -> Instruction:
    """Return what was said of a dossier before the jury, as this reader knows it: two statements.

    Whoever still has to mark the dossier reads no opinion on it, unless he ``instructs`` it here, hence writes it.
    """
    masked = not instructs and opinion_masks.masks(session, actor, call, dossier)
    stored = session.scalars(select(RuleProposal).where(RuleProposal.dossier_id == dossier.id))
    proposals = {
        row.rule: ProposalReading(row.rule, Result(row.computed), Result(row.proposed), row.reason, row.version)
        for row in stored
    }
    giver = aliased(Person)
    said = session.execute(
        select(
            Opinion,
            visibility.rank_among_open(actor.person_id, actor.closed_with(dossier.call_id)),
            giver.name,
            EligibilityDecision,
            Person.name,
        )
        .select_from(Dossier)
        .outerjoin(Opinion, Opinion.dossier_id == Dossier.id)
        .outerjoin(giver, giver.id == Opinion.author_id)
        .outerjoin(EligibilityDecision, EligibilityDecision.dossier_id == Dossier.id)
        .outerjoin(Person, Person.id == EligibilityDecision.author_id)
        .where(Dossier.id == dossier.id)
    ).one()
    opinion, rank, given_by, decision, author = said
    told = opinion is not None and not masked
    return Instruction(
        proposals=proposals,
        opinion=opinion_reading(definition, opinion, rank, given_by or "") if told else None,
        decision=DecisionReading(decision.eligible, decision.reason, author or "", decision.at, decision.version)
        if decision is not None
        else None,
        opinion_masked=masked,
    )


def given_opinion(
    session: Session, actor: Actor, dossier: Dossier, definition: CallDefinition
) -> OpinionReading | None:
    """Return the given opinion on a dossier, as this reader knows its number; None where none is. One statement."""
    found = session.execute(
        select(
            Opinion,
            visibility.rank_among_open(actor.person_id, actor.closed_with(dossier.call_id)),
            Person.name,
        )
        .outerjoin(Person, Person.id == Opinion.author_id)
        .where(Opinion.dossier_id == dossier.id, Opinion.given_at.is_not(None))
    ).one_or_none()
    return opinion_reading(definition, found[0], found[1], found[2] or "") if found is not None else None


def opinion_reading(definition: CallDefinition, opinion: Opinion, rank: int | None, giver: str) -> OpinionReading:
    """Return an opinion as values, with its number in the region as its reader knows it, and who gave it."""
    return OpinionReading(
        answers=from_stored(opinion.answers, definition.opinion),
        verdict=reading.verdict_name(definition, opinion.verdict),
        regional_rank=rank,
        given_at=opinion.given_at,
        giver=giver,
        at=opinion.at,
        mark=opinion_mark(opinion),
    )


def opinion_mark(opinion: Opinion | None) -> str:
    """Return the mark of what an opinion says; nothing where nothing is said yet. A rank does not change it."""
    if opinion is None or not opinion.answers:
        return ""
    return hashlib.sha256(canonical_json(opinion.answers).encode()).hexdigest()[:16]


def mark_of(versions: Mapping[str, int]) -> str:
    """Return the mark of the proposals of a dossier, by the version that each rule's is at."""
    return ",".join(f"{rule}:{version}" for rule, version in sorted(versions.items()))


def held(session: Session, actor: Actor, call_id: int, reference: str, *, now: datetime) -> tuple[Call, Dossier]:
    """Load a dossier of one's regions for a change, in the window of instruction.

    Errors: ``not_allowed``, ``not_found``, ``instruction_over``.
    """
    call = held_call(session, actor, call_id)
    mine = visible(session, actor, call, now=now).where(Dossier.reference == reference)
    dossier = session.scalar(mine.with_for_update(of=Dossier))
    if dossier is None:
        raise NotFound()
    return call, dossier


def held_call(session: Session, actor: Actor, call_id: int) -> Call:
    """Load a call whose instruction is open: the marking does not open before this transaction ends.

    Errors: ``not_allowed``, ``instruction_over``.
    """
    accounts.require(actor, Permission.INSTRUCT, call_id)
    call = session.get_one(Call, call_id, with_for_update={"read": True})
    if not is_open(call):
        raise RuleViolation("instruction_over", since=call.marking_opened_at)
    return call


def require_opinions_open(session: Session, call: Call, now: datetime) -> None:
    """Refuse an opinion or a rank that reached us too late; ``now``: when it did. Errors: ``opinions_over``.

    Nothing passes once the order of the term is frozen either, however long it has been on the way.
    """
    due = opinions_due(call)
    if due is None:
        return
    frozen = exists().where(
        OpinionTerm.call_id == call.id, OpinionTerm.due_at == due, OpinionTerm.frozen_at.is_not(None)
    )
    if now >= due or session.scalar(select(frozen)):
        raise RuleViolation("opinions_over", due=calendar.last_moment(due))
