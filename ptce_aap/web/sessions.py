"""The cookie of a sign-in session: its secret only; everything else is in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Request, Response, g, request, session
from flask_login import AnonymousUserMixin, LoginManager

from ptce_aap import clock
from ptce_aap.database import is_away
from ptce_aap.domain.permissions import Actor
from ptce_aap.services.accounts import accounts, sign_ins
from ptce_aap.web import devices
from ptce_aap.web.context import db, settings

_HALF, _OUTSIDE = "half", "outside"
# Where Flask-Login keeps the person of a request.
_KNOWN = "_login_user"


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """The signed-in person as Flask-Login knows him."""

    actor: Actor
    digest: str
    email_confirmed: bool
    strong: bool
    proved_at: datetime
    must_enrol: bool
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Flask-Login's identifier; never stored: the cookie holds the session's own secret."""
        return self.actor.reference


def init_app(app: Flask) -> None:
    """Let Flask-Login find the person of a request through our own sessions."""
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app)
    manager.request_loader(_load)


def _load(incoming: Request) -> SignedInUser | None:
    secret = incoming.cookies.get(cookie_name())
    if not secret:
        return None
    now = clock.now()
    with db().reading() as reading:
        found = accounts.signed_in(reading, secret, now=now)
    if found is None:
        return None
    if found.refresh and not incoming.headers.get("X-Autosave"):
        _note_seen(found.digest, now)
    return SignedInUser(
        found.actor,
        found.digest,
        found.email_confirmed,
        strong=found.strong,
        proved_at=found.proved_at,
        # The demonstration opens in one click: its people are fictional, and it never leaves this machine.
        must_enrol=found.must_enrol and not settings().demo,
    )


def _note_seen(digest: str, now: datetime) -> None:
    """Note that a session is in use, unless nothing can be written now: its pages can still be read."""
    try:
        db().transaction(accounts.note_seen, digest, now=now)
    except Exception as error:
        if not is_away(error):
            raise


def ask_no_more() -> None:
    """Show the rest of this request as to a visitor, where the database could not say who sent it."""
    if not hasattr(g, _KNOWN):
        setattr(g, _KNOWN, AnonymousUserMixin())


def cookie_name() -> str:
    """Return the cookie's name; over https the browser itself then holds it to this host."""
    return "__Host-ptce" if settings().base_url.startswith("https://") else "ptce"


def give(response: Response, secret: str) -> Response:
    """Hand a new session to the browser; whatever was signed before (form tokens) starts anew."""
    session.clear()
    db().transaction(sign_ins.describe, secret, devices.in_words(request.user_agent.string))
    response.set_cookie(
        cookie_name(),
        secret,
        httponly=True,
        samesite="Lax",
        secure=settings().base_url.startswith("https://"),
        path="/",
    )
    return response


def note_outside(statement: str) -> None:
    """Remember by which statement of an outside service this session was opened: it is left with it."""
    session[_OUTSIDE] = statement


def outside() -> str:
    """Return that statement, empty where the session was opened here."""
    found: str = session.get(_OUTSIDE, "")
    return found


def note_half(secret: str) -> None:
    """Remember that the password was right, until the second factor is given."""
    session[_HALF] = secret


def half() -> str:
    """Return the key of the sign-in that awaits its second factor, nothing where there is none."""
    return str(session.get(_HALF, ""))


def take_away(response: Response) -> Response:
    """Forget the session in the browser."""
    session.clear()
    secure = settings().base_url.startswith("https://")
    response.delete_cookie(cookie_name(), path="/", secure=secure, httponly=True, samesite="Lax")
    return response
