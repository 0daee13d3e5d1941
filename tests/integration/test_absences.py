"""Who acts for an absent correspondent: which days, which dossiers, what the journal says, who may name and end it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from ptce_aap.app import create_app
from ptce_aap.clock import PARIS
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.models import Absence, JournalEntry, OutboxItem, Person, RoleGrant
from ptce_aap.services import invariants
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.instruction import instruction, proposals, regional_ranks
from ptce_aap.services.instruction.proposals import Proposal
from ptce_aap.services.joint_acts import absences
from ptce_aap.services.joint_acts.absences import Days
from ptce_aap.services.regions import export_rows
from tests.browsers import token
from tests.instructions import ELSEWHERE, FILED, HERE, NOW, Scene, lay_out

TODAY = NOW.astimezone(PARIS).date()
DAY = timedelta(days=1)
FIRST, LAST = TODAY + DAY, TODAY + 3 * DAY
BASE = "http://localhost"


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


DURING = midnight(FIRST)


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database)


def of_call(scene: Scene, name: str) -> Any:
    return select(Person).where(Person.reference == scene.actor(name).reference)


def name(scene: Scene, absent: str = "here", by: str = "elsewhere", first: date = FIRST, last: date = LAST) -> None:
    said = (scene.actor(absent), scene.call().id, scene.actor(by).reference, Days(first, last))
    scene.database.transaction(absences.name_substitute, *said, base_url=BASE, now=NOW)


def acting(scene: Scene, who: str, at: datetime) -> Actor:
    with scene.database.reading() as session:
        return accounts.acting(session, session.scalars(of_call(scene, who)).one(), now=at)


def regions(scene: Scene, who: str, at: datetime) -> set[str]:
    return set(acting(scene, who, at).regions_on(scene.call().id))


def found(scene: Scene, who: str, at: datetime) -> set[str]:
    with scene.database.reading() as session:
        query = instruction.visible(session, acting(scene, who, at), scene.call(), now=at)
        return {dossier.reference for dossier in session.scalars(query)}


def propose(scene: Scene, who: str, reference: str, at: datetime) -> JournalEntry:
    """Propose an answer to a rule, and return the line of it."""
    actor, act = acting(scene, who, at), scene.database.transaction
    act(proposals.propose, actor, scene.call().id, reference, {"E1": Proposal(Result.MET, "Lu.")}, shown="", now=at)
    own = select(JournalEntry).where(JournalEntry.act == "eligibility.proposed")
    with scene.database.reading() as session:
        return session.scalars(own.order_by(JournalEntry.sequence.desc()).limit(1)).one()


def test_the_regions_of_who_is_absent_open_on_his_days_in_paris_and_on_no_other(scene: Scene) -> None:
    name(scene)
    over = midnight(LAST + DAY)
    moments = (NOW, DURING - timedelta(seconds=1), DURING, over - timedelta(seconds=1), over)
    assert [HERE in regions(scene, "elsewhere", at) for at in moments] == [False, False, True, True, False]
    assert found(scene, "elsewhere", DURING) == {*scene.here, *scene.elsewhere}
    assert regions(scene, "here", DURING) == {HERE}  # he keeps his own, and gets nobody's


def test_what_is_done_for_somebody_else_is_told_so_and_what_is_one_s_own_is_not(scene: Scene) -> None:
    name(scene)
    told = propose(scene, "elsewhere", scene.here[1], DURING)
    assert (told.actor, told.facts["in_place_of"]) == (
        scene.actor("elsewhere").reference,
        scene.actor("here").reference,
    )
    assert "in_place_of" not in propose(scene, "elsewhere", scene.elsewhere[0], DURING).facts
    with scene.database.reading() as session:
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []


@pytest.mark.parametrize("who", ["here", "elsewhere"])
def test_a_conflict_of_either_closes_the_dossier_and_its_place_in_the_region(scene: Scene, who: str) -> None:
    name(scene)
    scene.declare_conflict(who, scene.here[0])
    assert found(scene, "elsewhere", DURING) == {scene.here[1], *scene.elsewhere}
    _rank(scene, "elsewhere", {scene.here[1]: 1})
    with scene.database.reading() as session:
        page = regional_ranks.rank_page(
            session, acting(scene, "elsewhere", DURING), scene.call(), HERE, number=1, now=DURING
        )
    assert page is not None
    assert [(line.reference, line.rank) for line in page.page.items] == [(scene.here[1], 1)]


def test_a_number_given_before_a_conflict_tells_nothing_to_who_acts_for_the_one_in_conflict(scene: Scene) -> None:
    name(scene)
    _rank(scene, "here", {scene.here[0]: 1, scene.here[1]: 2})
    scene.declare_conflict("here", scene.here[0])
    with scene.database.reading() as session:
        page = regional_ranks.rank_page(
            session, acting(scene, "elsewhere", DURING), scene.call(), HERE, number=1, now=DURING
        )
    assert page is not None
    assert [(line.reference, line.rank) for line in page.page.items] == [(scene.here[1], 1)]


def test_a_file_exported_in_the_place_of_one_in_conflict_does_not_tell_the_place_either(scene: Scene) -> None:
    name(scene)
    _rank(scene, "here", {scene.here[0]: 1, scene.here[1]: 2})
    assert _exported_ranks(scene, "here") == {scene.here[0]: 1, scene.here[1]: 2}
    scene.declare_conflict("here", scene.here[0])
    assert _exported_ranks(scene, "elsewhere") == {scene.here[1]: 1, scene.elsewhere[0]: None}


def test_who_marks_acts_for_nobody_opinions_of_another_region_would_open_before_his_marks(scene: Scene) -> None:
    _third(scene)
    name(scene)
    assert regions(scene, "elsewhere", DURING) == {HERE, ELSEWHERE}
    own = scene.actor("elsewhere").person_id
    held = {"call_id": scene.call().id, "role": Role.JUROR.value, "seat": "A1", "granted_at": FILED, "person_id": own}
    scene.database.transaction(lambda session: session.add(RoleGrant(**held)))
    assert regions(scene, "elsewhere", DURING) == {ELSEWHERE}
    with pytest.raises(RuleViolation) as refused:
        name(scene, "third", "elsewhere")
    assert refused.value.code == "absence_substitute_marks"


def test_who_acts_for_somebody_passes_nothing_on(scene: Scene) -> None:
    _third(scene)
    name(scene)
    name(scene, "elsewhere", "third")
    assert regions(scene, "elsewhere", DURING) == {HERE, ELSEWHERE}
    assert regions(scene, "third", DURING) == {"11", ELSEWHERE}


def test_what_the_absent_or_the_substitute_loses_is_lost_at_once(scene: Scene) -> None:
    name(scene)
    held = scene.actor("here").person_id
    scene.database.transaction(
        lambda session: session.execute(update(Person).where(Person.id == held).values(active=False))
    )
    assert regions(scene, "elsewhere", DURING) == {ELSEWHERE}
    scene.database.transaction(
        lambda session: session.execute(update(Person).where(Person.id == held).values(active=True))
    )
    assert regions(scene, "elsewhere", DURING) == {HERE, ELSEWHERE}
    own = scene.actor("elsewhere").person_id
    scene.database.transaction(lambda session: session.execute(delete(RoleGrant).where(RoleGrant.person_id == own)))
    assert regions(scene, "elsewhere", DURING) == set()


@pytest.mark.parametrize("who", ["here", "team"])
def test_it_is_ended_early_by_who_is_absent_or_by_the_team_and_by_nobody_else(scene: Scene, who: str) -> None:
    name(scene)
    reference = _only(scene).reference
    for stranger in ("elsewhere", "chair", "applicant"):
        with pytest.raises(NotFound):
            _end(scene, stranger, reference)
    _end(scene, who, reference)
    assert regions(scene, "elsewhere", DURING + timedelta(hours=1)) == {ELSEWHERE}
    with pytest.raises(RuleViolation, match="already_done"):
        _end(scene, who, reference)
    assert scene.acts()[-2:] == ["absence.named", "absence.ended"]
    name(scene)  # the days are free again


def test_the_team_names_for_who_cannot_and_everybody_concerned_gets_a_letter(scene: Scene) -> None:
    people = [scene.actor(one).reference for one in ("here", "elsewhere")]
    said = (scene.actor("team"), scene.call().id, *people, Days(FIRST, LAST))
    scene.database.transaction(absences.name_for, *said, base_url=BASE, now=NOW)
    assert HERE in regions(scene, "elsewhere", DURING)
    with scene.database.reading() as session:
        sent = session.scalars(select(OutboxItem.payload).where(OutboxItem.topic == "absence")).all()
    assert {one["to"] for one in sent} == {scene.actor(one).email for one in ("here", "elsewhere", "team")}
    scene.declare_conflict("team", scene.here[0])
    with pytest.raises(RuleViolation, match="deport"):
        scene.database.transaction(absences.name_for, *said, base_url=BASE, now=NOW)


@pytest.mark.parametrize(
    ("by", "first", "last", "code"),
    [
        ("here", FIRST, LAST, "absence_same_person"),
        ("elsewhere", LAST, FIRST, "absence_days_backwards"),
        ("elsewhere", TODAY - DAY, LAST, "absence_in_the_past"),
        ("elsewhere", FIRST, FIRST + 92 * DAY, "absence_too_long"),
        ("elsewhere", date.max, date.max, "absence_too_far"),
        ("elsewhere", LAST, LAST + DAY, "absence_overlaps"),
    ],
)
def test_days_and_people_that_make_no_sense_are_refused(
    scene: Scene, by: str, first: date, last: date, code: str
) -> None:
    name(scene)
    with pytest.raises(RuleViolation, match=code):
        name(scene, by=by, first=first, last=last)
    for nobody in ("team", "applicant"):
        with pytest.raises(NotFound):
            name(scene, by=nobody)


def test_from_the_next_page_on_the_substitute_finds_the_dossiers_and_loses_them_when_it_ends(
    scene: Scene, tmp_path: Path
) -> None:
    app = create_app(load_settings({}, instance=tmp_path), database=scene.database)
    here, other = scene.client(app, "here"), scene.client(app, "elsewhere")
    room, address = f"/correspondant/{scene.slug}", f"/correspondant/{scene.slug}/suppleance"
    dossier = f"{room}/dossiers/{scene.here[0]}"
    assert other.get(dossier).status_code == 404
    form = {"csrf_token": token(here.get(address).text), "substitute": scene.actor("elsewhere").reference}
    days = {"first_day": TODAY.isoformat(), "last_day": (TODAY + DAY).isoformat()}
    assert here.post(address, data={**form, **days}).status_code == 302
    assert other.get(dossier).status_code == 200
    assert "Vous suppléez Personne here jusqu’au" in other.get(room).text
    assert "Finir maintenant" not in other.get(address).text
    page = here.get(address).text
    assert "En cours" in page
    assert here.post(f"{address}/{_only(scene).reference}/fin", data={"csrf_token": token(page)}).status_code == 302
    assert other.get(dossier).status_code == 404
    refused = here.post(address, data={**form, "first_day": "demain", "last_day": ""})
    assert refused.status_code == 422
    assert "Indiquez le dernier jour." in refused.text


def _rank(scene: Scene, who: str, ranks: dict[str, int]) -> None:
    actor, call = acting(scene, who, DURING), scene.call()
    with scene.database.reading() as session:
        page = regional_ranks.rank_page(session, actor, call, HERE, number=1, now=DURING)
    assert page is not None
    said = (actor, call.id, HERE, ranks)
    scene.database.transaction(regional_ranks.set_ranks, *said, shown=page.shown, now=DURING)


def _exported_ranks(scene: Scene, who: str) -> dict[str, object]:
    """Return the number of each dossier in the table that a person exports now, by reference."""
    actor, call = acting(scene, who, DURING), scene.call()
    with scene.database.reading() as session:
        definition = calls.definition_of(session, call)
        place = [column.key for column in export_rows.columns(definition)].index("rank")
        chosen = instruction.visible(session, actor, call, now=DURING)
        references = {str(one.number): one.reference for one in session.scalars(chosen)}
        rows = list(export_rows.rows(session, actor, definition, chosen, actor.closed_with(call.id)))
    return {references[str(row[0])]: row[place] for row in rows}


def _third(scene: Scene) -> None:
    """Give a third correspondent his region."""
    email = f"third.{scene.slug}@example.org"
    person = Person(email=email, email_key=email, name="Personne third", created_at=FILED)
    held = {"call_id": scene.call().id, "role": Role.CORRESPONDENT.value, "region": "11", "granted_at": FILED}
    person.grants.append(RoleGrant(**held))
    scene.database.transaction(lambda session: session.add(person))


def _only(scene: Scene) -> Absence:
    with scene.database.reading() as session:
        return session.scalars(select(Absence)).one()


def _end(scene: Scene, who: str, reference: str) -> None:
    said = (scene.actor(who), scene.call().id, reference)
    scene.database.transaction(absences.end, *said, base_url=BASE, now=DURING)
