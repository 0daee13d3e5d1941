"""A service in full use: the demonstration's calls, one more that is being marked, and somebody of each role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ptce_aap import clock
from ptce_aap.config import Settings, load_settings
from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.documents import received_table
from ptce_aap.domain import working_days
from ptce_aap.domain.assignment.planning import Keep, PlanSettings
from ptce_aap.domain.calendar import Phase, phase
from ptce_aap.domain.complements import Asked as Named
from ptce_aap.domain.complements import Flaw
from ptce_aap.domain.imported import read_lines
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.domain.portfolio.problem import Kind, Limit
from ptce_aap.domain.region_exports import Purpose
from ptce_aap.jobs import run
from ptce_aap.jobs.context import open_context
from ptce_aap.models import (
    Answer,
    Assignment,
    Call,
    Conflict,
    ConflictStatement,
    Dossier,
    EligibilityDecision,
    EligibilityLetter,
    Opinion,
    Person,
    ReadingPlan,
    RoleGrant,
)
from ptce_aap.services import demonstration
from ptce_aap.services.accounts import accounts, enrolment
from ptce_aap.services.applicants import copying, table_imports
from ptce_aap.services.assignment import plan_store
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import reminders, revisions
from ptce_aap.services.dossiers import listing
from ptce_aap.services.exchanges import complements, correspondence
from ptce_aap.services.instruction import consultations, opinions
from ptce_aap.services.instruction.consultations import Request, Wanted
from ptce_aap.services.joint_acts import extensions
from ptce_aap.services.ranking import standings
from ptce_aap.services.regions import exports as region_exports
from ptce_aap.services.regions import resource_imports, resources
from ptce_aap.services.selection import adoption, departures, exports, scenarios
from ptce_aap.services.selection.departures import Asked
from ptce_aap.services.selection.scenario_inputs import Wish
from ptce_aap.storage import open_storage
from tests import entering, proven
from tests.deliberations import Scene, invite_on_every_call, lay_out
from tests.journeys.sharing import share
from tests.registers import register_at
from tests.serving import Served, serving

PASSWORD = "une phrase facile à retenir"  # of a fictional person, in a database thrown away
_NAME = "identification.nom_pole"
_REGION = "82"  # of the correspondent of the demonstration
PEOPLE = {
    "applicant": "candidature@example.org",
    "correspondent": "correspondance@example.org",
    "juror": "jury@example.org",
    "chair": "presidence@example.org",
    "team": "equipe@example.org",
    "auditor": "audit@example.org",
    "admin": "comptes@example.org",
    "opener": "ouverture@example.org",
}
NEWCOMER = "nouvelle@example.org"
_MEMBERS = "membres.membres"
_ON_THE_MARKED_CALL = {
    "correspondent": {"region": "31"},
    "juror": {"seat": "logement"},
    "chair": {},
    "team": {},
    "auditor": {},
}


@dataclass(frozen=True, slots=True)
class InUse:
    """The running service, its call that is being marked, and the pages that no link of a page leads to, by role."""

    served: Served
    marked: Scene
    unlinked: dict[str, list[str]]

    @property
    def draft(self) -> str:
        """The address of the applicant's dossier that is not filed yet."""
        return "/".join(self.unlinked["applicant"][0].split("/")[:3])


@contextmanager
def in_use(database: Database, instance: Path) -> Iterator[InUse]:
    """Serve the demonstration, with one more call that is being marked."""
    with register_at() as register:
        register.mode = "anybody"
        yield from _in_use(load_settings({"PTCE_REGISTER_URL": register.url}, instance=instance, demo=True), database)


