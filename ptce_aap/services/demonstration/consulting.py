"""Services and funders consulted on dossiers of a fictional call, and what some of them have answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.clock import PARIS
from ptce_aap.domain import working_days
from ptce_aap.domain.consultations import ConsultationSettings, Purpose
from ptce_aap.domain.permissions import Role
from ptce_aap.models import Consultation
from ptce_aap.services.calls import calls
from ptce_aap.services.demonstration.chance import reference
from ptce_aap.services.demonstration.deposits import Told
from ptce_aap.services.demonstration.instructing import Desk
from ptce_aap.services.instruction import consultation_readings, consultations


def consult(session: Session, desk: Desk, told: Sequence[Told]) -> None:
    """Write what is asked on dossiers of the region of the sign-in page; fictional letters are owed to nobody."""
    settings = desk.shelf.definition.consultations
    if settings is None or not desk.cast.correspondents:
        return
    region = next(iter(desk.cast.correspondents))
    here = [one for one in told if one.dossier.region == region and one.fiction.admitted]
    for number, recipe in enumerate(desk.recipes.get("consultation", ())):
        if recipe["rang"] < len(here):
            _ask(session, desk, settings, here[recipe["rang"]], recipe, number)


def _ask(
    session: Session, desk: Desk, settings: ConsultationSettings, one: Told, recipe: Mapping[str, Any], number: int
) -> None:
    author, now = desk.correspondent(one), desk.shelf.times.now
    at = max(now - timedelta(days=recipe["jours"]), desk.shelf.times.closes_at + timedelta(hours=1))
    line: dict[str, Any] = {}
    funder = ""
    if "ligne" in recipe:
        lines = consultation_readings.lines_of_plan(session, one.dossier, desk.shelf.definition)
        if recipe["ligne"] >= len(lines):
            return
        line, funder = lines[recipe["ligne"]].stored, lines[recipe["ligne"]].funder
    purpose = Purpose.FUNDING if line else Purpose.OPINION
    answers = settings.form(purpose).parse(recipe["repond"]) if "repond" in recipe else {}
    answered_at = at + (now - at) / 2 if answers else None
    form = settings.form(purpose)
    row = Consultation(
        reference=reference("consultation", desk.shelf.call.slug, str(number)),
        dossier_id=one.dossier.id,
        purpose=purpose.value,
        kind=recipe.get("domaine", ""),
        service=funder or recipe["service"],
        addressee=recipe["personne"],
        email=recipe["courriel"],
        question=recipe["demande"],
        opened=list(recipe.get("etapes", ())),
        funding=line,
        asked_by_id=author.person_id,
        asked_at=at,
        sent_at=at,
        due_at=consultations.due_instant(working_days.after(now.astimezone(PARIS).date(), 4 + number)),
        answers={path: q.to_json(answers[path]) for q in form.questions if (path := q.path) in answers},
        saved_at=answered_at,
        answered_at=answered_at,
        respondent=recipe["personne"] if answers else "",
    )
    session.add(row)
    session.flush()
    facts = {"consultation": row.reference}
    asked = {**facts, "purpose": purpose.value}
    desk.ledger.note(author, Role.CORRESPONDENT, "consultation.asked", one.on, at, asked)
    if answered_at is not None:
        desk.ledger.note(calls.SYSTEM, Role.APPLICANT, "consultation.answered", one.on, answered_at, facts)
