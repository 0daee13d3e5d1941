"""Who works on a dossier: what its people page shows, what was confirmed, and finding one of its people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed
from ptce_aap.domain.sharing import Answer, Kind, Right
from ptce_aap.models import Call, Dossier, DossierConfirmation, DossierPerson, Person
from ptce_aap.services.accounts.accounts import digest_of
from ptce_aap.services.applicants import applicant, holding

INVITATION_LIFE = timedelta(days=7)


class Standing(StrEnum):
    """Where somebody stands among the people of a dossier."""

    WAITING = "waiting"  # invited, has not answered
    EXPIRED = "expired"  # invited, and the link has died
    THERE = "there"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What somebody who was asked to confirm a dossier answered, and on which content (its digest)."""

    kind: Kind
    name: str
    quality: str
    answer: Answer
    sentence: str
    at: datetime
    content_sha256: str


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody of a dossier beside its owner; ``email`` is empty for who may not read it."""

    reference: str
    name: str  # empty for who has not accepted yet
    email: str
    kind: Kind
    right: Right
    standing: Standing
    since: datetime  # invited, asked or there since
    mine: bool
    offered: bool  # the dossier is offered to this person
    confirmation: Confirmation | None

    @property
    def asked_to_confirm(self) -> bool:
        """Tell whether this person's word on the dossier is awaited or given."""
        return self.kind is Kind.REPRESENTATIVE or (self.kind is Kind.CARRIER and self.standing is Standing.THERE)


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """What the people page shows."""

    dossier: Dossier
    call: Call
    right: Right
    owner: str
    lines: tuple[Line, ...]
    open: bool  # people may still come and go
    confirmable: bool  # the call is open: somebody may still be asked to confirm before a deposit

    @property
    def mine(self) -> Line | None:
        """The reader's own line, where he is not the owner."""
        return next((line for line in self.lines if line.mine), None)

    def invites_again(self, line: Line) -> bool:
        """Tell whether a new link may be sent to somebody who has not come; to confirm, while the call is open."""
        waits = line.standing is not Standing.THERE
        return waits and self.open and (self.confirmable or line.kind is not Kind.REPRESENTATIVE)


def people_page(session: Session, actor: Actor, reference: str, *, now: datetime) -> PeoplePage:
    """Return who works on a dossier that this person reads: three statements.

    Errors: ``not_found``, for a revision too, which has the people of its dossier.
    """
    dossier, call, right = applicant.held(session, actor, reference)
    if dossier.revises_id is not None:
        raise NotFound()
    owner = session.get_one(Person, dossier.owner_id)
    return PeoplePage(
        dossier=dossier,
        call=call,
        right=right,
        owner=owner.name or owner.email,
        lines=lines_of(session, dossier, call, actor, right, now=now),
        open=is_open(call),
        confirmable=call.allows(Deed.FILE_DOSSIER, now=now),
    )


def lines_of(
    session: Session, dossier: Dossier, call: Call, actor: Actor, right: Right, *, now: datetime
) -> tuple[Line, ...]:
    """Return the people of a dossier, or of a revision, beside the owner; those who are there first: one statement."""
    rows = session.execute(
        _with_last_word(dossier.revises_id or dossier.id)
        .outerjoin(Person, Person.id == DossierPerson.person_id)
        .add_columns(Person.name, Person.email)
        .where(DossierPerson.ended_at.is_(None))
        .order_by(DossierPerson.accepted_at.is_(None), DossierPerson.invited_at, DossierPerson.id)
    )
    return tuple(
        Line(
            reference=link.reference,
            name=name or email or (word.name if word else ""),
            email=(email or link.email) if right is Right.OWN else "",
            kind=Kind(link.kind),
            right=Right(link.given),
            standing=_standing(link, call, now),
            since=link.accepted_at or link.sent_at,
            mine=link.person_id == actor.person_id,
            offered=link.ownership_offered_at is not None,
            confirmation=_confirmation(link, word) if word else None,
        )
        for link, word, name, email in rows
    )


def confirmations(session: Session, dossier_id: int, *, until: datetime | None = None) -> tuple[Confirmation, ...]:
    """Return the last word of each person who was asked to confirm a dossier and answered: one statement.

    ``until``: as it stood at this instant, that of a deposit.
    """
    query = _with_last_word(dossier_id, until=until)
    if until is None:
        query = query.where(DossierPerson.ended_at.is_(None))
    else:
        query = query.where(DossierPerson.ended_at.is_(None) | (DossierPerson.ended_at > until))
    rows = session.execute(query.order_by(DossierConfirmation.at, DossierPerson.id))
    return tuple(_confirmation(link, word) for link, word in rows if word is not None)


def is_open(call: Call) -> bool:
    """Tell whether people may still be invited, accept and go: until the jury begins to mark."""
    return call.allows(Deed.SHARE_DOSSIER)