def _in_use(settings: Settings, database: Database) -> Iterator[InUse]:
    database.transaction(demonstration.load, open_storage(settings.storage_url), now=clock.now())
    invite_on_every_call(database, PEOPLE["admin"], "admin")
    invite_on_every_call(database, PEOPLE["opener"], "team")
    scene = lay_out(database, (90, 80, 70), readings=(2, 1, 1), ranked=False)
    database.transaction(_open_marking, scene)
    database.transaction(_simulate)
    asked = PlanSettings(2, keep=Keep.BEGUN)
    database.transaction(plan_store.ask, _team(scene), scene.call_id(), asked, now=clock.now())
    run.drain(open_context(settings, database))  # pages show what the worker has computed
    with serving(settings, database) as served:
        yield InUse(served, scene, _unlinked(served, scene))


def _simulate(session: Session) -> None:
    """Save what a team tries on the call in deliberation: one answered by the walk, one by the worker."""
    now = clock.now()
    every = session.scalars(select(Call).where(Call.fictional))
    call = next(call for call in every if phase(calls.calendar_of(call), now) is Phase.DELIBERATION)
    team = accounts.actor_of(_person(session, "team"))
    budget = Limit(Kind.BUDGET, call.envelope_cents)
    scenarios.save(session, team, call.id, "Tel quel", Wish((budget,)), now=now)
    asked = Wish((budget, Limit(Kind.REGION_MIN, 1, ("94",)), Limit(Kind.REGION_MAX, 1, ("82",))))
    scenarios.save(session, team, call.id, "Une place pour la Corse", asked, now=now)


def _team(scene: Scene) -> Actor:
    """The team of the call that is being marked."""
    with scene.database.reading() as session:
        return accounts.actor_of(_person(session, "team"))


def sign_in(served: Served, page: Page, role: str, *, email: str = "") -> Page:
    """Sign a page in as somebody of this role, without the form."""

    def open_session(session: Session) -> str:
        person = select(Person).where(Person.email_key == (email or PEOPLE[role]))
        return proven.open_session(session, session.scalars(person).one(), now=clock.now())

    secret = served.database.transaction(open_session)
    page.context.add_cookies([{"name": "ptce", "value": secret, "url": served.url}])
    return page


def _self_test_result(call: Call) -> str:
    """Return the address of a result of the self-test: the first answer to each question."""
    questions = load_call(call.name).self_test.questions
    chosen = {item.question.key: next(iter(item.effects)) for item in questions}
    return f"/appels/{call.slug}/test-de-recevabilite/resultat?{urlencode(chosen)}"


