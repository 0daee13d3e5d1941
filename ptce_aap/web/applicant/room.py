"""What the pages of this room share: the blueprint, loading one's own dossier, where one is."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.services import applicant
from ptce_aap.services.applicant import DossierPage
from ptce_aap.web.context import actor, db, enter, received_at

bp = Blueprint("applicant", __name__, url_prefix="/candidature")
# What a personal link opens, whether its holder has an account or not.
by_link = Blueprint("by_link", __name__, url_prefix="/dossier")

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
    """Return the way to a page of a dossier."""
    title = page.dossier.title or "Dossier sans nom"
    here = url_for("applicant.dossier", reference=page.dossier.reference)
    way: Trail = [("Mes dossiers", url_for("applicant.home"))]
    if page.revises is not None:
        way.append((f"Dossier {page.revises.number}", url_for("applicant.dossier", reference=page.revises.reference)))
        title = "Modifications" if page.dossier.due_at is None else "Compléments"
    return [*way, (title, here), *more]
