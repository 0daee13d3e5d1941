"""The pieces of one's own dossier: given back, taken away after one question."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.errors import NotFound
from ptce_aap.domain.permissions import Permission
from ptce_aap.services import applicant, attachments
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.room import bp, load, trail
from ptce_aap.web.context import actor, db, received_at


@bp.get("/<reference>/piece/<piece>")
@requires(Permission.FILE_DOSSIER)
def piece(reference: str, piece: str) -> Response:
    """Give a piece back."""
    with db().reading() as session:
        found = applicant.own_piece(session, actor(), reference, piece)
    return downloads.send(found.sha256, filename=found.filename, media_type=found.media_type)


@bp.get("/<reference>/etape/<stage>/<question>/retirer-piece")
@requires(Permission.FILE_DOSSIER)
def piece_removal(reference: str, stage: str, question: str) -> str:
    """Ask once before a piece is taken away."""
    page = load(reference)
    state = page.state_of(stage)
    name = request.args.get("nom", "")
    asked = next((q for q in state.stage.questions if q.key == question), None)
    if asked is None or not page.editable or name not in page.answers.get(asked.path, ()):
        raise NotFound()
    return render_template(
        "applicant/piece_removal.html",
        page=page,
        question=asked,
        name=name,
        action=url_for("applicant.remove_piece", reference=reference, stage=stage, question=question),
        back=url_for("applicant.stage", reference=reference, stage=stage, _anchor=f"q-{question}"),
        breadcrumb=trail(page, (f"Étape {state.number}", None)),
    )


@bp.post("/<reference>/etape/<stage>/<question>/retirer-piece")
@requires(Permission.FILE_DOSSIER)
def remove_piece(reference: str, stage: str, question: str) -> Response:
    """Take a piece away."""
    name = request.form.get("nom", "")
    path = f"{stage}.{question}"
    db().transaction(attachments.remove, actor(), reference, path, name, now=received_at())
    flash(f"Le fichier «\u00a0{name}\u00a0» est retiré.", "success")
    return redirect(url_for("applicant.stage", reference=reference, stage=stage, _anchor=f"q-{question}"))
