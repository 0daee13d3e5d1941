"""The page of the journal says whether its chain holds, and how far the last signed head went."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from ptce_aap import clock
from ptce_aap.database import Database
from ptce_aap.jobs.context import open_context
from ptce_aap.jobs.run import drain
from ptce_aap.models import Call, DailyHead
from ptce_aap.services.journal import head_writing, journal_state
from tests.browsers import Browser, application
from tests.deliberations import Scene, lay_out
from tests.integration.test_daily_heads import unprotected

PAGE = "/pilotage/ptce-2015/journal"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database, [90, 80])


def page(scene: Scene, folder: Path, name: str = "team") -> str:
    app = application(scene.database, folder)
    return Browser(app, scene.database, f"{name}@example.org").get(PAGE).text.replace("\u00a0", " ")


def sign(scene: Scene, *, days_ago: int = 0, witnesses: tuple[str, ...] = ()) -> DailyHead:
    at = clock.now() - timedelta(days=days_ago)
    head = scene.database.transaction(head_writing.write, KEY, witnesses=witnesses, base_url="", now=at)
    assert head is not None
    return head


def test_a_journal_that_holds_says_so_with_or_without_a_head(scene: Scene, tmp_path: Path) -> None:
    before = page(scene, tmp_path)
    assert "La chaîne tient" in before
    assert "Aucune empreinte du journal n’est encore signée" in before
    sign(scene, witnesses=("a@example.org", "b@example.org"))
    assert "envoyée à 0 témoin sur 2" in page(scene, tmp_path)
    context = open_context(application(scene.database, tmp_path).extensions["ptce_aap"].settings, scene.database)
    drain(context)
    assert "envoyée à 2 témoins sur 2" in page(scene, tmp_path)


def test_a_head_that_is_late_is_told(scene: Scene, tmp_path: Path) -> None:
    sign(scene, days_ago=3)
    assert "La dernière empreinte date de plus de deux jours" in page(scene, tmp_path)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE journal_entry SET actor = 'autre' WHERE sequence = 2 AND chain = 'call-1'",
        "DELETE FROM journal_entry WHERE sequence = 2 AND chain = 'call-1'",
        "UPDATE journal_head SET digest = (SELECT max(previous) FROM journal_entry) WHERE chain = 'call-1'",
    ],
)
def test_a_line_that_was_changed_is_told_and_in_a_partial_view_without_its_number(
    scene: Scene, tmp_path: Path, attack: str
) -> None:
    unprotected(scene.database, attack)
    told = page(scene, tmp_path)
    assert "Le journal ne tient plus" in told
    assert "La chaîne tient" not in told
    assert "n’est plus ce qui a été écrit" in told
    scene.declare_conflict("team", scene.dossiers[0])
    partial = page(scene, tmp_path)
    assert "Une ligne n’est plus ce qui a été écrit" in partial


def test_only_the_end_of_a_long_journal_is_read_and_the_line_of_the_head(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_state, "LOOKED_AT", 1)
    sign(scene)
    with scene.database.reading() as session:
        call = session.scalars(select(Call)).one()
        state = journal_state.state_of(session, call, now=clock.now())
    assert (state.fault, state.lines) == (None, 1)
    unprotected(scene.database, "UPDATE journal_entry SET actor = 'autre' WHERE sequence = 1 AND chain = 'call-1'")
    with scene.database.reading() as session:
        assert journal_state.state_of(session, call, now=clock.now()).fault is None, "read whole by the command alone"
