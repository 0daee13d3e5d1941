"""The receipt of a deposit as a document: what it says, and where it is kept once it is made."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.clock import PARIS
from ptce_aap.documents import french
from ptce_aap.documents.receipt import Receipt, Step
from ptce_aap.domain import places
from ptce_aap.domain.calls import CallDefinition, CallSheet, Mention, Place
from ptce_aap.domain.complements import Stop
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.sharing import Answer as Given
from ptce_aap.domain.sharing import Kind
from ptce_aap.models import Call, Dossier, Filing
from ptce_aap.services.applicants import dossier_content, dossier_people
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import deposit_trace
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.exchanges import complement_answers

_LONGEST_NUMBER = 40
_ASKED_AS = {Kind.REPRESENTATIVE: "représentant légal", Kind.CARRIER: "co-porteur", Kind.EDITOR: "co-rédacteur"}
# Compared where there is nothing to compare with.
_NOBODY_S = "-" * 64


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something that happens after a deposit."""

    when: str
    what: str


def receipt_of(session: Session, filing_id: int, *, base_url: str) -> Receipt:
    """Return what the receipt of a deposit says. Errors: ``not_found``."""
    found = session.execute(
        select(Filing, Dossier, Call)
        .join(Dossier, Dossier.id == Filing.dossier_id)
        .join(Call, Call.id == Dossier.call_id)
        .where(Filing.id == filing_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    filing, dossier, call = found
    definition = calls.definition_of(session, call)
    # The document is made after the act: the dossier may have been filed again since, under another name.
    answers, shape = dossier_content.answers_of_snapshot(definition, filing.snapshot), definition.sheet.projection
    region = definition.sheet.region(dossiers.column_text(dossiers.value_at(answers, shape.region)))
    requests = complement_answers.before(session, dossier.id, filing.filed_at)
    complement = any(request.filing_id == filing.id for request in requests)
    # A complement moves the time of the decision, which still runs from the deposit.
    counted = (
        (dossier.filed_at or filing.filed_at) if complement else filing.filed_at,
        complement_answers.stops_of(requests, now=filing.filed_at),
    )
    abroad = region is not None and region.time_zone != PARIS.key
    return Receipt(
        call_title=call.title,
        service=service_lines(definition.sheet),
        number=str(dossier.number),
        title=dossiers.column_text(dossiers.value_at(answers, shape.title)),
        carrier=dossiers.column_text(dossiers.value_at(answers, shape.carrier)),
        received_at=filing.filed_at,
        sha256=filing.sha256,
        complete=not filing.missing,
        missing=tuple(places.words_of(definition.questionnaire, place) for place in filing.missing),
        local_zone=region.time_zone if region is not None and abroad else None,
        local_place=region.name if region is not None and abroad else "",
        next_steps=tuple(Step(step.when, step.what) for step in next_steps(call, definition)),
        mentions=mentions(definition, *counted),
        complement=complement,
        confirmations=confirmations(session, filing),
        verification_address=base_url + addresses.verification(str(dossier.number), filing.sha256),
        fictional=call.fictional,
        trace=deposit_trace.trace_of(session, filing, reference=dossier.reference, call_id=call.id),
    )


def next_steps(call: Call, definition: CallDefinition) -> tuple[NextStep, ...]:
    """Return what happens after a deposit, with dates where they are known."""
    closing = calls.last_moment(call)
    reader = "le correspondant de votre région" if definition.sheet.regions else "le service instructeur"
    steps = [
        NextStep(f"{french.long_instant(closing)} (heure de Paris)", "Clôture des dépôts"),
        NextStep("Après la clôture", f"Votre dossier est lu par {reader}, qui donne un avis."),
        NextStep("Ensuite", "Le jury note les dossiers recevables. Vous recevez la décision par écrit."),
    ]
    return tuple(steps)


def local_instant(sheet: CallSheet, region: str | None, instant: datetime) -> str | None:
    """Return an instant in the local time of a territory, in words; None where it is that of Paris."""
    found = sheet.region(region or "")
    if found is None or found.time_zone == PARIS.key:
        return None
    zone = ZoneInfo(found.time_zone)
    told = f"{french.long_instant(instant, zone, seconds=True)} ({french.offset(instant, zone)})"
    return f"{told}, heure locale ({found.name})"


def service_lines(sheet: CallSheet) -> tuple[str, ...]:
    """Return the service in charge with its addresses; what the service has yet to confirm is printed nowhere."""
    contact = sheet.contact
    return (sheet.organiser,) if contact is None or contact.approval_needed else (sheet.organiser, *contact.lines)


def mentions(definition: CallDefinition, filed_at: datetime, stops: Sequence[Stop] = ()) -> tuple[tuple[str, str], ...]:
    """Return the texts of the call for receipts, their dates counted from the deposit that counts.

    One that the legal service has yet to approve is sent to nobody: ``awaiting`` tells the team. While complements
    are awaited (``stops``), no day is known on which silence decides: the text that gives one is left out.
    """
    received = filed_at.astimezone(PARIS).date()
    silence = definition.sheet.implied_decision_day(received, stops)
    days = {"jour_du_depot": french.long_date(received)}
    if silence is not None:
        days["jour_du_silence"] = french.long_date(silence)
    return tuple(
        (f"{text.title} (proposition, non officielle)" if text.proposal else text.title, text.filled(days))
        for text in definition.sheet.texts_for(Place.RECEIPT)
        if not text.approval_needed and (silence is not None or "{jour_du_silence}" not in text.body)
    )


def awaiting(sheet: CallSheet) -> tuple[str, ...]:
    """Return the mentions that the law asks of a receipt (CRPA, R112-11-1) and that those of this call lack, in words.

    Without them, the time limits of remedies cannot be opposed to applicants (CRPA, L112-6).
    """
    contact, lacking = sheet.contact, []
    if contact is None or contact.approval_needed or not contact.complete:
        lacking.append("le service chargé du dossier, avec son adresse postale, son courriel et son téléphone")
    told = {text.mention for text in sheet.texts_for(Place.RECEIPT) if not text.approval_needed}
    if sheet.silence_months is not None and Mention.SILENCE not in told:
        lacking.append("la date à laquelle une décision naît du silence, et son sens")
    if Mention.REMEDIES not in told:
        lacking.append("les voies et délais de recours")
    return tuple(lacking)


def confirmations(session: Session, filing: Filing) -> tuple[str, ...]:
    """Return who had confirmed a dossier when it was filed, and whether what was filed is what they had read.

    Called a confirmation, never a signature; the last word of each person counts.
    """
    given = dossier_people.confirmations(session, filing.dossier_id, until=filing.filed_at)
    confirmed = [one for one in given if one.answer is Given.CONFIRMED]
    if not confirmed:
        return ()
    snapshot = session.scalars(select(Filing.snapshot).where(Filing.id == filing.id)).one()
    content = dossier_content.digest_of_snapshot(snapshot)
    return tuple(
        f"{one.name}{f', {one.quality}' if one.quality else ''} ({_ASKED_AS[one.kind]})\u00a0: confirmation le "
        f"{french.long_instant(one.at)} (heure de Paris)"
        + ("" if one.content_sha256 == content else ", donnée sur une version antérieure du dossier")
        for one in confirmed
    )


@dataclass(frozen=True, slots=True)
class Verified:
    """What a public check answers: nothing but whether the two values go together, and since when."""

    received_at: datetime | None


def verify(session: Session, number: str, digest: str) -> Verified:
    """Tell whether a number and a digest are those of one deposit; the same work whatever is asked.

    A number alone tells nothing: who has no receipt learns nothing, whether the dossier exists or not.
    """
    rows = session.execute(
        select(Filing.sha256, Filing.filed_at)
        .join(Dossier, Dossier.id == Filing.dossier_id)
        .where(Dossier.number == number.strip().upper()[:_LONGEST_NUMBER])
    ).all()
    asked = digest.strip().lower().encode(errors="replace")
    received = None
    for sha256, filed_at in [*rows, (_NOBODY_S, None)]:
        if hmac.compare_digest(sha256.encode(), asked) and filed_at is not None:
            received = filed_at
    return Verified(received)


def keep(session: Session, filing_id: int, digest: str) -> None:
    """Remember where the document is; the first one made stays."""
    session.execute(
        update(Filing)
        .where(Filing.id == filing_id, Filing.receipt_file.is_(None))
        .values(receipt_file=digest)
        .execution_options(synchronize_session=False)
    )