def _unlinked(served: Served, scene: Scene) -> dict[str, list[str]]:
    """Return pages that buttons and mails lead to."""
    now = clock.now()
    with served.database.reading() as session:
        applicant = _person(session, "applicant")
        mine = select(Dossier).where(Dossier.owner_id == applicant.id)
        draft = session.scalars(mine.where(Dossier.state == "draft")).first()
        filed = session.scalars(mine.where(Dossier.filed_at.is_not(None))).first()
        reopened = session.scalars(
            mine.join(Call, Call.id == Dossier.call_id).where(Dossier.state == "filed", Call.closes_at > now)
        ).first()
        called = {
            phase(calls.calendar_of(call), now): call for call in session.scalars(select(Call).where(Call.fictional))
        }
        no_opinion = ~exists().where(Opinion.dossier_id == Dossier.id)
        here = (Dossier.call_id == called[Phase.INSTRUCTION].id, Dossier.region == _REGION, Dossier.state == "filed")
        dossier = session.scalars(select(Dossier.reference).where(*here, no_opinion)).first()
        plan = session.scalars(select(ReadingPlan.reference)).one()
        team, correspondent = (accounts.actor_of(_person(session, role)) for role in ("team", "correspondent"))
    instructed, ranked, published = (called[at] for at in (Phase.INSTRUCTION, Phase.DELIBERATION, Phase.PUBLISHED))
    write = served.database.transaction
    opened, why = called[Phase.OPEN], "Le service a été arrêté une heure."
    later, said = opened.closes_at + timedelta(days=1), {"base_url": served.url, "now": now}
    act = write(extensions.propose, team, opened.id, later, why, **said).reference
    asked = write(exports.request, team, ranked, exports.What.MARKS, "csv", now=now)
    write(opinions.save_opinion, correspondent, instructed.id, dossier, {}, shown="", now=now)
    wanted = region_exports.Wanted("csv", Purpose.CONFERENCE, "", listing.Asked())
    taken_out = write(region_exports.request, correspondent, instructed, wanted, now=now)
    write(lambda session: session.merge(_statutes(draft, now)))
    waited = write(_ask_complements, team, correspondent, instructed, applicant.id)
    write(_exchange, filed, team)
    consulted = write(_consult, correspondent, instructed.id, dossier)
    own = f"/candidature/{draft.reference}"
    reminder = f"/rappels/{reminders.token_of(draft, applicant, secret_key=served.settings.secret_key)}"
    links = [*_links_sent(served), f"/dossier/consultation/{consulted}"]
    with served.database.reading() as session:
        owner = accounts.actor_of(_person(session, "applicant"))
        other = accounts.actor_of(session.scalars(select(Person).where(Person.email_key == NEWCOMER)).one())
    taken = write(copying.start, owner, called[Phase.OPEN], waited, now=now).reference
    result = write(_own_a_result, published.id, applicant.id)
    write(_tell_eligibility, result, team)
    shared = share(served, draft.reference, owner, other, called[Phase.OPEN])
    return {
        "visitor": [
            *links,
            f"/dossier/consultation/{consulted}",
            *shared["visitor"],
            _self_test_result(called[Phase.OPEN]),
            reminder,
        ],
        "applicant": [
            f"{own}/etape/membres/membres/nouvelle",
            *shared["applicant"],
            f"{own}/etape/identification/porteur/registre",
            f"{own}/etape/membres/membres/importer",
            f"{own}/etape/membres/membres/importer/{write(_bring_members, draft.reference)}",
            f"{own}/etape/pieces/statuts/retirer-piece?nom=statuts.pdf",
            f"/candidature/{filed.reference}/accuse",
            f"/candidature/{reopened.reference}/retirer",
            f"/candidature/{write(_revise, reopened.id)}/abandonner",
            f"/candidature/{filed.reference}/suivi",
            f"/candidature/{waited}/complements",
            f"/candidature/{waited}/reprendre",
            f"/candidature/{result}/resultat",
            f"/candidature/{result}/recevabilite",
            f"/candidature/{taken}/reprise",
        ],
        "correspondent": [
            f"/correspondant/{instructed.slug}/dossiers/{dossier}/avis/rendre",
            f"/complements/{instructed.slug}/{dossier}/demande?question={_NAME}",
            f"/avis-demandes/{instructed.slug}/{dossier}/financeurs",
            f"/correspondant/{instructed.slug}/suivre-le-calcul?dossier={dossier}",
            f"/correspondant/{instructed.slug}/etiqueter?dossier={dossier}",
            f"/correspondant/{opened.slug}/ressources/importer/{write(_bring_resources, correspondent, opened.id)}"
            f"?region={_REGION}",
            f"/correspondant/{instructed.slug}/exports/{taken_out}",
        ],
        "juror": [f"/jury/{scene.slug}/dossiers/{scene.dossiers[0]}/rendre"],
        "chair": [
            f"/pilotage/{ranked.slug}/classement/vote",
            f"/pilotage/{ranked.slug}/deliberation/ecarts/{write(_depart, ranked.id)}/retirer",
        ],
        "team": [
            f"/pilotage/{ranked.slug}/exports/{asked}",
            # What others do meanwhile on the call that is being marked takes the link to it away.
            f"/pilotage/{scene.slug}/affectation/propositions/{plan}/appliquer",
            f"/pilotage/{instructed.slug}/lectures/ouvrir",
            f"/pilotage/{published.slug}/liste/publier",
            f"/pilotage/{opened.slug}/actes/{act}",
            f"/pilotage/{published.slug}/recevabilite/{result}/lettre",
        ],
        "opener": ["/pilotage/ouvrir"],
    }


