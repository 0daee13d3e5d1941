"""What pages tell the browser of passkeys: for which site, and with which challenge."""

from __future__ import annotations

import json

from flask import Flask, request

from ptce_aap import clock
from ptce_aap.services.accounts import passkeys
from ptce_aap.web.context import actor, db, settings
from ptce_aap.web.shell import SERVICE_NAME


def init_app(app: Flask) -> None:
    """Give the pages what their buttons carry."""
    app.jinja_env.globals.update(passkey_sign_in=to_sign_in, passkey_proof=to_prove)


def site() -> passkeys.Site | None:
    """Return the site for which passkeys sign, None where this installation has none."""
    if settings().demo:
        return None  # opened in one click; it asks for nothing
    return passkeys.site_of(settings().base_url, name=SERVICE_NAME, keys=settings().keys)


def elsewhere() -> str:
    """Return the address of this page where passkeys work, nothing where they work here or nowhere."""
    here = site()
    return "" if here is None or here.host == request.host.partition(":")[0] else here.origin + request.path


def to_sign_in() -> str:
    """Return what the button of the sign-in page carries, nothing where there are no passkeys."""
    here = site()
    return "" if here is None or elsewhere() else json.dumps(passkeys.to_sign_in(here, now=clock.now()))


def to_add() -> str:
    """Return what the button that makes a passkey carries, nothing where there are none."""
    here = site()
    if here is None or elsewhere():
        return ""
    with db().reading() as session:
        return json.dumps(passkeys.to_add(session, here, actor(), now=clock.now()))


def to_prove() -> str:
    """Return what the button of a fresh proof carries, nothing where this person has no passkey."""
    here = site()
    if here is None or elsewhere():
        return ""
    with db().reading() as session:
        options = passkeys.to_prove(session, here, actor(), now=clock.now())
    return json.dumps(options) if options else ""