def locked(session: Session, actor: Actor, reference: str, *, right: Right = Right.OWN) -> Dossier:
    """Load a dossier whose people are about to change. Errors: those of ``holding.locked``."""
    dossier = holding.locked(session, actor, reference, right=right)
    if dossier.revises_id is not None:
        raise NotFound()  # a revision has the people of its dossier
    return dossier


def call_of(session: Session, dossier: Dossier) -> Call:
    """Return the call of a dossier."""
    return session.get_one(Call, dossier.call_id)


def require_open(session: Session, dossier: Dossier) -> Call:
    """Return the call of a dossier whose people may still change. Errors: ``people_settled``."""
    call = call_of(session, dossier)
    if not is_open(call):
        raise RuleViolation("people_settled")
    return call


def link_of(session: Session, dossier: Dossier, link: str) -> DossierPerson:
    """Return somebody of a dossier that is held, for a change. Errors: ``not_found``, ``already_done``."""
    query = select(DossierPerson).where(DossierPerson.dossier_id == dossier.id, DossierPerson.reference == link)
    found = session.scalar(query.with_for_update())
    if found is None:
        raise NotFound()
    if found.ended_at is not None:
        raise RuleViolation("already_done")
    return found


def own_link(session: Session, dossier: Dossier, actor: Actor) -> DossierPerson:
    """Return the link by which this person works on a dossier that is held. Errors: ``not_found`` for its owner."""
    found = session.scalar(own_links(dossier, actor).with_for_update())
    if found is None:
        raise NotFound()
    return found


def own_links(dossier: Dossier, actor: Actor) -> Select[DossierPerson]:
    """The live link by which this person works on a dossier, where he does."""
    return select(DossierPerson).where(
        DossierPerson.dossier_id == dossier.id,
        DossierPerson.person_id == actor.person_id,
        DossierPerson.ended_at.is_(None),
    )


def by_secret(
    session: Session, secret: str, *, representative: bool, now: datetime
) -> tuple[DossierPerson, Dossier, Call]:
    """Return what a personal link opens while it lives, a representative's or an invited person's.

    Errors: ``link_dead``.
    """
    kind = DossierPerson.kind == Kind.REPRESENTATIVE.value
    found = session.execute(
        select(DossierPerson, Dossier, Call)
        .join(Dossier, Dossier.id == DossierPerson.dossier_id)
        .join(Call, Call.id == Dossier.call_id)
        .where(DossierPerson.token_digest == digest_of(secret), kind if representative else ~kind)
    ).one_or_none()
    if found is None or now >= last_moment_of(found[0], found[2]):
        raise RuleViolation("link_dead")
    link, dossier, call = found
    return link, dossier, call


def held_by_secret(
    session: Session, secret: str, *, representative: bool, now: datetime
) -> tuple[DossierPerson, Dossier]:
    """Load what a personal link opens for a change: the dossier first, as every act on its people does, then the link.

    Errors: ``link_dead``, for a link that served or was replaced meanwhile too.
    """
    link, dossier, _ = by_secret(session, secret, representative=representative, now=now)
    session.refresh(dossier, with_for_update=True)
    session.refresh(link, with_for_update=True)
    if link.token_digest != digest_of(secret):
        raise RuleViolation("link_dead")
    return link, dossier


def last_moment_of(link: DossierPerson, call: Call) -> datetime:
    """Return the instant at which the link sent to somebody dies: seven days, the closing for a representative."""
    return call.closes_at if link.kind == Kind.REPRESENTATIVE else link.sent_at + INVITATION_LIFE


def _with_last_word(dossier_id: int, *, until: datetime | None = None) -> Select[DossierPerson, DossierConfirmation]:
    later = aliased(DossierConfirmation)
    newest = select(func.max(later.id)).where(later.link_id == DossierPerson.id)
    if until is not None:
        newest = newest.where(later.at <= until)
    return (
        select(DossierPerson, DossierConfirmation)
        .select_from(DossierPerson)
        .outerjoin(
            DossierConfirmation,
            and_(
                DossierConfirmation.link_id == DossierPerson.id,
                DossierConfirmation.id == newest.correlate(DossierPerson).scalar_subquery(),
            ),
        )
        .where(DossierPerson.dossier_id == dossier_id)
    )


def _confirmation(link: DossierPerson, word: DossierConfirmation) -> Confirmation:
    return Confirmation(
        kind=Kind(link.kind),
        name=word.name,
        quality=word.quality,
        answer=Answer(word.answer),
        sentence=word.sentence,
        at=word.at,
        content_sha256=word.content_sha256,
    )


def _standing(link: DossierPerson, call: Call, now: datetime) -> Standing:
    if link.accepted_at is not None:
        return Standing.THERE
    return Standing.WAITING if now < last_moment_of(link, call) else Standing.EXPIRED
