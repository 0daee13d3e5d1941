"""Lays out a whole bench in a few seconds: rows written straight into the tables, hundreds at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.permissions import Role
from ptce_aap.models import Call, Person, RoleGrant
from ptce_aap.services.calls import calls
from ptce_aap.services.calls.calls import SYSTEM
from tests.bench import filed, juries
from tests.bench.world import CLOSED, FILED, JURORS, World, juror


def lay_out(database: Database, size: int) -> World:
    """Lay out a call with ``size`` eligible dossiers, each with three final sheets, and a few complete drafts.

    The call is closed and its marking open: ``World.change_call`` moves it to another phase.
    """
    slug = database.transaction(_open).slug
    with database.reading() as session:
        definition = calls.definition_of(session, calls.call_by_slug(session, slug))
    world = World(database, slug, size, definition.sheet.regions[0].code)
    database.transaction(_invite, world, definition)
    filed.lay_out(world, definition)
    juries.lay_out(world, definition)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return world


def _open(session: Session) -> Call:
    opens = FILED - timedelta(days=30)
    call = calls.open_call(
        session, SYSTEM, load_call("ptce-2015"), now=opens, opens_at=opens, closes_at=CLOSED, fictional=True
    )
    call.marking_opened_at = CLOSED + timedelta(days=1)
    return call


def _invite(session: Session, world: World, definition: CallDefinition) -> None:
    call = calls.call_by_slug(session, world.slug)
    seats = definition.sheet.seats
    roles: dict[str, dict[str, Any]] = {
        "equipe": {"role": Role.TEAM},
        "presidence": {"role": Role.CHAIR},
        "correspondant": {"role": Role.CORRESPONDENT, "region": world.region},
        **{juror(n): {"role": Role.JUROR, "seat": seats[n % len(seats)].key} for n in range(JURORS)},
    }
    for name in (*roles, "candidat"):
        session.add(_account(name, call.id, roles.get(name)))


def _account(name: str, call_id: int, role: dict[str, Any] | None) -> Person:
    email = f"{name}@example.org"
    found = Person(email=email, email_key=email, name=f"Personne fictive {name}", created_at=FILED)
    found.email_confirmed_at = FILED
    if role is not None:
        found.grants.append(RoleGrant(call_id=call_id, granted_at=FILED, **role))
    return found
