"""The pieces of one's own dossier: given back, taken away after one question."""

from __future__ import annotations

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import typography
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.questionnaire import QuestionKind
from ptce_aap.services.applicants import applicant, attachments
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.applicant import uploads
from ptce_aap.web.applicant.room import bp, load, question_address, trail
from ptce_aap.web.context import actor, db, received_at
from ptce_aap.web.messages import sentence


@bp.get("/<reference>/piece/<piece>")
@requires(Permission.FILE_DOSSIER)
def piece(reference: str, piece: str) -> Response:
    """Give a piece back."""
    with db().reading() as session:
        found = applicant.own_piece(session, actor(), reference, piece)
    return downloads.send(found.sha256, filename=found.filename, media_type=found.media_type)


@bp.post("/<reference>/etape/<stage>/<question>/pieces")
@requires(Permission.FILE_DOSSIER)
def join_piece(reference: str, stage: str, question: str) -> tuple[Response, int]:
    """Join one file for the page's script: the list of files drawn again, or the reason why it is refused.

    ``again``: the same file may be accepted at another try.
    """
    page = load(reference)
    asked = next((one for one in page.state_of(stage).stage.questions if one.key == question), None)
    sent = request.files.get("fichier")
    if asked is None or asked.kind is not QuestionKind.ATTACHMENT or sent is None:
        raise NotFound()
    try:
        uploads.join(reference, asked.path, sent)
    except NotFound:
        raise
    except RuleViolation as refusal:
        again = isinstance(refusal, Conflict) or refusal.code == "file_unverifiable"
        return jsonify(refusal=typography.spaced(sentence(refusal)), again=again), 422
    return jsonify(list=render_template("applicant/piece_files.html", page=load(reference), question=asked)), 200


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
        back=question_address(reference, stage, question),
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
    return redirect(question_address(reference, stage, question))
