"""What every page shows around its content: service, call, person, navigation."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, g, request, url_for
from flask_login import current_user

from ptce_aap.config import Settings
from ptce_aap.domain.permissions import ROLE_LABELS, Actor, Permission, Role
from ptce_aap.models import Call
from ptce_aap.web.accessibility import read_declaration

SERVICE_NAME = "Appels à projets"
_ROOMS = (
    (Permission.INSTRUCT, "Instruction", "correspondent.calls"),
    (Permission.SCORE, "Jury", "jury.calls"),
    (Permission.SEE_MANAGEMENT, "Pilotage", "management.calls"),
    (Permission.MANAGE_PEOPLE, "Comptes", "management.people"),
)


def init_app(app: Flask, settings: Settings) -> None:
    """Give every template what the shell shows."""
    accessibility, static = read_declaration(), Path(app.static_folder or "")

    @lru_cache(maxsize=256)
    def digest(name: str) -> str:
        return hashlib.sha256((static / name).read_bytes()).hexdigest()[:12]

    def static_url(name: str) -> str:
        return url_for("static", filename=name, v=digest(name))

    app.add_template_global(declares)  # macros that are imported see globals only

    @app.context_processor
    def shell() -> dict[str, Any]:
        actor = current_user.actor if current_user.is_authenticated else None
        call = g.get("call")
        return {
            "service_name": SERVICE_NAME,
            "call": call,
            "actor": actor,
            "role_label": _role_label(actor, call),
            "navigation": list(_navigation(actor)),
            "demo": settings.demo,
            "with_proconnect": settings.proconnect_issuer is not None,
            "theme": settings.theme,
            "accessibility": accessibility,
            "breadcrumb": [],
            "static_url": static_url,
            "register_available": settings.register_url is not None,
        }


def declares(call: Call, name: str) -> bool:
    """Tell whether a call was opened with an optional definition file, named as in the README of ``forms/``."""
    return any(file.rpartition("/")[2].startswith(f"{name}.v") for file in call.sources)


def _role_label(actor: Actor | None, call: Call | None) -> str:
    if actor is None:
        return ""
    roles = actor.roles_on(call.id) if call is not None else {g.role for g in actor.grants}
    shown = [ROLE_LABELS[role] for role in Role if role in roles and role is not Role.APPLICANT]
    return " · ".join(shown) or ROLE_LABELS[Role.APPLICANT]


def _navigation(actor: Actor | None) -> Any:
    yield _link("Appels ouverts", "public.home")
    if actor is None:
        return
    if not actor.grants:
        yield _link("Mes dossiers", "applicant.home")
    if current_user.must_enrol:
        return  # no room opens before
    for permission, label, endpoint in _ROOMS:
        # Whoever runs a call reaches the accounts from there.
        redundant = permission is Permission.MANAGE_PEOPLE and actor.may_somewhere(Permission.SEE_MANAGEMENT)
        # The chair marks nothing: its declaration of conflicts is there.
        presides = permission is Permission.SCORE and actor.may_somewhere(Permission.CHAIR_DECISION)
        if (actor.may_somewhere(permission) or presides) and not redundant:
            yield _link(label, endpoint)


def _link(label: str, endpoint: str) -> dict[str, object]:
    href = url_for(endpoint)
    current = g.get("room") == endpoint or request.path == href or (href != "/" and request.path.startswith(href))
    return {"label": label, "href": href, "current": current}
