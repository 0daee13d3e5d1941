"""Access refused by default: every view says who may enter, and one guard holds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.exceptions import Forbidden, InternalServerError, NotFound
from werkzeug.wrappers import Response

from ptce_aap.domain import errors
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.calls import calls
from ptce_aap.web import kept, proof
from ptce_aap.web.context import db

View = TypeVar("View", bound=Callable[..., Any])

_RULE = "access_rule"
PUBLIC = "public"


def public(view: View) -> View:
    """Open a view to everybody."""
    setattr(view, _RULE, PUBLIC)
    return view


def requires(*permissions: Permission) -> Callable[[View], View]:
    """Open a view to whoever holds one of the permissions, on the call of the address where it names one."""

    def mark(view: View) -> View:
        setattr(view, _RULE, permissions)
        return view

    return mark


def rule_of(endpoint: str) -> str | tuple[Permission, ...] | None:
    """Return what an endpoint states: ``PUBLIC``, permissions, or None where it states nothing."""
    if endpoint == "static":
        return PUBLIC
    found: str | tuple[Permission, ...] | None = getattr(current_app.view_functions[endpoint], _RULE, None)
    return found


def is_public(endpoint: str) -> bool:
    """Tell whether an endpoint is open to everybody."""
    return rule_of(endpoint) == PUBLIC


def guard() -> Response | tuple[str, int] | None:
    """Run before every request: load the call of the address, then let in or refuse."""
    if request.endpoint is None:
        return None
    rule = rule_of(request.endpoint)
    if rule is None:
        raise InternalServerError(f"{request.endpoint} does not say who may enter")
    if any("\x00" in str(value) for value in (request.view_args or {}).values()):
        raise NotFound()  # PostgreSQL holds no NUL: nothing has such an address
    if kept.of_another():
        return kept.refuse()
    slug = (request.view_args or {}).pop("slug", None)
    if rule != PUBLIC and not current_user.is_authenticated:
        if kept.awaited():
            return kept.refuse()
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("account.sign_in", suite=back))
    if slug is not None:
        _load_call(slug)
    if rule == PUBLIC:
        return None
    if not _may_enter(rule):
        raise Forbidden()
    return _second_factor()


def _second_factor() -> Response | tuple[str, int] | None:
    """Lead whoever must set a second factor up to the page that does it; ask a fresh proof of what lasts."""
    if current_user.must_enrol and not f"{request.path}/".startswith("/compte/"):
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("second_factor.enrol", suite=back))
    return proof.guard()


def _load_call(slug: str) -> None:
    try:
        with db().reading() as session:
            g.call = calls.call_by_slug(session, slug)
    except errors.NotFound as refusal:
        raise NotFound() from refusal


def _may_enter(rule: str | tuple[Permission, ...]) -> bool:
    actor, call = current_user.actor, g.get("call")
    if call is None:
        return any(actor.may_somewhere(permission) for permission in rule if isinstance(permission, Permission))
    return any(actor.may(permission, call.id) for permission in rule if isinstance(permission, Permission))
