"""The receipt of a deposit as a document: what it says, and where it is kept once it is made."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.clock import PARIS
from ptce_aap.documents import french
from ptce_aap.documents.receipt import Receipt, Step
from ptce_aap.domain import places
from ptce_aap.domain.calls import CallDefinition, Place
from ptce_aap.domain.errors import NotFound
from ptce_aap.models import Call, Dossier, Filing
from ptce_aap.services import calls


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
    region = definition.sheet.region(dossier.region or "")
    abroad = region is not None and region.time_zone != PARIS.key
    return Receipt(
        call_title=call.title,
        service=(definition.sheet.organiser,),
        number=str(dossier.number),
        title=dossier.title,
        carrier=dossier.carrier,
        received_at=filing.filed_at,
        sha256=filing.sha256,
        complete=not filing.missing,
        missing=tuple(places.words_of(definition.questionnaire, place) for place in filing.missing),
        local_zone=region.time_zone if region is not None and abroad else None,
        local_place=region.name if region is not None and abroad else "",
        next_steps=tuple(Step(step.when, step.what) for step in next_steps(call, definition)),
        mentions=mentions(definition),
        verification_address=base_url + addresses.receipt(dossier.reference),
        fictional=call.fictional,
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


def mentions(definition: CallDefinition) -> tuple[tuple[str, str], ...]:
    """Return the texts of the call for receipts; one that the legal service has yet to approve is sent to nobody."""
    return tuple(
        (f"{text.title} (proposition, non officielle)" if text.proposal else text.title, text.body)
        for text in definition.sheet.texts_for(Place.RECEIPT)
        if not text.approval_needed
    )


def keep(session: Session, filing_id: int, digest: str) -> None:
    """Remember where the document is; the first one made stays."""
    session.execute(
        update(Filing)
        .where(Filing.id == filing_id, Filing.receipt_file.is_(None))
        .values(receipt_file=digest)
        .execution_options(synchronize_session=False)
    )
