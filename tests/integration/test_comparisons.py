"""Dossiers of one's regions side by side: which may be named, what is marked, at what cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.services.instruction import comparisons
from tests.browsers import application
from tests.databases import Databases
from tests.instructions import NOW, Scene, add_dossiers, lay_out, statements


@pytest.fixture(scope="module")
def scene(databases: Databases) -> Scene:
    return lay_out(databases.create("sqlite"), here=5)


def compare(scene: Scene, *references: str, name: str = "here") -> comparisons.Comparison:
    with scene.database.reading() as session:
        return comparisons.compare(session, scene.actor(name), scene.call(), references, now=NOW)


def test_two_to_four_dossiers_are_compared_in_the_order_asked_and_each_once(scene: Scene) -> None:
    found = compare(scene, scene.here[2], scene.here[0], scene.here[2])
    assert [column.document.reference for column in found.columns] == [scene.here[2], scene.here[0]]
    for few in ([], scene.here[:1]):
        with pytest.raises(RuleViolation, match="too_few_to_compare"):
            compare(scene, *few)
    with pytest.raises(RuleViolation, match="too_many_to_compare"):
        compare(scene, *scene.here)


def test_a_dossier_of_another_region_is_as_unknown_as_one_that_is_not(scene: Scene) -> None:
    for unknown in (scene.elsewhere[0], "nnnnnnnnnnnnnnnnnnnnnn"):
        with pytest.raises(NotFound):
            compare(scene, scene.here[0], unknown)
    with pytest.raises(NotFound):
        compare(scene, *scene.here[:2], name="elsewhere")


def test_what_differs_is_marked_and_what_is_alike_too(scene: Scene) -> None:
    parts = compare(scene, scene.here[0], scene.here[1]).parts  # the first lacks one answer
    lines = {line.label: line for part in parts for line in part.lines}
    assert lines["Réponses obligatoires manquantes"].cells == ("1", "0")
    assert lines["Réponses obligatoires manquantes"].differs is True
    assert lines["Aide demandée"].differs is False
    assert lines["Porteur"].differs is None
    assert any("total" in label for label in lines)


def test_the_page_says_it_in_words_and_costs_the_same_at_any_size(scene: Scene, tmp_path: Path) -> None:
    client = scene.client(application(scene.database, tmp_path), "here")
    address = f"/correspondant/{scene.slug}/comparer"
    assert "Il faut au moins deux dossiers" in client.get(address).text
    assert client.get(address, query_string={"dossier": scene.here}).status_code == 422
    assert client.get(address, query_string={"dossier": [scene.here[0], scene.elsewhere[0]]}).status_code == 404
    assert 'name="dossier"' in client.get(f"/correspondant/{scene.slug}/classement").text
    chosen = {"dossier": scene.here[:2]}
    page = client.get(address, query_string=chosen).text
    assert page.count("Diffère") > 1
    assert "Identique" in page
    few = statements(scene.database, lambda: client.get(address, query_string=chosen))
    add_dossiers(scene, 6)
    assert statements(scene.database, lambda: client.get(address, query_string=chosen)) == few <= 12


def test_a_declared_conflict_closes_the_comparison(fresh_database: Database) -> None:
    scene = lay_out(fresh_database, here=3)
    scene.declare_conflict("here", scene.here[1])
    with pytest.raises(NotFound):
        compare(scene, scene.here[0], scene.here[1])
    assert len(compare(scene, scene.here[0], scene.here[2]).columns) == 2
