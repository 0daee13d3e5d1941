"""A call that is marked and waits for its line, laid out in a test's database: people, dossiers, sheets."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.domain.sheets import Entry
from ptce_aap.models import (
    Answer,
    Assignment,
    Call,
    Conflict,
    Dossier,
    EligibilityDecision,
    Filing,
    Mark,
    Person,
    RoleGrant,
    Sheet,
)
from ptce_aap.models.base import canonical_json
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.journal import journal
from ptce_aap.services.jury import marking
from ptce_aap.services.ranking import deliberation
from ptce_aap.services.selection import shortlists
from tests import two_persons

NOW = datetime.now(UTC).replace(microsecond=0)
FILED = NOW - timedelta(days=40)
CLOSED = NOW - timedelta(days=30)
REGIONS = ("31", "93", "11", "53", "82")


@dataclass
class Scene:
    """What was laid out: the call, the people by name, the references of the dossiers in order."""

    database: Database
    slug: str
    people: dict[str, Actor] = field(default_factory=dict)
    dossiers: list[str] = field(default_factory=list)
    emails: dict[str, str] = field(default_factory=dict)

    def call(self, session: Session) -> Call:
        """Load the call."""
        return calls.call_by_slug(session, self.slug)

    def actor(self, name: str) -> Actor:
        """Load a person with the roles of now."""
        with self.database.reading() as session:
            return accounts.actor_of(_person(session, self.emails[name]))

    def call_id(self) -> int:
        """Return the number of the call's row."""
        with self.database.reading() as session:
            return self.call(session).id

    def freeze(self, team: str = "team", chair: str = "chair", *, at: datetime | None = None) -> shortlists.Preview:
        """Let the team propose the list of now and the chair confirm it; return what was shown."""
        people = self.actor(team), self.actor(chair)
        return two_persons.freeze(self.database, *people, self.call_id(), now=at or NOW)

    def publish(self, team: str = "team", confirmer: str = "chair", *, at: datetime | None = None) -> None:
        """Let the team propose the publication and another confirm it."""
        people = self.actor(team), self.actor(confirmer)
        two_persons.publish(self.database, *people, self.call_id(), now=at or NOW)

    def declare_conflict(self, name: str, dossier: str) -> None:
        """Declare a conflict now."""

        def declare(session: Session) -> None:
            found = session.scalars(select(Dossier).where(Dossier.reference == dossier)).one()
            session.add(
                Conflict(
                    dossier_id=found.id,
                    person_id=_person(session, self.emails[name]).id,
                    call_id=found.call_id,
                    reason="",
                    declared_at=NOW,
                )
            )

        self.database.transaction(declare)


def lay_out(
    database: Database,
    totals: Sequence[int] = (90, 80, 70, 60, 50),
    *,
    amounts: Sequence[int] = (),
    readings: Sequence[int] = (),
    ranked: bool = True,
    suffix: str = "",
) -> Scene:
    """Lay out a call whose dossier *n* is marked so that its total is ``totals[n]`` (a multiple of 10, on 100).

    ``amounts`` are euros (100 000 where not given), ``readings`` the number of final sheets (2 where not given),
    ``suffix`` tells the people and numbers of a second call of the same database from the first's.
    """
    slug = database.transaction(_open).slug
    scene = Scene(database, slug, emails={name: f"{name}{suffix}@example.org" for name in PEOPLE})
    database.transaction(_invite_everybody, slug, scene.emails)
    with database.reading() as session:
        scene.people.update({name: accounts.actor_of(_person(session, email)) for name, email in scene.emails.items()})
    scene.dossiers = database.transaction(
        _fill, slug, scene.emails, list(totals), list(amounts), list(readings), suffix
    )
    if ranked:
        database.transaction(_close_marking, slug, scene.emails["team"])
    return scene


