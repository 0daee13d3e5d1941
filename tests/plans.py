"""Proposals of who reads what: asked for, computed at once as the worker would, applied."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.assignment.planning import PlanSettings
from ptce_aap.jobs.context import open_context
from ptce_aap.jobs.run import drain
from ptce_aap.services.assignment import plan_applying, plan_page, plan_store
from ptce_aap.services.assignment.plan_page import PlanPage
from tests.deliberations import NOW, Scene


def compute(database: Database) -> None:
    """Do what the worker owes."""
    with TemporaryDirectory() as folder:
        drain(open_context(load_settings({}, instance=Path(folder)), database))


def propose(scene: Scene, readings: int = 2, by: str = "team", **settings: Any) -> str:
    """Ask for a proposal and compute it; return its reference."""
    asked = PlanSettings(readings, **settings)
    reference = scene.database.transaction(plan_store.ask, scene.actor(by), scene.call_id(), asked, now=NOW)
    compute(scene.database)
    return reference


def see(scene: Scene, reference: str, by: str = "team") -> PlanPage:
    """Read a proposal."""
    with scene.database.reading() as session:
        return plan_page.page(session, scene.actor(by), scene.call(session), reference, now=NOW)


def apply(scene: Scene, reference: str, version: int | None = None, by: str = "team") -> tuple[int, int]:
    """Apply a proposal as it is now."""
    shown = see(scene, reference).plan.version if version is None else version
    act = (plan_applying.apply, scene.actor(by), scene.call_id(), reference)
    return scene.database.transaction(*act, version=shown, now=NOW)


def undo(scene: Scene, reference: str) -> tuple[int, int]:
    """Undo a proposal that was applied."""
    return scene.database.transaction(plan_applying.undo, scene.actor("team"), scene.call_id(), reference, now=NOW)


def edit(scene: Scene, reference: str, dossier: str, chosen: list[str], version: int | None = None) -> None:
    """Change by hand the readers that a proposal gives to a dossier."""
    scene.database.transaction(
        plan_applying.edit,
        scene.actor("team"),
        scene.call_id(),
        reference,
        dossier,
        chosen=[scene.actor(name).reference for name in chosen],
        version=see(scene, reference).plan.version if version is None else version,
        now=NOW,
    )
