"""A conflict is a person's: his other accounts are in conflict too, and a stranger's puts nobody in conflict."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.domain.permissions import Role
from ptce_aap.models import Conflict, Dossier, JournalEntry, Person
from ptce_aap.services import invariants
from ptce_aap.services.accounts import accounts, claims, one_person, people
from ptce_aap.services.dossiers import listing, managed
from ptce_aap.services.jury import conflicts
from tests import entering
from tests.deliberations import NOW, Scene, lay_out
from tests.two_persons import BASE

PASSWORD = "quatre mots faciles à retenir"


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    """Three ranked dossiers; the juror of the scene has another address of the same box."""
    return lay_out(fresh_database, (90, 80, 70))


def open_account(scene: Scene, email: str, *, proved: bool) -> int:
    """Let somebody register with an address; return the number of the account."""

    def register(session: Session) -> int:
        entry = entering.register(session, email, PASSWORD, "", base_url=BASE, now=NOW)
        found = accounts.signed_in(session, entry.secret, now=NOW)
        assert found is not None
        person = session.get_one(Person, found.actor.person_id)
        person.email_confirmed_at = NOW if proved else None
        return person.id

    return scene.database.transaction(register)


def own(scene: Scene, person_id: int, dossier: str) -> None:
    def work(session: Session) -> None:
        session.scalars(select(Dossier).where(Dossier.reference == dossier)).one().owner_id = person_id

    scene.database.transaction(work)


def in_conflict(scene: Scene, dossier: str) -> set[int]:
    with scene.database.reading() as session:
        found = select(Conflict.person_id).join(Dossier, Dossier.id == Conflict.dossier_id)
        return set(session.scalars(found.where(Dossier.reference == dossier)))


def told(scene: Scene) -> list[tuple[str, str, object]]:
    """Return what the call's journal says of conflicts: who, with what, as whom."""
    with scene.database.reading() as session:
        lines = select(JournalEntry).where(JournalEntry.act == "conflict.declared").order_by(JournalEntry.sequence)
        return [(line.actor, line.object, line.facts.get("as")) for line in session.scalars(lines)]


@pytest.mark.target("SEC-05")
def test_the_second_and_the_claiming_account_of_who_declares_are_in_conflict_as_he_is(scene: Scene) -> None:
    scene.emails["again"] = "juror-3+equipe@example.org"
    said = {"call_slug": scene.slug, "base_url": BASE, "now": NOW}
    scene.database.transaction(people.invite, scene.actor("team"), scene.emails["again"], Role.TEAM, **said)
    claim = open_account(scene, "juror-3@example.org", proved=False)
    juror, again = scene.actor("juror-3"), scene.actor("again")
    assert scene.dossiers[2] in seen(scene, "again")
    scene.database.transaction(conflicts.declare, juror, scene.call_id(), scene.dossiers[2], "Un lien.", now=NOW)
    assert in_conflict(scene, scene.dossiers[2]) == {juror.person_id, again.person_id, claim}
    assert scene.dossiers[2] not in seen(scene, "again")
    assert told(scene)[0] == (juror.reference, scene.dossiers[2], None)
    assert [one[2] for one in told(scene)[1:]] == [juror.reference] * 2
    with scene.database.reading() as session:
        assert [one.name for one in invariants.check_all(session) if not one.ok] == []


def seen(scene: Scene, name: str) -> list[str]:
    """Return the dossiers that somebody finds in the team's room."""
    with scene.database.reading() as session:
        page = managed.listed(session, scene.actor(name), scene.call(session), listing.Asked(), now=NOW)
        return [line.reference for line in page.items]


@pytest.mark.target("SEC-05")
def test_a_role_given_to_a_second_account_comes_with_the_conflicts_of_the_first(scene: Scene) -> None:
    owner = open_account(scene, "porteuse@example.org", proved=True)
    own(scene, owner, scene.dossiers[0])
    scene.emails["again"] = "porteuse+equipe@example.org"
    said = {"call_slug": scene.slug, "base_url": BASE, "now": NOW}
    scene.database.transaction(people.invite, scene.actor("team"), scene.emails["again"], Role.TEAM, **said)
    assert in_conflict(scene, scene.dossiers[0]) == {scene.actor("again").person_id}
    assert sorted(seen(scene, "again")) == sorted(scene.dossiers[1:])


def test_whoever_registers_with_the_address_of_a_juror_puts_him_in_conflict_with_nothing(scene: Scene) -> None:
    stranger = open_account(scene, "juror-1@example.org", proved=False)
    own(scene, stranger, scene.dossiers[0])
    juror = scene.actor("juror-1")
    scene.database.transaction(level, juror.person_id)
    assert in_conflict(scene, scene.dossiers[0]) == set()


def level(session: Session, person_id: int) -> None:
    one_person.level(session, session.get_one(Person, person_id), now=NOW)


@pytest.mark.target("SEC-05")
def test_what_an_official_began_in_a_second_account_is_told_in_the_journal_of_the_call_once_it_is_his(
    scene: Scene,
) -> None:
    second = open_account(scene, "juror-1@example.org", proved=False)
    own(scene, second, scene.dossiers[0])
    juror = scene.actor("juror-1")

    def prove(session: Session) -> None:
        claims.settle(session, session.get_one(Person, second), now=NOW)

    scene.database.transaction(prove)
    assert in_conflict(scene, scene.dossiers[0]) == {juror.person_id}
    with scene.database.reading() as session:
        former = session.get_one(Person, second).reference
    assert told(scene) == [(juror.reference, scene.dossiers[0], former)]
