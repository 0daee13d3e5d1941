"""What a register tells beside the eligibility sheet, on a real socket: asked by hand, bounded, kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.registers import SearchApi
from ptce_aap.services.instruction import register_answers
from tests.instructions import Scene, complete_answers, lay_out
from tests.registers import FakeRegister, register_at

BUTTON = "Interroger le registre"


@pytest.fixture
def scene(sqlite_database: Database) -> Scene:
    return lay_out(sqlite_database)


@pytest.fixture
def fake() -> Iterator[FakeRegister]:
    with register_at() as server:
        yield server


def client(scene: Scene, instance: Path, **settings: str) -> FlaskClient:
    return scene.client(create_app(load_settings(settings, instance=instance), database=scene.database), "here")


def test_the_sheet_shows_what_the_register_tells_and_what_the_dossier_tells_otherwise_and_keeps_nothing(
    scene: Scene, fake: FakeRegister, tmp_path: Path
) -> None:
    browser = client(scene, tmp_path, PTCE_REGISTER_URL=fake.url)
    address = f"/correspondant/{scene.slug}/dossiers/{scene.here[1]}"
    before = scene.acts()
    assert BUTTON in browser.get(address).text
    assert fake.asked == []
    fake.mode = "anybody"
    page = browser.get(f"{address}/registre").text
    for words in (
        "LES ATELIERS DU CANAL",
        "En activité",
        "8\u00a0mars\u00a02011",
        "le dossier dit",
        "Diffère du dossier",
    ):
        assert words in page, words
    assert len(fake.asked) == len(set(fake.asked)) == 3  # the carrier is a member too
    assert "LES ATELIERS" not in browser.get(address).text
    assert scene.acts() == before
    fake.mode = "well"
    assert browser.get(f"{address}/registre").text.count("Inconnu du registre") == 4
    fake.mode = "broken"
    assert "Le registre n’a pas répondu pour 4 numéros." in browser.get(f"{address}/registre").text
    asked = len(fake.asked)
    assert browser.get(f"/correspondant/{scene.slug}/dossiers/{scene.elsewhere[0]}/registre").status_code == 404
    assert len(fake.asked) == asked


def test_without_a_register_there_is_nothing_to_press_nor_to_open(scene: Scene, tmp_path: Path) -> None:
    browser = client(scene, tmp_path)
    address = f"/correspondant/{scene.slug}/dossiers/{scene.here[1]}"
    assert BUTTON not in browser.get(address).text
    assert browser.get(f"{address}/registre").status_code == 404


def test_a_press_asks_a_bounded_number_and_ends_at_the_first_silence(fake: FakeRegister) -> None:
    definition = load_call("ptce-2015")
    answers = {**definition.questionnaire.parse(complete_answers())}
    rows = answers["membres.membres"]
    answers["membres.membres"] = tuple({**rows[0], "siren": f"{number:09d}"} for number in range(40))
    register = SearchApi(fake.url)
    fake.mode = "anybody"
    asked = register_answers.ask(definition, answers, register)
    assert len(fake.asked) == register_answers.MOST_ASKED
    assert (len(asked.told) + asked.left, asked.left) == (41, 41 - register_answers.MOST_ASKED)
    fake.mode, fake.asked = "busy", []
    assert register_answers.ask(definition, answers, register).told == ()
    assert len(fake.asked) == 1
