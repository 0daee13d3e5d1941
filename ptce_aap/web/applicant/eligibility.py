"""The letter that says what was decided of the eligibility of one's dossier."""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from ptce_aap.documents.eligibility_letter import EligibilityLetter, render_eligibility_letter
from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.instruction import eligibility_letters
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.room import bp, load, trail
from ptce_aap.web.context import db


@bp.get("/<reference>/recevabilite")
@requires(Permission.FILE_DOSSIER)
def eligibility(reference: str) -> str:
    """Show the letter, once it was sent."""
    page = load(reference)
    letter = _letter(page)
    steps = trail(page, ("Recevabilité", None))
    return render_template("applicant/eligibility.html", page=page, letter=letter, breadcrumb=steps)


@bp.get("/<reference>/recevabilite.pdf")
@requires(Permission.FILE_DOSSIER)
def eligibility_file(reference: str) -> Response:
    """Give the letter as a PDF."""
    letter = _letter(load(reference))
    content = render_eligibility_letter(letter)
    return downloads.made(content, filename=f"recevabilite-{letter.number}.pdf", media_type="application/pdf")


def _letter(page: DossierPage) -> EligibilityLetter:
    with db().reading() as session:
        letter = eligibility_letters.received(session, page)
    if letter is None:
        raise NotFound()
    return letter
