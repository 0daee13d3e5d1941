"""The letter that tells an applicant that his dossier is not eligible: drawn from the decision, reread, sent once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.documents.eligibility_letter import EligibilityLetter as Letter
from ptce_aap.domain.calls import CallDefinition, Mention, Place
from ptce_aap.domain.dossier import State
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission, Role
from ptce_aap.domain.persons import fold
from ptce_aap.mail import messages
from ptce_aap.models import Call, Dossier, EligibilityDecision, EligibilityLetter, Person, RoleGrant, visibility
from ptce_aap.models.instruction import letter_wanted
from ptce_aap.services.accounts import accounts
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import receipts
from ptce_aap.services.dossiers import rooms
from ptce_aap.services.dossiers.dossiers import counted
from ptce_aap.services.dossiers.managed import ManagedPage
from ptce_aap.services.exchanges import addressees, letters
from ptce_aap.services.journal import journal

_LEAST_NAME = 6  # letters of a name that is looked for in a text: shorter ones are words


@dataclass(frozen=True, slots=True)
class Unsent:
    """A letter before it leaves: what holds it back, who is named in it, whether the same was sent."""

    letter: Letter
    version: int
    wanted: bool
    sent_at: datetime | None
    unapproved: tuple[str, ...]  # texts of the call that may be sent to nobody yet, or that are lacking
    named: tuple[str, ...]  # readers and other dossiers that its reasons name
    open: bool


def assembled_reason(page: ManagedPage) -> str:
    """Return the reasons of a refusal as a draft: each rule that is not met, where it is written, what was added."""
    return "\n\n".join(_reasons(page))


def _reasons(page: ManagedPage) -> Iterator[str]:
    for item in page.document.rules:
        proposal = page.instruction.proposals.get(item.rule.key)
        result = proposal.proposed if proposal is not None else item.verdict.result
        if result is not Result.NOT_MET:
            continue
        where = f" ({item.rule.reference})" if item.rule.reference else ""
        told = item.verdict.reason if item.verdict.result is Result.NOT_MET else item.rule.plain
        added = f" {proposal.reason}" if proposal is not None and proposal.reason else ""
        yield f"{item.rule.label}{where}\u00a0: {told}{added}"


def waiting(session: Session, actor: Actor, call: Call, *, now: datetime) -> int:
    """Return how many letters are to be sent, of the dossiers open to this person."""
    return counted(session, rooms.open_to(actor, call, now=now).where(letter_wanted()))


def to_send(session: Session, actor: Actor, call: Call, reference: str, *, now: datetime) -> Unsent:
    """Return the letter of a decision as it would leave. Errors: ``not_found``, without a decision to tell too."""
    found = session.scalar(_managed(actor, call, now).where(Dossier.reference == reference))
    decision = session.get(EligibilityDecision, found.id) if found is not None else None
    if found is None or decision is None:
        raise NotFound()
    return _unsent(session, call, found, decision)


def send(
    session: Session,
    actor: Actor,
    call_id: int,
    reference: str,
    *,
    shown: str,
    reread: bool,
    base_url: str,
    now: datetime,
) -> None:
    """Send the letter that the page showed (``shown``: its digest), once.

    ``reread``: whoever sends says that those whom it names may be named.
    Errors: ``not_allowed``, ``not_found``, ``decision_settled`` out of the window, ``already_done``,
    ``changed_meanwhile``, ``letter_not_approved`` (``titles``), ``letter_names_others`` (``names``).
    """
    accounts.require(actor, Permission.DECIDE_ELIGIBILITY, call_id)
    call = session.get_one(Call, call_id, with_for_update={"read": True})
    dossier = session.scalar(
        _managed(actor, call, now).where(Dossier.reference == reference).with_for_update(of=Dossier)
    )
    decision = session.get(EligibilityDecision, dossier.id) if dossier is not None else None
    if dossier is None or decision is None:
        raise NotFound()
    unsent = _unsent(session, call, dossier, decision)
    _require_sendable(unsent, shown=shown, reread=reread)
    session.add(
        EligibilityLetter(
            dossier_id=dossier.id,
            decision_version=decision.version,
            eligible=decision.eligible,
            sha256=unsent.letter.sha256,
            author_id=actor.person_id,
            sent_at=now,
        )
    )
    facts = {"number": dossier.number, "eligible": decision.eligible, "sha256": unsent.letter.sha256}
    on = ("dossier", dossier.reference)
    journal.record(session, actor, "eligibility.told", on=on, at=now, call_id=call.id, role=Role.TEAM, facts=facts)
    link = base_url + addresses.eligibility(dossier.reference)
    for to in addressees.of_dossier(session, dossier, calls.definition_of(session, call)):
        message = messages.eligibility_letter(to, number=str(dossier.number), call_title=call.title, link=link)
        letters.send(session, message, at=now, call_id=call.id)


def received(session: Session, page: DossierPage) -> Letter | None:
    """Return the letter that an applicant reads: the last one sent, while the decision is the one that it tells."""
    if page.dossier.state not in {State.ELIGIBLE, State.NOT_ELIGIBLE}:
        return None
    row = session.execute(
        select(EligibilityLetter, EligibilityDecision)
        .join(EligibilityDecision, EligibilityDecision.dossier_id == EligibilityLetter.dossier_id)
        .where(EligibilityLetter.dossier_id == page.dossier.id)
        .where(EligibilityLetter.decision_version == EligibilityDecision.version)
    ).one_or_none()
    if row is None:
        return None
    sent, decision = row
    return replace(_letter(page.definition, page.call, page.dossier, decision), dated=sent.sent_at)


def _require_sendable(unsent: Unsent, *, shown: str, reread: bool) -> None:
    if not unsent.open:
        raise RuleViolation("decision_settled")
    if not unsent.wanted:
        raise RuleViolation("already_done")
    if unsent.letter.sha256 != shown:
        raise Conflict()
    if unsent.unapproved:
        raise RuleViolation("letter_not_approved", titles=", ".join(unsent.unapproved))
    if unsent.named and not reread:
        raise RuleViolation("letter_names_others", names=", ".join(unsent.named))


def _managed(actor: Actor, call: Call, now: datetime) -> Select[Dossier]:
    return visibility.managed_by(actor.person_id, call, now=now)


def _unsent(session: Session, call: Call, dossier: Dossier, decision: EligibilityDecision) -> Unsent:
    definition = calls.definition_of(session, call)
    sent = session.get(EligibilityLetter, (dossier.id, decision.version))
    wanted = session.scalar(select(Dossier.id).where(Dossier.id == dossier.id, letter_wanted()))
    letter = _letter(definition, call, dossier, decision)
    return Unsent(
        letter=letter if sent is None else replace(letter, dated=sent.sent_at),
        version=decision.version,
        wanted=wanted is not None,
        sent_at=sent.sent_at if sent is not None else None,
        unapproved=() if decision.eligible else _unapproved(definition),
        named=_named(session, call, dossier, decision.reason),
        open=call.allows(Deed.DECIDE_ELIGIBILITY),
    )


def _letter(definition: CallDefinition, call: Call, dossier: Dossier, decision: EligibilityDecision) -> Letter:
    """Draw the letter. A text that the legal service has yet to approve is shown in no letter."""
    texts = () if decision.eligible else definition.sheet.texts_for(Place.DECISION)
    return Letter(
        call_title=call.title,
        service=receipts.service_lines(definition.sheet),
        number=str(dossier.number),
        title=dossier.title,
        carrier=dossier.carrier,
        eligible=decision.eligible,
        reason=decision.reason,
        decided_at=decision.at,
        texts=tuple((text.title, text.body) for text in texts if not text.approval_needed),
        fictional=call.fictional,
    )


def _unapproved(definition: CallDefinition) -> tuple[str, ...]:
    """Return what keeps a refusal from leaving: texts to approve, or no text of the remedies at all."""
    texts = definition.sheet.texts_for(Place.DECISION)
    lacking = [text.title for text in texts if text.approval_needed]
    if not any(text.mention is Mention.REMEDIES for text in texts):
        lacking.append("Voies et délais de recours (texte absent)")
    return tuple(lacking)


def _named(session: Session, call: Call, dossier: Dossier, reason: str) -> tuple[str, ...]:
    """Return the readers of the call, and its other dossiers, that a text names whole: names, numbers, titles."""
    said = f" {fold(reason)} "
    of_call = or_(RoleGrant.call_id == call.id, RoleGrant.call_id.is_(None))
    people = session.scalars(select(Person.name).join(RoleGrant, RoleGrant.person_id == Person.id).where(of_call))
    others = session.execute(
        select(Dossier.number, Dossier.title, Dossier.carrier)
        .where(Dossier.call_id == call.id, Dossier.id != dossier.id)
        .where(Dossier.number.is_not(None))
    )
    own = {fold(dossier.title), fold(dossier.carrier)}
    names = [name for name in people if name]
    names += [name for row in others for name in row if name and fold(name) not in own]
    return tuple(sorted({name for name in names if _is_said(name, said)}))


def _is_said(name: str, said: str) -> bool:
    folded = fold(name)
    return len(folded) >= _LEAST_NAME and re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", said) is not None
