"""Dossiers that come from files and go back to files, in the form that every tool of the call reads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.exchange import Document, write_document
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.domain.questionnaire import QuestionKind
from ptce_aap.models import Call, Dossier, Person
from ptce_aap.services.accounts import accounts, claims, enrolment
from ptce_aap.services.applicants import holding
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import filing
from ptce_aap.services.dossiers import dossiers


def call_named(session: Session, name: str) -> Call:
    """Return a call by its identifier, else the last one opened under this name. Errors: ``call_unknown``."""
    found = session.scalars(
        select(Call)
        .where(or_(Call.slug == name, Call.name == name))
        .order_by((Call.slug == name).desc(), Call.id.desc())
    ).first()
    if found is None:
        raise RuleViolation("call_unknown", call=name)
    return found


def owner_of_imports(session: Session, email: str, call: Call, *, base_url: str, now: datetime) -> Actor:
    """Return the account that imported dossiers belong to, created and invited where there is none.

    An account that has not proved the address is not its owner's: nothing of others goes there.

    Errors: ``mail_address_refused``.
    """
    query = select(Person).options(joinedload(Person.grants)).where(Person.email_key == accounts.email_key(email))
    person = session.scalar(query)
    if person is None or claims.is_unproven(person):
        enrolment.invite(
            session, email, Role.APPLICANT, now=now, by=calls.SYSTEM, base_url=base_url, call_title=call.title
        )
        session.flush()
        person = session.scalars(query).unique().one()
    return accounts.actor_of(person)


def import_dossier(
    session: Session, owner: str, call_name: str, document: Document, *, submit: bool, base_url: str, now: datetime
) -> Dossier:
    """Add a dossier read from a file, as a draft, filed at once where ``submit``.

    A draft is accepted whatever the calendar says; it is filed at the present instant, and the instant that its file
    states is kept beside.
    Errors: ``call_unknown``, ``mail_address_refused``, and those of ``filing.file_dossier``.
    """
    call = call_named(session, call_name)
    actor = owner_of_imports(session, owner, call, base_url=base_url, now=now)
    dossier = filing.new_dossier(session, actor, call, owner_id=actor.person_id, now=now)
    definition = calls.definition_of(session, call)
    filing.write_answers(session, dossier, definition, document.answers, actor.person_id, now)
    dossier.stated_submitted_at = document.submitted_text
    holding.record(session, calls.SYSTEM, "dossier.imported", dossier, now, submit=submit)
    session.flush()
    if submit:
        filing.file_dossier(session, actor, dossier.reference, base_url=base_url, received_at=now)
    return dossier


def export_dossier(session: Session, number: str) -> tuple[str, tuple[str, ...]]:
    """Return a dossier's canonical JSON and the names of its pieces, found by its number or its reference.

    Its instant of deposit is the one that its file stated where it was imported, else its own.
    Errors: ``dossier_unknown``.
    """
    found = session.execute(
        select(Dossier, Call)
        .join(Call, Call.id == Dossier.call_id)
        .where(or_(Dossier.number == number.strip().upper(), Dossier.reference == number.strip()))
    ).one_or_none()
    if found is None:
        raise RuleViolation("dossier_unknown", number=number)
    dossier, call = found
    definition = calls.definition_of(session, call)
    answers = dossiers.answers_of(session, dossier.id, definition.questionnaire)
    document = Document(dossier.filed_at, answers, dossier.stated_submitted_at)
    return write_document(document, definition.questionnaire), piece_names(definition, document)


def piece_names(definition: CallDefinition, document: Document) -> tuple[str, ...]:
    """Return the names of the pieces that a dossier cites: a file of answers carries no other file."""
    return tuple(
        name
        for question in definition.questionnaire.questions
        if question.kind is QuestionKind.ATTACHMENT
        for name in document.answers.get(question.path, ())
    )
