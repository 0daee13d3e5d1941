"""Views of the queue kept under a name: opened, forgotten, of one person alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.services.instruction import saved_views
from tests.browsers import token
from tests.instructions import NOW, Scene, lay_out


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database)


def keep(scene: Scene, who: str, name: str, query: str = "vue=rendus") -> None:
    args = (scene.actor(who), scene.call().id, name, query)
    scene.database.transaction(saved_views.keep, *args, now=NOW)


def views(scene: Scene, who: str) -> dict[str, str]:
    """The names of somebody's views, with their references."""
    with scene.database.reading() as session:
        return {one.name: one.reference for one in saved_views.views(session, scene.actor(who), scene.call())}


def test_a_view_is_of_one_person_under_a_name_of_its_own_and_there_are_twenty_at_most(scene: Scene) -> None:
    keep(scene, "here", "À vérifier")
    assert list(views(scene, "here")) == ["À vérifier"]
    assert views(scene, "elsewhere") == {}
    reference = views(scene, "here")["À vérifier"]
    with pytest.raises(NotFound):
        scene.database.transaction(saved_views.forget, scene.actor("elsewhere"), scene.call().id, reference)
    for name, code in (("a verifier", "taken"), (" ! ", "missing"), ("x" * 61, "too_long")):
        with pytest.raises(RuleViolation, match=f"view_name_{code}"):
            keep(scene, "here", name)
    for who in ("team", "applicant"):
        with pytest.raises(RuleViolation, match="not_allowed"):
            keep(scene, who, "Vue")
    for number in range(1, saved_views.VIEWS):
        keep(scene, "here", f"Vue {number}")
    with pytest.raises(RuleViolation, match="views_enough"):
        keep(scene, "here", "Une de trop")
    scene.database.transaction(saved_views.forget, scene.actor("here"), scene.call().id, reference)
    keep(scene, "here", "Une de trop")


def test_a_view_is_named_from_the_queue_opened_by_its_link_and_says_what_it_no_longer_asks(
    scene: Scene, tmp_path: Path
) -> None:
    client = scene.client(create_app(load_settings({}, instance=tmp_path), database=scene.database), "here")
    room = f"/correspondant/{scene.slug}"
    asked = "q=0001&regles=met&vue=a-instruire"
    assert f"{room}/vues?" in client.get(f"{room}?{asked}").text
    page = client.get(f"{room}/vues?{asked}&page=3&autre=1").text
    assert 'name="q" value="0001"' in page
    assert "autre" not in page.partition("<main")[2].partition("</main>")[0]
    form = {"csrf_token": token(page), "q": "0001", "regles": "met", "vue": "a-instruire"}
    refused = client.post(f"{room}/vues", data={**form, "nom": "x" * 61})
    assert refused.status_code == 422
    assert "x" * 61 in refused.text
    kept = client.post(f"{room}/vues", data={**form, "nom": "Mon dossier"})
    assert kept.headers["Location"] == f"{room}?{asked}"
    assert "Mon dossier" in client.get(room).text
    shown = client.get(kept.headers["Location"]).text
    assert "Pôle 31 0001" in shown
    assert "Pôle 31 0000" not in shown
    assert "n’existe plus" not in shown
    old = client.get(f"{room}?etiquette=ancienne").text
    assert "Étiquette" in old
    assert "n’existe plus" in old
    assert "Pôle 31 0000" in old
    reference = views(scene, "here")["Mon dossier"]
    assert client.post(f"{room}/vues/{reference}/retrait", data=form).status_code == 302
    assert views(scene, "here") == {}
