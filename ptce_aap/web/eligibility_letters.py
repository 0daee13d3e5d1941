"""The letter of a decision on eligibility, for the call team: read as it will leave, then sent."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.documents.eligibility_letter import render_eligibility_letter
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.instruction import eligibility_letters
from ptce_aap.services.instruction.eligibility_letters import Unsent
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.dossiers import trail
from ptce_aap.web.messages import sentence

bp = Blueprint("eligibility_letters", __name__, url_prefix="/pilotage")
PDF = "application/pdf"


@bp.get("/<slug>/recevabilite/<reference>/lettre")
@requires(Permission.DECIDE_ELIGIBILITY)
def letter(reference: str) -> str:
    """Show the letter as it will leave, with what holds it back."""
    return _shown(reference)


@bp.get("/<slug>/recevabilite/<reference>/lettre.pdf")
@requires(Permission.DECIDE_ELIGIBILITY)
def letter_file(reference: str) -> Response:
    """Give the letter as its applicant will save it."""
    unsent = _load(reference)
    content = render_eligibility_letter(unsent.letter)
    return downloads.made(content, filename=f"recevabilite-{unsent.letter.number}.pdf", media_type=PDF)


@bp.post("/<slug>/recevabilite/<reference>/lettre")
@requires(Permission.DECIDE_ELIGIBILITY)
def send_letter(reference: str) -> Response | tuple[str, int]:
    """Send it."""
    try:
        db().transaction(
            eligibility_letters.send,
            actor(),
            call().id,
            reference,
            shown=request.form.get("vu", ""),
            reread="relue" in request.form,
            base_url=settings().base_url,
            now=clock.now(),
        )
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _shown(reference, refused=sentence(refusal)), 422
    flash("La lettre est envoyée. Le candidat la lit sur sa page ; un courriel l’en prévient.", "success")
    return redirect(url_for("eligibility.queue", slug=call().slug, vue="non-recevables"))


def _load(reference: str) -> Unsent:
    with db().reading() as session:
        return eligibility_letters.to_send(session, actor(), call(), reference, now=clock.now())


def _shown(reference: str, *, refused: str = "") -> str:
    unsent = _load(reference)
    back = url_for("eligibility.dossier", slug=call().slug, reference=reference)
    queue = url_for("eligibility.queue", slug=call().slug)
    return render_template(
        "eligibility/letter.html",
        unsent=unsent,
        letter=unsent.letter,
        reference=reference,
        refused=refused,
        back=back,
        breadcrumb=trail(
            ("Recevabilité", queue),
            (unsent.letter.title, back),
            ("Lettre", None),
        ),
    )
