"""The complements that are asked of a dossier: what is asked, what was answered, filing the answer."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.permissions import Permission
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.exchanges import asked_complements
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.room import bp, piece_addresses, trail
from ptce_aap.web.context import actor, db, enter, received_at


@bp.get("/<reference>/complements")
@requires(Permission.FILE_DOSSIER)
def complements(reference: str) -> str:
    """Show what is asked, question by question, and the button that files the answer."""
    return asked(reference)


def asked(reference: str, *, refused: str = "") -> str:
    """Return the page of what is asked of a dossier."""
    with db().reading() as session:
        found = asked_complements.asked_page(session, actor(), reference, now=received_at())
    enter(found.dossier.call)
    revision = found.page
    return render_template(
        "applicant/complements.html",
        found=found,
        page=found.dossier,
        revision=revision,
        files=piece_addresses(revision) if revision is not None else {},
        refused=refused,
        breadcrumb=trail(found.dossier, ("Compléments demandés", None)),
    )


def is_answer(page: DossierPage) -> bool:
    """Tell whether a page is that of the answer to a request: it has one of its own."""
    return page.revises is not None and page.dossier.due_at is not None


def to_request(page: DossierPage) -> Response:
    """Lead from the pages of a whole dossier to that of the request."""
    assert page.revises is not None
    return redirect(url_for("applicant.complements", reference=page.revises.reference))
