"""The views of his queue that a correspondent named: what the address asks, found again under a few words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.domain.persons import fold
from ptce_aap.models import Call, Person, SavedView
from ptce_aap.services.accounts import accounts

VIEWS = 20
"""Of one person on one call."""
NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class View:
    """A view by its name; ``query``: the part of the address that asks for it."""

    reference: str
    name: str
    query: str


def views(session: Session, actor: Actor, call: Call) -> tuple[View, ...]:
    """Return the views that somebody named on a call, by name: one statement."""
    own = (SavedView.person_id == actor.person_id, SavedView.call_id == call.id)
    found = session.scalars(select(SavedView).where(*own).order_by(SavedView.name_key))
    return tuple(View(one.reference, one.name, one.query) for one in found)


def keep(session: Session, actor: Actor, call_id: int, typed: str, query: str, *, now: datetime) -> None:
    """Keep a view under a name of one's own; one's account is locked: two windows keep one after the other.

    Errors: ``not_allowed``, ``view_name_missing``, ``view_name_too_long``, ``view_name_taken``, ``views_enough``.
    """
    accounts.require(actor, Permission.INSTRUCT, call_id)
    name = " ".join(typed.split())
    key = fold(name)
    if not key:
        raise RuleViolation("view_name_missing")
    if len(name) > NAME_LENGTH:
        raise RuleViolation("view_name_too_long", maximum=NAME_LENGTH)
    session.get_one(Person, actor.person_id, with_for_update=True)
    own = (SavedView.person_id == actor.person_id, SavedView.call_id == call_id)
    taken = set(session.scalars(select(SavedView.name_key).where(*own)))
    if key in taken:
        raise RuleViolation("view_name_taken")
    if len(taken) >= VIEWS:
        raise RuleViolation("views_enough", maximum=VIEWS)
    view = SavedView(person_id=actor.person_id, call_id=call_id, name=name, name_key=key, query=query)
    view.at = now
    session.add(view)
    session.flush()


def forget(session: Session, actor: Actor, call_id: int, reference: str) -> None:
    """Forget a view of one's own. Errors: ``not_allowed``, ``not_found``."""
    accounts.require(actor, Permission.INSTRUCT, call_id)
    own = (SavedView.person_id == actor.person_id, SavedView.call_id == call_id)
    view = session.scalar(select(SavedView).where(*own, SavedView.reference == reference))
    if view is None:
        raise NotFound()
    session.delete(view)
    session.flush()