PEOPLE = {
    "team": (Role.TEAM, None, None),
    "chair": (Role.CHAIR, None, None),
    "auditor": (Role.AUDITOR, None, None),
    "correspondent": (Role.CORRESPONDENT, "31", None),
    "juror-1": (Role.JUROR, None, "ess"),
    "juror-2": (Role.JUROR, None, "education"),
    "juror-3": (Role.JUROR, None, "agriculture"),
    "applicant": (Role.APPLICANT, None, None),
    "applicant-2": (Role.APPLICANT, None, None),
    "team-2": (Role.TEAM, None, None),
}


def _open(session: Session) -> Call:
    return calls.open_call(
        session,
        SYSTEM,
        load_call("ptce-2015"),
        now=FILED - timedelta(days=30),
        opens_at=FILED - timedelta(days=20),
        closes_at=CLOSED,
    )


def invite_on_every_call(database: Database, email: str, role: str) -> None:
    """Give a role on every call, whether there is one or not."""

    def give(session: Session) -> None:
        person = Person(email=email, email_key=email, name="Personne", created_at=FILED, email_confirmed_at=FILED)
        person.grants.append(RoleGrant(call_id=None, role=role, granted_at=FILED))
        session.add(person)

    database.transaction(give)


def _invite_everybody(session: Session, slug: str, emails: dict[str, str]) -> None:
    call = calls.call_by_slug(session, slug)
    for name, (role, region, seat) in PEOPLE.items():
        person = Person(
            email=emails[name],
            email_key=emails[name],
            name=f"Personne {name}",
            created_at=FILED,
            email_confirmed_at=FILED,
        )
        session.add(person)
        if role is not Role.APPLICANT:
            grant = RoleGrant(call_id=call.id, role=role.value, region=region, seat=seat, granted_at=FILED)
            person.grants.append(grant)


def _person(session: Session, email: str) -> Person:
    query = select(Person).options(joinedload(Person.grants)).where(Person.email_key == email)
    return session.scalars(query).unique().one()


