"""One's dossiers: the list, starting one, and the page that says what is left to do."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.permissions import Permission
from ptce_aap.services.applicants import applicant_home, copying, self_tests, timeline
from ptce_aap.services.calls import calendars, calls
from ptce_aap.services.deposits import filing
from ptce_aap.services.exchanges import correspondence
from ptce_aap.services.exchanges.correspondence import Side
from ptce_aap.services.instruction import eligibility_letters
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.complements import is_answer, to_request
from ptce_aap.web.applicant.room import bp, load, trail
from ptce_aap.web.context import actor, call, db, received_at, settings
from ptce_aap.web.self_tests import chosen_of


@bp.get("")
@requires(Permission.FILE_DOSSIER)
def home() -> str:
    """List one's own dossiers and the calls that are open."""
    with db().reading() as session:
        page = applicant_home.home(session, actor(), page=request.args.get("page", 1, type=int), now=received_at())
        filed = [line.dossier.id for line in page.lines if line.dossier.filed_at is not None]
        unread = correspondence.unread(session, actor(), Side.APPLICANT, filed)
    return render_template("applicant/home.html", page=page, unread=unread)


@bp.get("/nouveau/<slug>")
@requires(Permission.FILE_DOSSIER)
def start() -> str:
    """Say what a dossier takes before one is started."""
    with db().reading() as session:
        page = calls.public_page(session, call(), now=received_at())
    trail: list[tuple[str, str | None]] = [("Mes dossiers", url_for("applicant.home")), ("Commencer un dossier", None)]
    chosen = chosen_of(page.definition)
    return render_template(
        "applicant/start.html",
        page=page,
        chosen=chosen,
        known=self_tests.in_words(page.definition.self_test, chosen) if page.definition.self_test else (),
        breadcrumb=trail,
    )


@bp.post("/nouveau/<slug>")
@requires(Permission.FILE_DOSSIER)
def create() -> Response:
    """Start a dossier; with the answers of the self-test where it comes from there."""
    with db().reading() as session:
        definition = calls.definition_of(session, call())
    if chosen := chosen_of(definition):
        started = db().transaction(self_tests.start_dossier, actor(), call(), definition, chosen, now=received_at())
    else:
        started = db().transaction(filing.create_dossier, actor(), call(), now=received_at())
    flash("Votre dossier est créé, avec vos réponses au test." if chosen else "Votre dossier est créé.", "success")
    return redirect(url_for("applicant.dossier", reference=started.reference))


@bp.get("/<reference>")
@requires(Permission.FILE_DOSSIER)
def dossier(reference: str) -> Response | str:
    """Show how far a dossier is: stages, what is missing, time left, self-assessment."""
    page = load(reference)
    if is_answer(page):
        return to_request(page)
    with db().reading() as session:
        left = copying.left_of(session, page.dossier) if page.editable and page.revises is None else 0
        letter = eligibility_letters.received(session, page)
    return render_template("applicant/dossier.html", page=page, left=left, letter=letter, breadcrumb=trail(page))


@bp.get("/<reference>/suivi")
@requires(Permission.FILE_DOSSIER)
def follow(reference: str) -> Response | str:
    """Tell the story of a dossier: what happened, where it stands, what comes next."""
    page = load(reference)
    if page.revises is not None:
        return redirect(url_for("applicant.follow", reference=page.revises.reference))
    with db().reading() as session:
        moments = timeline.of(session, page, now=received_at())
    return render_template("applicant/follow.html", page=page, moments=moments, breadcrumb=trail(page, ("Suivi", None)))


@bp.get("/<reference>/calendrier.ics")
@requires(Permission.FILE_DOSSIER)
def calendar(reference: str) -> Response:
    """Give the dates of a dossier to the person's own calendar."""
    page = load(reference)
    with db().reading() as session:
        content = calendars.of_dossier(
            session, page.dossier, page.call, page.definition, base_url=settings().base_url, now=received_at()
        )
    return downloads.calendar(content, filename=f"dossier-{page.dossier.number or page.call.slug}.ics")
