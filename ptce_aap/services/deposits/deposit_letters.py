"""What a deposit or a withdrawal owes to people: the receipt as a document, letters to the account and the contact."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.documents import french
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.questionnaire import Answers
from ptce_aap.mail import messages
from ptce_aap.models import Call, Dossier, Filing, JournalEntry, Person
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import deposit_trace, receipts
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.exchanges import addressees, letters
from ptce_aap.services.journal import daily_heads
from ptce_aap.services.running import outbox

RECEIPT = "receipt"


def owe_receipt(
    session: Session,
    dossier: Dossier,
    call: Call,
    definition: CallDefinition,
    answers: Answers,
    filing: Filing,
    line: JournalEntry,
    *,
    base_url: str,
) -> None:
    """Owe the receipt document, and a mail to its owner, to who filed it and to its contact, once to each address."""
    outbox.emit(session, RECEIPT, {"filing": filing.id}, at=filing.filed_at)
    accounts_of_it = [dossier.owner.email]
    if filing.filed_by_id != dossier.owner_id:
        accounts_of_it.append(session.get_one(Person, filing.filed_by_id).email)
    trace = deposit_trace.trace(line, daily_heads.last_before(session, filing.filed_at))
    for to in addressees.with_contact(accounts_of_it, definition, answers):
        letter = messages.filing_receipt(
            to,
            number=str(dossier.number),
            title=dossier.title,
            call_title=call.title,
            received=_received(definition, dossier, filing.filed_at),
            missing=len(filing.missing),
            line=(trace.sequence, trace.digest),
            head=(trace.head_number, trace.head_digest) if trace.head_number else None,
            link=base_url + addresses.receipt(dossier.reference),
            named_as_contact=to not in accounts_of_it,
        )
        letters.send(session, letter, at=filing.filed_at, call_id=call.id)


def owe_withdrawal(session: Session, dossier: Dossier, call: Call, *, base_url: str, now: datetime) -> None:
    """Owe the letter that says that a dossier is withdrawn, to its owner and to its contact."""
    definition = calls.definition_of(session, call)
    answers = dossiers.answers_of(session, dossier.id, definition.questionnaire)
    for to in addressees.with_contact([dossier.owner.email], definition, answers):
        letter = messages.dossier_withdrawn(
            to,
            number=str(dossier.number),
            title=dossier.title,
            call_title=call.title,
            withdrawn=f"{french.long_instant(now, seconds=True)} (heure de Paris)",
            link=base_url + addresses.dossier(dossier.reference),
            may_file_again=now < call.closes_at,
        )
        letters.send(session, letter, at=now, call_id=call.id)


def _received(definition: CallDefinition, dossier: Dossier, at: datetime) -> str:
    universal = at.astimezone(UTC)
    others = [f"{universal:%d/%m/%Y}, {universal:%H:%M:%S} UTC"]
    if local := receipts.local_instant(definition.sheet, dossier.region, at):
        others.append(local)
    apart = f"{french.NBSP}; "
    return f"{french.long_instant(at, seconds=True)} (heure de Paris{apart}{apart.join(others)})"