def _tell_eligibility(session: Session, reference: str, team: Actor) -> None:
    """Send the letter of a decision. The demonstration sends none: no text of its calls is approved."""
    query = select(EligibilityDecision).join(Dossier, Dossier.id == EligibilityDecision.dossier_id)
    decision = session.scalars(query.where(Dossier.reference == reference)).one()
    session.add(
        EligibilityLetter(
            dossier_id=decision.dossier_id,
            decision_version=decision.version,
            eligible=decision.eligible,
            sha256="0" * 64,
            author_id=team.person_id,
            sent_at=clock.now(),
        )
    )


def _ask_complements(session: Session, team: Actor, correspondent: Actor, call: Call, owner_id: int) -> str:
    """Let the team ask complements on a dossier that the applicant filed on this call; return its address."""
    region = sorted(correspondent.regions_on(call.id))[0]
    here = select(Dossier).where(Dossier.call_id == call.id, Dossier.state == "filed")
    dossier = session.scalars(here.where(Dossier.region != region).order_by(Dossier.id)).first()
    dossier.owner_id = owner_id
    now = clock.now()
    asked = [Named(_NAME, Flaw.OUTDATED, "Le nom a changé depuis l’assemblée de printemps.")]
    last_day = working_days.after(now.date(), 12)
    complements.ask(session, team, call.id, dossier.reference, asked, last_day, base_url="http://127.0.0.1", now=now)
    return dossier.reference


def _consult(session: Session, correspondent: Actor, call_id: int, dossier: str) -> str:
    """Let a correspondent consult a service on a dossier; return the secret of its link."""
    now = clock.now()
    wanted = [Wanted("Service d’essai", "Une personne d’essai", "service@exemple.fr")]
    asked = Request("Qu’en pensez-vous\u00a0?", ("projet", "budget"), working_days.after(now.date(), 12))
    given = {"base_url": "http://127.0.0.1", "now": now}
    return consultations.ask(session, correspondent, call_id, dossier, wanted, asked, **given)[0]


def _exchange(session: Session, filed: Dossier, team: Actor) -> None:
    """Let the people of a filed dossier and the team of its call write to each other."""
    who, call, now = accounts.actor_of(_person(session, "applicant")), session.get_one(Call, filed.call_id), clock.now()
    said = {"base_url": "http://127.0.0.1", "now": now}
    desk = correspondence.applicant_desk(session, who, filed.reference)
    correspondence.write(session, who, desk, "Notre trésorière change.", draw="1", **said)
    if call.closes_at <= now:
        desk = correspondence.service_desk(session, team, call, filed.reference, now=now)
        correspondence.write(session, team, desk, "C’est noté.", draw="1", **said)


def _own_a_result(session: Session, call_id: int, owner_id: int) -> str:
    """Give the applicant a dossier of a published call; return its address."""
    filed = select(Dossier).where(Dossier.call_id == call_id, Dossier.state == "eligible").order_by(Dossier.id)
    dossier = session.scalars(filed).first()
    dossier.owner_id = owner_id
    return dossier.reference


def _depart(session: Session, call_id: int) -> str:
    """Let the chair exchange the last two dossiers of the ranking: nothing else moves."""
    chair, call = accounts.actor_of(_person(session, "chair")), session.get_one(Call, call_id)
    ranking = standings.latest(session, call_id)
    assert ranking is not None
    adopted = adoption.adopted_list(session, ranking)
    asked = Asked(adopted.order[-1], len(adopted.order) - 1, "discussion", "Le comité en a délibéré (démonstration).")
    return departures.decide(session, chair, call.id, asked, seen=adopted.seen, now=clock.now()).reference


