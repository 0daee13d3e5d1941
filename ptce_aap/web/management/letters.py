"""The messages of a call: what each kind says, how many left, and those that were refused."""

from __future__ import annotations

import re

from flask import Response as FlaskResponse
from flask import flash, make_response, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.mail import catalogue
from ptce_aap.services.exchanges import letters as service
from ptce_aap.services.exchanges.letters import Stopped, Way
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.management.room import bp, trail
from ptce_aap.web.security import CSP

# The page of a message as its reader sees it: no script, no address fetched, no form, whatever it would hold.
_PREVIEW_CSP = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@bp.get("/<slug>/courriels")
@requires(Permission.READ_JOURNAL)
def letters() -> str:
    """List every kind of message, with what became of those of the call."""
    with db().reading() as session:
        post = service.post_of(session, actor(), call())
    return render_template(
        "management/letters.html",
        catalogue=catalogue.CATALOGUE,
        post=post,
        Way=Way,
        stopped=[(item, _title(item.kind), _reason(item)) for item in post.stopped],
        may_send=actor().may(Permission.MANAGE_CALL, call().id),
        breadcrumb=trail(("Courriels", None)),
    )


@bp.get("/<slug>/courriels/<kind>")
@requires(Permission.READ_JOURNAL)
def letter(kind: str) -> FlaskResponse:
    """Show one kind of message with invented facts, as text and as a page."""
    found = _found(kind)
    page = render_template(
        "management/letter.html",
        letter=found,
        example=found.example(settings().base_url),
        breadcrumb=trail(("Courriels", url_for("management.letters", slug=call().slug)), (found.title, None)),
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = f"{CSP}; frame-src 'self'"
    return response


@bp.get("/<slug>/courriels/<kind>/apercu")
@requires(Permission.READ_JOURNAL)
def letter_preview(kind: str) -> FlaskResponse:
    """Give the page of a message alone, for its frame."""
    response = make_response(_found(kind).example(settings().base_url).html)
    response.headers["Content-Security-Policy"] = _PREVIEW_CSP
    return response


@bp.post("/<slug>/courriels/<identifier>/renvoyer")
@requires(Permission.MANAGE_CALL)
def send_again(identifier: str) -> Response:
    """Offer a refused message again."""
    db().transaction(service.send_again, actor(), call(), identifier, now=clock.now())
    flash("Le message repart ; s’il est refusé de nouveau, il reparaîtra ici.", "success")
    return redirect(url_for("management.letters", slug=call().slug))


def _found(kind: str) -> catalogue.Letter:
    found = catalogue.of_kind(kind)
    if found is None:
        raise NotFound()
    return found


def _title(kind: str) -> str:
    found = catalogue.of_kind(kind)
    return found.title if found is not None else "Message"


def _reason(item: Stopped) -> str:
    if item.way is Way.REFUSED:
        code = re.search(r"\d{3}", item.reason)
        return f"Refusé par le serveur de cette adresse{f' (réponse {code.group()})' if code else ''}."
    return "Le serveur de courriel ne répond pas : le message partira dès qu’il répondra."
