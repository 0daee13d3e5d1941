"""Labels of a region, private notes: who reads them, and what becomes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Role
from ptce_aap.models import Dossier, DossierLabel, DossierNote, Person, RoleGrant
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.instruction import own_papers
from ptce_aap.services.retention import copying, erasing, people
from tests.browsers import token
from tests.instructions import FILED, HERE, NOW, Scene, lay_out

LABEL, NOTE = "Zqx étiquette", "Zqx note privée."


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database)


def put(scene: Scene, who: str, *references: str, label: str = LABEL) -> int:
    args = (scene.actor(who), scene.call().id, references, label)
    return scene.database.transaction(own_papers.put, *args, now=NOW)


def note(scene: Scene, who: str, reference: str, text: str = NOTE, shown: str = "") -> None:
    args = (scene.actor(who), scene.call().id, reference, text)
    scene.database.transaction(own_papers.write_note, *args, shown=shown, now=NOW)


def read(scene: Scene, who: str, reference: str) -> own_papers.Papers:
    with scene.database.reading() as session:
        return own_papers.papers(session, scene.actor(who), scene.call(), reference, now=NOW)


def kept(scene: Scene) -> tuple[int, int]:
    """How many labels and notes there are."""
    with scene.database.reading() as session:
        labels, notes = (session.scalar(select(func.count()).select_from(one)) for one in (DossierLabel, DossierNote))
    return labels or 0, notes or 0


def colleague(scene: Scene) -> str:
    """Give the region a second correspondent."""
    email = f"colleague.{scene.slug}@example.org"
    person = Person(email=email, email_key=email, name="Personne colleague", created_at=FILED)
    held = {"call_id": scene.call().id, "role": Role.CORRESPONDENT.value, "region": HERE, "granted_at": FILED}
    person.grants.append(RoleGrant(**held))
    scene.database.transaction(lambda session: session.add(person))
    return "colleague"


def test_a_label_is_shared_in_its_region_and_a_note_is_of_its_author(scene: Scene) -> None:
    other, first = colleague(scene), scene.here[0]
    assert put(scene, "here", first) == 1
    note(scene, "here", first)
    mine, his = read(scene, "here", first), read(scene, other, first)
    assert (mine.labels, mine.note) == ((LABEL,), NOTE)
    assert (his.labels, his.note, his.mark) == ((LABEL,), "", "")
    note(scene, other, first, "La mienne.")
    assert read(scene, "here", first).note == NOTE
    assert read(scene, other, scene.here[1]).known == (LABEL,)
    assert read(scene, "elsewhere", scene.elsewhere[0]).known == ()
    # Written otherwise it is the same label, and whoever instructs the dossier takes it away.
    assert put(scene, other, first, label=" zqx  ETIQUETTE ") == 0
    args = (scene.actor(other), scene.call().id, [first], "zqx etiquette")
    assert scene.database.transaction(own_papers.take_away, *args, now=NOW) == 1
    assert kept(scene) == (0, 2)


@pytest.mark.parametrize("who", ["elsewhere", "team", "auditor", "chair", "applicant"])
def test_nobody_else_reads_or_writes_them(scene: Scene, who: str) -> None:
    put(scene, "here", scene.here[0])
    for act in (lambda: put(scene, who, scene.here[0]), lambda: note(scene, who, scene.here[0])):
        with pytest.raises(RuleViolation, match=r"not_found|not_allowed"):
            act()
    with pytest.raises(NotFound):
        read(scene, who, scene.here[0])


def test_no_page_of_another_room_shows_a_word_of_them(scene: Scene, tmp_path: Path) -> None:
    app = create_app(load_settings({}, instance=tmp_path), database=scene.database)
    room, first = f"/correspondant/{scene.slug}", scene.here[0]
    client = scene.client(app, "here")
    page = client.get(f"{room}/dossiers/{first}/notes")
    form = {"csrf_token": token(page.text)}
    assert client.post(f"{room}/dossiers/{first}/etiquettes", data={**form, "label": LABEL}).status_code == 302
    assert client.post(f"{room}/dossiers/{first}/notes", data={**form, "note": NOTE, "vu": ""}).status_code == 302
    shown = client.get(f"{room}/dossiers/{first}/notes").text
    assert LABEL in shown
    assert NOTE in shown
    for who in ("team", "auditor"):
        for address in (f"/pilotage/{scene.slug}/dossiers/{first}", f"/pilotage/{scene.slug}/dossiers"):
            answer = scene.client(app, who).get(address)
            assert answer.status_code == 200
            assert "Zqx" not in answer.text
    assert "Zqx" not in scene.client(app, "applicant").get(f"/candidature/{first}/suivi").text
    # The other window of the same person: nothing is lost, on either side.
    refused = client.post(f"{room}/dossiers/{first}/notes", data={**form, "note": "Autre texte.", "vu": ""})
    assert refused.status_code == 422
    assert NOTE in refused.text
    assert "Autre texte." in refused.text
    too_long = client.post(f"{room}/dossiers/{first}/etiquettes", data={**form, "label": "x" * 31})
    assert too_long.status_code == 422
    assert "x" * 31 in too_long.text
    gone = client.post(f"{room}/dossiers/{first}/etiquettes/retrait", data={**form, "label": LABEL})
    assert gone.status_code == 302
    assert kept(scene) == (0, 1)


def test_a_note_that_was_changed_in_another_window_is_not_written_over(scene: Scene) -> None:
    first = scene.here[0]
    note(scene, "here", first, "Une.")
    shown = read(scene, "here", first).mark
    note(scene, "here", first, "Deux.", shown)
    with pytest.raises(Conflict):
        note(scene, "here", first, "Trois.", shown)
    assert read(scene, "here", first).note == "Deux."
    note(scene, "here", first, "", own_papers.mark_of("Deux."))
    assert kept(scene) == (0, 0)
    with pytest.raises(Conflict):
        note(scene, "here", first, "Trois.", own_papers.mark_of("Deux."))


def test_what_cannot_be_a_label_is_refused_and_one_refusal_refuses_all(scene: Scene) -> None:
    for typed, code in (("", "label_missing"), (" !? ", "label_missing"), ("x" * 31, "label_too_long")):
        with pytest.raises(RuleViolation, match=code):
            put(scene, "here", scene.here[0], label=typed)
    with pytest.raises(NotFound):
        put(scene, "here", *scene.here, scene.elsewhere[0])
    with pytest.raises(RuleViolation, match="nothing_chosen"):
        put(scene, "here")
    for number in range(own_papers.LABELS):
        put(scene, "here", scene.here[1], label=f"étiquette {number}")
    with pytest.raises(RuleViolation, match="labels_enough"):
        put(scene, "here", *scene.here)
    assert kept(scene) == (own_papers.LABELS, 0)


def test_neither_follows_a_dossier_to_another_region_nor_shows_one_in_conflict(scene: Scene) -> None:
    first = scene.here[0]
    put(scene, "here", *scene.here, label="Commune")
    put(scene, "here", first)
    note(scene, "here", first)
    scene.declare_conflict("here", first)
    with pytest.raises(NotFound):
        read(scene, "here", first)
    assert read(scene, "here", scene.here[1]).known == ()
    move = update(Dossier).where(Dossier.reference == first).values(region="93")
    scene.database.transaction(lambda session: session.execute(move))
    there = read(scene, "elsewhere", first)
    assert (there.labels, there.known, there.note) == ((), (), "")
    assert put(scene, "elsewhere", first) == 1


def test_chosen_dossiers_are_labelled_together_and_the_queue_is_filtered_by_label(scene: Scene, tmp_path: Path) -> None:
    app = create_app(load_settings({}, instance=tmp_path), database=scene.database)
    client, room = scene.client(app, "here"), f"/correspondant/{scene.slug}"
    assert 'name="etiquette"' not in client.get(room).text  # nothing to filter by yet
    both = {"dossier": scene.here}
    page = client.get(f"{room}/etiqueter", query_string={"dossier": [*scene.here, *scene.elsewhere]}).text
    assert "Poser sur ces 2 dossiers" in page
    form = {"csrf_token": token(page), **both, "label": LABEL}
    stranger = client.post(f"{room}/etiqueter", data={**form, "dossier": [*scene.here, *scene.elsewhere]})
    assert (stranger.status_code, kept(scene)) == (422, (0, 0))
    assert client.post(f"{room}/etiqueter", data=form).status_code == 302
    away = {**form, "dossier": scene.here[:1], "retirer": "1"}
    assert client.post(f"{room}/etiqueter", data=away).status_code == 302
    assert kept(scene) == (1, 0)
    filtered = client.get(f"{room}?etiquette=zqx+etiquette").text
    assert "Pôle 31 0001" in filtered
    assert "Pôle 31 0000" not in filtered
    assert f"Étiquette\u00a0: {LABEL}" in filtered
    # A label of another region filters nothing here, and is told nowhere.
    other = scene.client(app, "elsewhere").get(f"{room}?etiquette=zqx+etiquette").text
    assert "Zqx" not in other
    assert "Pôle 93 0000" in other
    refused = client.post(f"{room}/etiqueter", data={**form, "label": "!"})
    assert refused.status_code == 422
    assert "Pôle 31 0000" in refused.text


def test_both_are_in_their_author_s_copy_and_go_with_his_account(scene: Scene) -> None:
    other, (first, second) = colleague(scene), scene.here
    for who in ("here", other):
        put(scene, who, second, label=f"De {who}")
        note(scene, who, second, f"Note de {who}.")
    with scene.database.reading() as session:
        copied = copying.collect(session, scene.actor("here"))
    assert "Note de here." in str(copied)
    assert "De here" in str(copied)
    assert "Note de colleague." not in str(copied)
    assert "De colleague" not in str(copied)
    put(scene, other, first)
    note(scene, other, first)
    person_id = scene.actor("here").person_id
    scene.database.transaction(
        lambda session: session.execute(delete(RoleGrant).where(RoleGrant.person_id == person_id))
    )
    scene.database.transaction(
        lambda session: people.erase(
            session, SYSTEM, session.get_one(Person, person_id), why="asked", now=NOW, held=frozenset()
        )
    )
    assert kept(scene) == (2, 2)
    ids = [scene.dossier(second).id]
    scene.database.transaction(
        lambda session: erasing.erase_dossiers(session, SYSTEM, ids, why="not_selected", now=NOW)
    )
    assert kept(scene) == (1, 1)