def _revise(session: Session, dossier_id: int) -> str:
    """Let the applicant begin to change what he filed."""
    return revisions.begin(session, session.get_one(Dossier, dossier_id), now=clock.now()).reference


def _statutes(draft: Dossier, now: datetime) -> Answer:
    return Answer(
        dossier_id=draft.id, key="pieces.statuts", value=["statuts.pdf"], problem=None, author_id=draft.owner_id, at=now
    )


def _bring_members(session: Session, reference: str) -> str:
    """Bring a table of members with a mistake, without importing it; return its reference."""
    actor = accounts.actor_of(_person(session, "applicant"))
    dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
    question = calls.definition_of(session, session.get_one(Call, dossier.call_id)).questionnaire.question(_MEMBERS)
    assert question is not None
    sheet = received_table.of_text("Dénomination;Catégorie\nFonderie de la Rive;Entreprise hors ESS\nScierie;scierie")
    table = read_lines(question, sheet.lines, from_text=True)
    messages = {(3, cell.column.key): "Choisissez une des réponses proposées." for cell in table.rows[1].refused}
    return table_imports.keep(session, actor, reference, _MEMBERS, "Membres.csv", table, messages, now=clock.now())


def _bring_resources(session: Session, correspondent: Actor, call_id: int) -> str:
    """Bring a directory with a mistake, without importing it; return its reference."""
    definition = calls.definition_of(session, session.get_one(Call, call_id))
    sheet = received_table.of_text("Nom;Nature\r\nRéseau neuf (fictif);Tête de réseau\r\nSans nature (fictive);")
    table = read_lines(resources.table_of(definition).spreadsheet, sheet.lines, from_text=True)
    kept = resource_imports.keep
    return kept(session, correspondent, call_id, _REGION, "Ressources.csv", table, {}, now=clock.now())


def _links_sent(served: Served) -> list[str]:
    """Return the pages that links received by mail lead to: an address to confirm, a password, an invitation."""
    new, old, now = NEWCOMER, PEOPLE["applicant"], clock.now()
    write = served.database.transaction
    write(entering.register, new, "quatre mots faciles à retenir", "Personne Fictive", base_url=served.url, now=now)
    links = [served.link_sent(new)]
    write(enrolment.ask_reset, old, now=now)
    links.append(served.link_sent(old))
    with served.database.reading() as session:
        opener = accounts.actor_of(_person(session, "opener"))
    write(enrolment.invite, "invitee@example.org", Role.AUDITOR, now=now, by=opener, base_url=served.url, call_title="")
    links.append(served.link_sent("invitee@example.org"))
    return [link.removeprefix(served.url) for link in links]


def _open_marking(session: Session, scene: Scene) -> None:
    call, now = calls.call_by_slug(session, scene.slug), clock.now()
    call.marking_opened_at = now - timedelta(hours=2)
    for role, detail in _ON_THE_MARKED_CALL.items():
        person = _person(session, role)
        session.add(RoleGrant(person_id=person.id, call_id=call.id, role=role, granted_at=now, **detail))
    juror, team = _person(session, "juror"), _person(session, "team")
    session.add(ConflictStatement(call_id=call.id, person_id=juror.id, at=now - timedelta(hours=3)))
    *read, closed = session.scalars(select(Dossier).where(Dossier.reference.in_(scene.dossiers)).order_by(Dossier.id))
    # He may have declared it by mistake: a page is there to say so, which chance alone would lead to.
    session.add(Conflict(dossier_id=closed.id, person_id=juror.id, call_id=call.id, reason="", declared_at=now))
    for dossier in read:
        given = Assignment(
            dossier_id=dossier.id, person_id=juror.id, call_id=call.id, assigned_by_id=team.id, assigned_at=now
        )
        session.add(given)


def _person(session: Session, role: str) -> Person:
    return session.scalars(select(Person).where(Person.email_key == PEOPLE[role])).one()