def _fill(
    session: Session,
    slug: str,
    emails: dict[str, str],
    totals: list[int],
    amounts: list[int],
    readings: list[int],
    suffix: str,
) -> list[str]:
    call = calls.call_by_slug(session, slug)
    owner, team = _person(session, emails["applicant"]), _person(session, emails["team"])
    jurors = [_person(session, emails[f"juror-{n}"]) for n in (1, 2, 3)]
    references = []
    for place, total in enumerate(totals):
        amount = amounts[place] if amounts else 100_000
        dossier = add_dossier(session, call, owner, place, amount, suffix)
        session.add(
            EligibilityDecision(
                dossier_id=dossier.id, eligible=True, reason="Toutes les règles.", author_id=team.id, at=CLOSED
            )
        )
        for juror in jurors[: readings[place] if readings else 2]:
            _sheet(session, call, dossier, juror, team, total // 10)
        references.append(dossier.reference)
    return references


def add_dossier(session: Session, call: Call, owner: Person, place: int, amount: int, suffix: str = "") -> Dossier:
    """Add an eligible dossier that asks for ``amount`` euros."""
    definition = calls.definition_of(session, call)
    document = {
        "identification": {
            "nom_pole": f"Pôle {place + 1:04d} (fictif)",
            "stade": ("emergence", "consolidation")[place % 2],
            "region": REGIONS[place % len(REGIONS)],
            "porteur": {"denomination": f"Porteur {9999 - place} (fictif)", "forme_juridique": "association"},
        },
        "membres": {"membres": [{"denomination": f"Membre {place} (fictif)", "categorie": "entreprise_ess"}]},
        "budget": {"produits": [{"source": "aide_demandee", "an1": f"{amount}.00"}]},
    }
    answers = definition.questionnaire.parse(document)
    evaluation = evaluate(definition, answers, submitted_at=FILED, closes_at=call.closes_at)
    dossier = Dossier(
        call_id=call.id,
        owner_id=owner.id,
        state="eligible",
        number=f"K7Q2-{place:04d}{suffix}",
        created_at=FILED - timedelta(days=5),
        saved_at=FILED,
        filed_at=FILED,
        filed_complete=evaluation.complete,
    )
    session.add(dossier)
    session.flush()
    dossiers.project(session, dossier, definition, answers, evaluation)
    for path, value in answers.items():
        question = definition.questionnaire.question(path)
        assert question is not None
        session.add(
            Answer(
                dossier_id=dossier.id,
                key=path,
                value=question.to_json(value),
                problem=None,
                author_id=owner.id,
                at=FILED,
            )
        )
    snapshot = canonical_json({"answers": definition.questionnaire.to_canonical(answers)})
    session.add(
        Filing(
            dossier_id=dossier.id,
            sequence=1,
            filed_at=FILED,
            filed_by_id=owner.id,
            snapshot=snapshot,
            sha256=hashlib.sha256(snapshot.encode()).hexdigest(),
            missing=list(evaluation.missing),
        )
    )
    return dossier


def _sheet(session: Session, call: Call, dossier: Dossier, juror: Person, team: Person, half_points: int) -> None:
    definition = calls.definition_of(session, call)
    session.add(
        Assignment(
            dossier_id=dossier.id, person_id=juror.id, call_id=call.id, assigned_by_id=team.id, assigned_at=CLOSED
        )
    )
    session.add(
        Sheet(
            call_id=call.id,
            dossier_id=dossier.id,
            person_id=juror.id,
            grid_digest=deliberation.grid_digest(call, definition),
            state="final",
            marks_count=len(definition.grid.criteria),
            saved_at=CLOSED,
            final_at=CLOSED + timedelta(days=1),
            marks=[Mark(criterion=criterion.key, half_points=half_points) for criterion in definition.grid.criteria],
        )
    )


def _close_marking(session: Session, slug: str, email: str) -> None:
    call = calls.call_by_slug(session, slug)
    call.marking_opened_at = CLOSED + timedelta(hours=1)
    call.marking_closed_at = NOW - timedelta(hours=2)
    session.flush()
    team = accounts.actor_of(_person(session, email))
    deliberation.compute_ranking(session, team, call, now=NOW - timedelta(hours=2))


def tell_the_past(scene: Scene) -> None:
    """Write in the journal what the scene laid out without its acts: deposits, eligibility, sheets."""
    scene.database.transaction(_tell_the_past, scene.slug)


def _tell_the_past(session: Session, slug: str) -> None:
    call = calls.call_by_slug(session, slug)
    lines = []
    for act, at in (("marking.opened", call.marking_opened_at), ("marking.closed", call.marking_closed_at)):
        if at is not None:
            lines.append(journal.Line("equipe", Role.TEAM, act, ("call", slug), at))
    filed = select(Dossier, Filing, Person.reference).join(Filing, Filing.dossier_id == Dossier.id)
    filed = filed.join(Person, Person.id == Dossier.owner_id).where(Dossier.call_id == call.id)
    for dossier, filing, owner in session.execute(filed.order_by(Filing.id)):
        on = ("dossier", dossier.reference)
        facts = {"number": dossier.number, "sha256": filing.sha256, "requested_cents": dossier.amount_cents}
        lines.append(journal.Line(owner, Role.APPLICANT, "dossier.filed", on, filing.filed_at, facts))
        if dossier.state == "withdrawn":
            lines.append(journal.Line(owner, Role.APPLICANT, "dossier.withdrawn", on, CLOSED))
        else:
            decided = {"eligible": dossier.state == "eligible"}
            lines.append(journal.Line("equipe", Role.TEAM, "eligibility.decided", on, CLOSED, decided))
    sheets = select(Sheet, Dossier.reference, Person.reference).join(Dossier, Dossier.id == Sheet.dossier_id)
    for sheet, dossier, juror in session.execute(
        sheets.join(Person, Person.id == Sheet.person_id).where(Sheet.call_id == call.id)
    ):
        entries = {mark.criterion: Entry(mark.half_points, mark.comment) for mark in sheet.marks}
        facts = marking.final_facts(sheet.reference, dossier, entries, grid_digest=sheet.grid_digest)
        lines.append(journal.Line(juror, Role.JUROR, "sheet.final", ("sheet", sheet.reference), sheet.final_at, facts))
    journal.record_all(session, call.id, lines)
