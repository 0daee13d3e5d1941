"""How the call of the permission tests comes to each of its stages."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.documents import received_table
from ptce_aap.domain.assignment.planning import PlanSettings
from ptce_aap.domain.complements import Asked as Named
from ptce_aap.domain.complements import Flaw
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.imported import read_lines
from ptce_aap.domain.permissions import Role
from ptce_aap.domain.portfolio.problem import Kind as LimitKind
from ptce_aap.domain.portfolio.problem import Limit
from ptce_aap.domain.question import QuestionKind
from ptce_aap.domain.sharing import Kind, Right
from ptce_aap.models import (
    Assignment,
    Attachment,
    Conflict,
    ConflictStatement,
    DossierMessage,
    DossierPerson,
    EligibilityDecision,
    Mark,
    MessageFile,
    Person,
    ProposedAct,
    RoleGrant,
    RuleProposal,
    Sheet,
    TableUpload,
)
from ptce_aap.services.accounts import accounts
from ptce_aap.services.applicants import dossier_invitations, table_imports
from ptce_aap.services.assignment import plan_store
from ptce_aap.services.calls import calls
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.deposits import filing
from ptce_aap.services.exchanges import complements, correspondence
from ptce_aap.services.instruction import opinions
from ptce_aap.services.jury import discussion, readings
from ptce_aap.services.ranking import deliberation, standings
from ptce_aap.services.selection import adoption, departures, exports, scenarios, shortlists
from ptce_aap.services.selection.scenario_inputs import Wish
from ptce_aap.storage import Storage, open_storage
from tests import proven, two_persons
from tests.instructions import complete_answers
from tests.permissions.people import ELSEWHERE, HERE, WALKERS
from tests.permissions.world import (
    BASE,
    CLOSES,
    DAY,
    FILED,
    INSTRUCTED,
    MARKED,
    NOW,
    OPENS,
    RANKED,
    Marker,
    Stage,
    World,
    dossier,
    email_of,
    person,
)

CALL = "ptce-2015"
SUPPORT = ("second_reader", "carrier_elsewhere")
"""People that nobody walks as: one more reader, who files another dossier."""
_TEXTS = {QuestionKind.TEXT, QuestionKind.LONG_TEXT}


def lay_out(folder: Path, database: Database) -> World:
    """Bring a call from its announcement to its publication; return the database of each stage."""
    world = World(folder, database, f"file://{folder}/storage")
    storage = open_storage(world.storage_url)
    definition = load_call(CALL)
    world.slug = world.do(calls.open_call, SYSTEM, definition, now=OPENS, opens_at=OPENS, closes_at=CLOSES).slug
    world.named["slug"] = world.slug
    world.named["criterion"] = definition.grid.criteria[0].key
    world.do(_people, world)
    world.keep(Stage.ANNOUNCED, opens_at=NOW + 5 * DAY, closes_at=NOW + 10 * DAY)
    _file(world, storage)
    world.keep(Stage.OPEN, closes_at=NOW + 2 * DAY)
    world.keep(Stage.CLOSED)
    _instruct(world)
    world.keep(Stage.INSTRUCTION)
    _read(world)
    world.keep(Stage.JURY)
    _deliberate(world)
    act = _propose_list(world)
    world.named["act"] = act.reference
    world.keep(Stage.DELIBERATION)
    del world.named["act"]  # an answered proposal has no page
    two_persons.confirm(world.database, world.actor("chair"), act, now=NOW)
    world.keep(Stage.FROZEN)
    two_persons.publish(world.database, world.actor("team"), world.actor("chair"), world.call_id(), now=NOW)
    world.keep(Stage.PUBLISHED)
    return world


def _people(session: Session, world: World) -> None:
    call = world.call(session)
    for walker in WALKERS:
        if walker.visits:
            continue
        somebody = _account(session, walker.name)
        for role, region, seat in walker.grants:
            on = None if role is Role.ADMIN or walker.everywhere else call.id
            grant = RoleGrant(call_id=on, role=role.value, region=region, seat=seat, granted_at=OPENS)
            somebody.grants.append(grant)
    for name in SUPPORT:
        _account(session, name)
    reader = person(session, "second_reader")
    reader.grants.append(RoleGrant(call_id=call.id, role="juror", seat="ess", granted_at=OPENS))
    session.flush()
    for walker in WALKERS:
        if not walker.visits:
            world.secrets[walker.name] = proven.open_session(session, person(session, walker.name), now=NOW)
            world.named[f"person:{walker.name}"] = person(session, walker.name).reference


def _account(session: Session, name: str) -> Person:
    email = email_of(name)
    # No word of a page is a marker of the dossier: names of people are not.
    made = Person(email=email, email_key=email, name=f"Personne {name}", created_at=OPENS, email_confirmed_at=OPENS)
    session.add(made)
    return made


def _marked(definition: Any, title: Marker, content: Marker) -> dict[str, Any]:
    """Return the answers of a complete dossier in which every text holds a marker."""
    document = complete_answers()
    document["identification"] |= {"nom_pole": f"Pôle {title}", "region": HERE}
    document["identification"]["porteur"] |= {
        "denomination": f"Porteur {title}",
        "representant_nom": f"Représentante {content}",
        "contact_courriel": f"{content}@example.org",
    }
    for row in document["membres"]["membres"]:
        row["denomination"] = f"{row['denomination']} {title}"
    for question in definition.questionnaire.questions:
        stage, _, key = question.path.partition(".")
        if question.kind in _TEXTS and "." not in key and key != "nom_pole":
            document.setdefault(stage, {})[key] = f"Texte {content}"
    return document


def _file(world: World, storage: Storage) -> None:
    definition = load_call(CALL)
    plain = complete_answers()
    plain["identification"] |= {"nom_pole": "Pôle voisin", "region": HERE}
    far = complete_answers()
    far["identification"] |= {"nom_pole": "Pôle lointain", "region": ELSEWHERE}
    marked = _marked(definition, Marker.TITLE, Marker.CONTENT)
    world.named["target"] = world.do(_filed, world, "owner", marked)
    world.named["asked"] = world.do(_filed, world, "owner", plain)
    world.named["neighbour"] = world.do(_filed, world, "carrier_elsewhere", plain)
    world.named["far"] = world.do(_filed, world, "carrier_elsewhere", far)
    world.named["draft"] = world.do(_drafted, world, "owner", _marked(definition, Marker.DRAFT, Marker.DRAFT))
    world.named["own_draft"] = world.do(_drafted, world, "stranger", plain)
    for reference in ("target", "asked", "draft"):
        for walker in WALKERS:
            if walker.shares is not None:
                _join(world, walker.name, world.named[reference], walker.shares)
    target = world.named["target"]
    stored = storage.put(io.BytesIO(f"%PDF-1.4 {Marker.PIECE}".encode()))
    world.named["piece"] = world.do(_piece, target, stored.digest, stored.size)
    world.do(_piece, world.named["draft"], stored.digest, stored.size)
    desk = world.do(correspondence.applicant_desk, world.actor("owner"), target)
    said = {"base_url": BASE, "now": FILED}
    world.do(correspondence.write, world.actor("owner"), desk, f"Une question {Marker.MESSAGE}", draw="1", **said)
    world.named["message"] = world.do(_message, target)
    world.named["file"] = world.do(_message_file, target, stored.digest, stored.size)
    invited = ("invited@permissions.example.org", Kind.EDITOR, Right.READ)
    owner = world.actor("owner")
    world.named["token"] = world.do(
        dossier_invitations.invite, owner, world.named["draft"], *invited, base_url=BASE, now=NOW
    )
    world.named["link"] = world.do(_link_of, "editor", world.named["draft"])
    world.named["upload"] = world.do(_upload, world)


def _filed(session: Session, world: World, name: str, document: dict[str, Any]) -> str:
    call, owner = world.call(session), person(session, name)
    definition = calls.definition_of(session, call)
    actor, answers = accounts.actor_of(owner), definition.questionnaire.parse(document)
    made = filing.new_dossier(session, actor, call, owner_id=owner.id, now=FILED)
    filing.write_answers(session, made, definition, answers, owner.id, FILED)
    filing.freeze(session, actor, call, made, definition, answers, at=FILED, draft=made)
    return made.reference


def _drafted(session: Session, world: World, name: str, document: dict[str, Any]) -> str:
    call, owner = world.call(session), person(session, name)
    definition = calls.definition_of(session, call)
    made = filing.new_dossier(session, accounts.actor_of(owner), call, owner_id=owner.id, now=FILED)
    filing.write_answers(session, made, definition, definition.questionnaire.parse(document), owner.id, FILED)
    return made.reference


def _join(world: World, name: str, reference: str, right: Right) -> None:
    """Let somebody of the dossier in; whoever holds a role joined before it was given, which no rule can undo."""

    def tie(session: Session) -> None:
        held, who = dossier(session, reference), person(session, name)
        session.add(
            DossierPerson(
                dossier_id=held.id,
                person_id=who.id,
                email=who.email,
                email_key=who.email_key,
                kind=Kind.EDITOR.value,
                given=right.value,
                invited_by_id=held.owner_id,
                invited_at=FILED,
                sent_at=FILED,
                accepted_at=FILED,
            )
        )
        dossier_invitations.tie(session, held, who.id, now=FILED)

    world.do(tie)


def _piece(session: Session, reference: str, digest: str, size: int) -> str:
    held = dossier(session, reference)
    piece = Attachment(
        dossier_id=held.id,
        key="pieces.statuts",
        filename="statuts.pdf",
        media_type="application/pdf",
        size=size,
        sha256=digest,
        added_by_id=held.owner_id,
        added_at=FILED,
    )
    session.add(piece)
    session.flush()
    return piece.reference


def _message_file(session: Session, reference: str, digest: str, size: int) -> str:
    held = dossier(session, reference)
    message = session.scalars(select(DossierMessage).where(DossierMessage.dossier_id == held.id)).first()
    assert message is not None
    file = MessageFile(
        message_id=message.id, filename="note.pdf", media_type="application/pdf", size=size, sha256=digest
    )
    session.add(file)
    session.flush()
    return file.reference


def _message(session: Session, reference: str) -> str:
    query = select(DossierMessage).where(DossierMessage.dossier_id == dossier(session, reference).id)
    return session.scalars(query).one().reference


def _link_of(session: Session, name: str, reference: str) -> str:
    held, who = dossier(session, reference), person(session, name)
    query = select(DossierPerson).where(DossierPerson.dossier_id == held.id, DossierPerson.person_id == who.id)
    return session.scalars(query).one().reference


def _upload(session: Session, world: World) -> str:
    question = load_call(CALL).questionnaire.question("membres.membres")
    assert question is not None
    sheet = received_table.of_text(f"Dénomination;Catégorie\nFonderie {Marker.DRAFT};Entreprise hors ESS")
    table = read_lines(question, sheet.lines, from_text=True)
    owner = accounts.actor_of(person(session, "owner"))
    draft = world.named["draft"]
    kept = table_imports.keep(session, owner, draft, "membres.membres", "Membres.csv", table, {}, now=FILED)
    session.execute(update(TableUpload).values(at=NOW))
    return kept


def _instruct(world: World) -> None:
    target, call_id = world.named["target"], world.call_id()
    world.named["complemented"] = world.named["asked"]
    world.do(_say_before_the_jury, world)
    who = world.actor("correspondent")
    asked = [Named("projet.resume", Flaw.OUTDATED, "À préciser.")]
    last_day = (NOW + 10 * DAY).date()
    team = world.actor("team")
    world.do(complements.ask, team, call_id, world.named["asked"], asked, last_day, base_url=BASE, now=NOW - DAY)
    with world.database.reading() as session:
        call = world.call(session)
        desk = correspondence.service_desk(session, who, call, target, now=INSTRUCTED)
    said = {"base_url": BASE, "now": INSTRUCTED}
    world.do(correspondence.write, who, desk, f"Une réponse {Marker.MESSAGE}", draw="2", **said)


def _say_before_the_jury(session: Session, world: World) -> None:
    call, who = world.call(session), person(session, "correspondent")
    definition = calls.definition_of(session, call)
    held = dossier(session, world.named["target"])
    for rule in definition.eligibility:
        said = RuleProposal(
            dossier_id=held.id,
            rule=rule.key,
            computed=Result.MET.value,
            proposed=Result.TO_VERIFY.value,
            reason=f"Motif {Marker.PROPOSAL}",
            author_id=who.id,
            at=INSTRUCTED,
        )
        session.add(said)
    opinion = opinions.new_opinion(session, held, who.id, now=INSTRUCTED)
    written = {
        question.path: f"Avis {Marker.OPINION}" for question in definition.opinion.questions if question.kind in _TEXTS
    }
    opinion.answers = {**written, "avis.sens": "favorable"}
    opinion.verdict, opinion.regional_rank = "favorable", 1


def _read(world: World) -> None:
    call_id = world.call_id()
    world.do(_decide, world)
    world.do(_prepare_jury, world)
    world.do(readings.open_marking, world.actor("team"), call_id, base_url=BASE, now=MARKED)
    world.do(_write_sheets, world)
    asked = PlanSettings(2)
    world.named["plan"] = world.do(plan_store.ask, world.actor("team"), call_id, asked, now=MARKED)
    for walker in WALKERS:
        if walker.conflict:
            world.do(_declare, walker.name, world.named["target"])


def _decide(session: Session, world: World) -> None:
    team = person(session, "team")
    for name in ("target", "neighbour", "far", "asked"):
        held = dossier(session, world.named[name])
        held.state = "eligible"
        reason = f"Décision {Marker.DECISION if name == 'target' else name}"
        session.add(
            EligibilityDecision(dossier_id=held.id, eligible=True, reason=reason, author_id=team.id, at=INSTRUCTED)
        )
    opinion = session.get(opinions.Opinion, dossier(session, world.named["target"]).id)
    assert opinion is not None
    opinion.given_at = INSTRUCTED


def _prepare_jury(session: Session, world: World) -> None:
    call, team = world.call(session), person(session, "team")
    readers = [walker.name for walker in WALKERS if walker.reads] + ["second_reader"]
    jurors = {walker.name for walker in WALKERS if Role.JUROR in {role for role, *_ in walker.grants}}
    for name in {*jurors, *readers}:
        session.add(ConflictStatement(call_id=call.id, person_id=person(session, name).id, at=INSTRUCTED + DAY))
    for name in readers:
        for given in ("target", "neighbour", "far", "asked"):
            session.add(_given(dossier(session, world.named[given]).id, person(session, name).id, call.id, team.id))


def _given(dossier_id: int, person_id: int, call_id: int, by: int) -> Assignment:
    return Assignment(
        dossier_id=dossier_id, person_id=person_id, call_id=call_id, assigned_by_id=by, assigned_at=INSTRUCTED
    )


def _write_sheets(session: Session, world: World) -> None:
    """Give each dossier two final sheets, and the target one more in the making, that of the walker who reads it."""
    for place, name in enumerate(("target", "neighbour", "far", "asked")):
        for reader in ("second_reader", "conflicted", "reader"):
            if reader == "conflicted" and name == "target":
                world.named["closed_sheet"] = _sheet(session, world, name, reader, 4)
            final = not (reader == "reader" and name == "target")
            if not (reader == "conflicted" and name == "target"):
                world.named[f"sheet:{reader}:{name}"] = _sheet(session, world, name, reader, 9 - place, final=final)
    world.named["sheet"] = world.named["sheet:second_reader:target"]


def _sheet(session: Session, world: World, name: str, reader: str, marks: int, *, final: bool = True) -> str:
    call = world.call(session)
    definition = calls.definition_of(session, call)
    # The reader who walks sees his own comments: those of the others are marked.
    said = Marker.COMMENT if name == "target" and reader != "reader" else "sans marque"
    sheet = Sheet(
        call_id=call.id,
        dossier_id=dossier(session, world.named[name]).id,
        person_id=person(session, reader).id,
        grid_digest=deliberation.grid_digest(call, definition),
        state="final" if final else "draft",
        marks_count=len(definition.grid.criteria),
        saved_at=MARKED,
        final_at=MARKED + DAY if final else None,
        marks=[
            Mark(criterion=one.key, half_points=marks, comment=f"Note {said} de {reader}")
            for one in definition.grid.criteria
        ],
    )
    session.add(sheet)
    session.flush()
    return sheet.reference


def _declare(session: Session, name: str, reference: str) -> None:
    held = dossier(session, reference)
    session.add(
        Conflict(
            dossier_id=held.id,
            person_id=person(session, name).id,
            call_id=held.call_id,
            reason="Un lien.",
            declared_at=MARKED + DAY,
        )
    )


def _deliberate(world: World) -> None:
    call_id, chair, team = world.call_id(), world.actor("chair"), world.actor("team")
    world.do(_finish_sheets)
    world.do(readings.close_marking, team, call_id, now=RANKED)
    world.do(_revise, world)
    budget = (Limit(LimitKind.BUDGET, 10_000_000),)
    world.named["scenario"] = world.do(scenarios.save, team, call_id, "Essai", Wish(budget), now=RANKED)
    world.named["export"] = world.do(_export, world)
    with world.database.reading() as session:
        ranking = standings.latest(session, call_id)
        assert ranking is not None
        adopted = adoption.adopted_list(session, ranking)
    asked = departures.Asked(world.named["target"], None, "discussion", f"Le comité {Marker.COMMITTEE}")
    asked = replace(asked, place=len(adopted.order))
    made = world.do(departures.decide, chair, call_id, asked, seen=adopted.seen, now=RANKED)
    world.named["departure"] = made.reference


def _finish_sheets(session: Session) -> None:
    session.execute(update(Sheet).where(Sheet.state == "draft").values(state="final", final_at=MARKED + DAY))


def _revise(session: Session, world: World) -> None:
    chair, sheet = accounts.actor_of(person(session, "chair")), world.named["sheet"]
    before = discussion.sheet_in_session(session, chair, world.call(session), sheet)
    key = next(iter(before.marks))
    said = {"version": before.version, "base_url": BASE, "now": RANKED}
    mark = {key: before.marks[key] - 1}
    discussion.revise(session, chair, world.call(session).id, sheet, mark, f"Révision {Marker.COMMITTEE}", **said)


def _export(session: Session, world: World) -> str:
    team, call = accounts.actor_of(person(session, "team")), world.call(session)
    return exports.request(session, team, call, exports.What.MARKS, "csv", now=RANKED)


def _propose_list(world: World) -> ProposedAct:
    team, call_id = world.actor("team"), world.call_id()
    shown = two_persons.list_shown(world.database, team, call_id)
    assert shown.obstacles == (), shown.obstacles
    proposed = (shortlists.propose_freezing, team, call_id, shown.seen)
    act: ProposedAct = world.do(*proposed, base_url=BASE, now=NOW)
    return act
