"""What the pages of this room share: the blueprint, loading one's own dossier, where one is."""

from __future__ import annotations

from flask import Blueprint, url_for

from ptce_aap.services import applicant
from ptce_aap.services.applicant import DossierPage
from ptce_aap.web.context import actor, db, enter, received_at

bp = Blueprint("applicant", __name__, url_prefix="/candidature")

Trail = list[tuple[str, str | None]]


def load(reference: str) -> DossierPage:
    """Return one's own dossier and show the page as one of its call. Errors: ``not_found``."""
    with db().reading() as session:
        page = applicant.dossier_page(session, actor(), reference, now=received_at())
    enter(page.call)
    return page


def trail(page: DossierPage, *more: tuple[str, str | None]) -> Trail:
    """Return the way to a page of a dossier."""
    title = page.dossier.title or "Dossier sans nom"
    here = url_for("applicant.dossier", reference=page.dossier.reference)
    return [("Mes dossiers", url_for("applicant.home")), (title, here), *more]
