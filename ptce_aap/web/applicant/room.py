"""What the pages of this room share: the blueprint, loading one's own dossier, where one is."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request, url_for

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.models import Dossier
from ptce_aap.services.applicants import applicant
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.applicants.dossier_invitations import WITHOUT_NAME
from ptce_aap.web.context import actor, db, enter, received_at

bp = Blueprint("applicant", __name__, url_prefix="/candidature")
# What a personal link opens, whether its holder has an account or not.
by_link = Blueprint("by_link", __name__, url_prefix="/dossier")


@by_link.after_request
def kept_by_nobody(response: Response) -> Response:
    """A page that a secret opens is kept by no cache, signed in or not."""
    response.headers["Cache-Control"] = "no-store"
    return response


Trail = list[tuple[str, str | None]]


def load(reference: str) -> DossierPage:
    """Return one's own dossier and show the page as one of its call.

    Errors: ``not_found``; ``revision_ended`` for a form, whose page then shows what was typed.
    """
    with db().reading() as session:
        page = applicant.dossier_page(session, actor(), reference, now=received_at())
    enter(page.call)
    if page.dossier.ended_at is not None and page.revises is not None:
        # A page kept open: the changes are filed or given up, the dossier is where it always was.
        if request.method == "POST":
            raise RuleViolation("revision_ended", number=page.revises.number)
        abort(redirect(url_for("applicant.dossier", reference=page.revises.reference)))
    return page


def trail(page: DossierPage, *more: tuple[str, str | None]) -> Trail:
    """Return the way to a page of a dossier, or of its changes under way."""
    if page.revises is None:
        return trail_of(page.dossier, *more)
    title = "Modifications" if page.dossier.due_at is None else "Compléments"
    return [
        ("Mes dossiers", url_for("applicant.home")),
        (f"Dossier {page.revises.number}", url_for("applicant.dossier", reference=page.revises.reference)),
        (title, url_for("applicant.dossier", reference=page.dossier.reference)),
        *more,
    ]


def trail_of(dossier: Dossier, *more: tuple[str, str | None]) -> Trail:
    """Return the way to a page about a dossier as a whole."""
    return [
        ("Mes dossiers", url_for("applicant.home")),
        (dossier.title or WITHOUT_NAME, url_for("applicant.dossier", reference=dossier.reference)),
        *more,
    ]


def question_address(reference: str, stage: str, question: str) -> str:
    """Return where a question stands on the page of its stage."""
    return url_for("applicant.stage", reference=reference, stage=stage, _anchor=f"q-{question}")


def piece_addresses(page: DossierPage) -> dict[str, str]:
    """Return the address of each piece of a dossier, by its name."""
    return {
        piece.filename: url_for("applicant.piece", reference=page.dossier.reference, piece=piece.reference)
        for piece in page.pieces
    }
