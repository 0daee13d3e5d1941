"""Pages open to everybody: the calls, one call, legal pages, health."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, render_template, url_for

from ptce_aap import clock
from ptce_aap.domain.small_numbers import LEAST
from ptce_aap.services.calls import calendars, calls
from ptce_aap.services.regions import synthesis as syntheses_service
from ptce_aap.services.selection import shortlists
from ptce_aap.web import downloads
from ptce_aap.web.access import public
from ptce_aap.web.context import call, db, settings
from ptce_aap.web.syntheses import SAY

bp = Blueprint("public", __name__)


@bp.get("/")
@public
def home() -> str:
    """Show the calls that are open, to come and past; with none, what the installer does next."""
    now = clock.now()
    with db().reading() as session:
        cards = calls.public_cards(session, now=now)
    # What the installer copies opens a call that can be tried at once.
    opens, closes = ((now + timedelta(days=days)).strftime("%Y-%m-%dT00:00Z") for days in (0, 90))
    return render_template("public/home.html", cards=cards, opens=opens, closes=closes)


@bp.get("/appels/<slug>")
@public
def one_call() -> str:
    """Present one call: what it funds, who may apply, calendar, criteria, texts."""
    with db().reading() as session:
        page = calls.public_page(session, call(), now=clock.now())
    return render_template("public/call.html", page=page, breadcrumb=[("Accueil", "/"), (call().short_title, None)])


@bp.get("/appels/<slug>/calendrier.ics")
@public
def calendar() -> Response:
    """Give the dates of the call to people's own calendars."""
    with db().reading() as session:
        definition = calls.definition_of(session, call())
    content = calendars.of_call(call(), definition, base_url=settings().base_url)
    return downloads.calendar(content, filename=f"{call().slug}.ics")


@bp.get("/appels/<slug>/laureats")
@public
def laureates() -> str:
    """List the laureates, once they are published."""
    with db().reading() as session:
        entries = shortlists.laureates(session, call())
    trail = [("Accueil", "/"), (call().short_title, url_for("public.one_call", slug=call().slug)), ("Lauréats", None)]
    return render_template("public/laureates.html", entries=entries, breadcrumb=trail)


@bp.get("/appels/<slug>/synthese")
@public
def synthesis() -> str:
    """Say what the dossiers of a published call tell together, small numbers put away."""
    with db().reading() as session:
        page = syntheses_service.published(session, call())
    here = url_for("public.one_call", slug=call().slug)
    trail = [("Accueil", "/"), (call().short_title, here), ("Synthèse", None)]
    return render_template("public/synthesis.html", page=page, say=SAY, least=LEAST, breadcrumb=trail)


@bp.get("/accessibilite")
@public
def accessibility() -> str:
    """State how accessible the service is."""
    return render_template("public/accessibility.html")


@bp.get("/mentions-legales")
@public
def legal() -> str:
    """Say who is answerable for the service."""
    return render_template("public/legal.html")


@bp.get("/donnees-personnelles")
@public
def personal_data() -> str:
    """Say which personal data are kept, why and how long."""
    return render_template("public/personal_data.html")


@bp.get("/contact")
@public
def contact() -> str:
    """Say whom to write to, call by call."""
    with db().reading() as session:
        cards = calls.public_cards(session, now=clock.now())
    return render_template("public/contact.html", cards=cards)


@bp.get("/sante")
@public
def health() -> tuple[str, int]:
    """Answer 200 while the database answers; no detail."""
    with db().reading() as session:
        calls.database_answers(session)
    return "ok", 200
