"""The resources of the region beside a dossier: what a page shows of them, and the note that they were seen."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.regions import shown_resources
from ptce_aap.services.regions.shown_resources import Beside
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.room import bp, load, question_address
from ptce_aap.web.context import actor, db, received_at


@bp.post("/<reference>/ressources/vues")
@requires(Permission.FILE_DOSSIER)
def resources_seen(reference: str) -> Response:
    """Note that this person sees the resources: by the page's own script, or by the button where there is none.

    Who presses the button has seen everything: nothing stays marked. A page that is only read writes nothing.
    """
    page = load(reference)
    if not shown_resources.is_offered(page, None):
        raise NotFound()
    pressed = "vu" in request.form
    note = shown_resources.note_seen if pressed else shown_resources.note_visit
    db().transaction(note, actor(), page.dossier.id, now=received_at())
    if not pressed:
        return Response(status=204)
    flash("C’est noté : ce qui changera ensuite sera signalé à votre prochaine visite.", "success")
    stage = request.form.get("etape", "")
    if any(state.stage.key == stage for state in page.stages):
        return redirect(url_for("applicant.stage", reference=reference, stage=stage, _anchor="ressources"))
    return redirect(url_for("applicant.self_assessment", reference=reference, _anchor="ressources"))


def beside(page: DossierPage, stage: str | None = None) -> Beside | None:
    """Return the resources to show at a stage, at the self-assessment where none is named; None where none are."""
    if not shown_resources.is_offered(page, stage):
        return None
    with db().reading() as session:
        return shown_resources.beside(session, actor(), page, now=received_at())


def note(page: DossierPage, stage: str) -> None:
    """Note a visit where a stage that shows resources is saved: a page that is only read writes nothing."""
    if shown_resources.is_offered(page, stage):
        db().transaction(shown_resources.note_visit, actor(), page.dossier.id, now=received_at())


def address_of(page: DossierPage, path: str) -> str:
    """Return where a question of this dossier is answered."""
    stage, _, key = path.partition(".")
    return question_address(page.dossier.reference, stage, key)
