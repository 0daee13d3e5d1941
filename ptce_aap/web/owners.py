"""Whose text a form carries, and whose copies a browser keeps: keys that only this server can make for a person."""

from __future__ import annotations

import hmac
import re

from flask import Flask, request, session

from ptce_aap.domain.permissions import Actor
from ptce_aap.web.context import actor_or_none, settings

FIELD = "_de"
COPY = "_copie"
_RECEIVED = "_received"
_COPY_NAME = re.compile(r"ptce-saisie:[0-9a-f]{32}:/[\w/-]{1,200}:[0-9a-f]{16}")


def init_app(app: Flask) -> None:
    """Give the keys to the templates."""
    app.jinja_env.globals.update(form_owner=form_owner, copy_owner=copy_owner, received_copy=received_copy)


def form_owner() -> str:
    """Return the key that forms of the signed-in person carry, nothing for a visitor."""
    who = actor_or_none()
    return "" if who is None else form_key(who)


def copy_owner() -> str:
    """Return the key under which this person's browser keeps what could not be saved, nothing for a visitor."""
    who = actor_or_none()
    return "" if who is None else _key("copy", who)


def form_key(who: Actor) -> str:
    """Return the key that the forms of a person carry."""
    return _key("form", who)


def is_of(key: str, who: Actor) -> bool:
    """Tell whether a form's key is that of a person, be it made before the installation changed its secret key."""
    return any(hmac.compare_digest(key.encode(), _key("form", who, secret).encode()) for secret in settings().keys)


def note_received() -> None:
    """Remember, for the next page, that this request's form is saved: its browser forgets the copy it had kept."""
    name = request.form.get(COPY, "")
    if _COPY_NAME.fullmatch(name):
        session[_RECEIVED] = name


def received_copy() -> str:
    """Return once the name of the copy that the browser can forget, nothing where there is none."""
    found: str = session.pop(_RECEIVED, "")
    return found


def _key(purpose: str, who: Actor, secret: str = "") -> str:
    told = f"{purpose}:{who.reference}"
    return hmac.new((secret or settings().secret_key).encode(), told.encode(), "sha256").hexdigest()[:32]
