"""Directories of resources in a call that was laid out: one resource more, the names that are there, none left."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from ptce_aap.models import RegionResource
from ptce_aap.services.regions import resource_changes, resources
from tests.instructions import HERE, NOW, Scene

ROW: dict[str, Any] = {"name": "Réseau d’essai", "kind": "tete_de_reseau", "published": True}


def added(scene: Scene, *, by: str = "here", region: str = HERE, at: Any = NOW, **more: Any) -> str:
    row = {**ROW, **more}
    return scene.database.transaction(resource_changes.add, scene.actor(by), scene.call().id, region, row, now=at)


def names(scene: Scene, region: str) -> list[str]:
    with scene.database.reading() as session:
        room = resources.room(session, scene.actor("team"), scene.call(), region)
        found = resources.entries(session, scene.call().id, room.table, region, now=NOW)
    return [entry.name for entry in found if entry.withdrawn_at is None]


def emptied(scene: Scene) -> None:
    def work(session: Session) -> None:
        gone = {"withdrawn_at": NOW, "published": False, "appeared_at": None}
        session.execute(update(RegionResource).where(RegionResource.withdrawn_at.is_(None)).values(gone))

    scene.database.transaction(work)
