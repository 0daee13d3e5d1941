"""The labels of a dossier, shared in its region, and the note that its reader keeps for himself."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.instruction import instruction, own_papers
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.correspondent.dossiers import piece_url
from ptce_aap.web.correspondent.room import bp, trail
from ptce_aap.web.forms import typed_text
from ptce_aap.web.messages import sentence

_PLACE = "/<slug>/dossiers/<reference>"


@bp.get(f"{_PLACE}/notes")
@requires(Permission.INSTRUCT)
def papers(reference: str) -> str:
    """Show the labels of a dossier and one's note."""
    return _shown(reference)


@bp.post(f"{_PLACE}/notes")
@requires(Permission.INSTRUCT)
def write_note(reference: str) -> Response | tuple[str, int]:
    """Keep one's note; a refusal keeps what was typed."""
    typed, shown = typed_text(request.form.get("note")), request.form.get("vu", "")
    try:
        db().transaction(own_papers.write_note, actor(), call().id, reference, typed, shown=shown, now=clock.now())
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _shown(reference, note=typed, refused={"note": sentence(refusal)}), 422
    flash("Votre note est enregistrée." if typed else "Votre note est retirée.", "success")
    return _back(reference)


@bp.post(f"{_PLACE}/etiquettes")
@requires(Permission.INSTRUCT)
def put_label(reference: str) -> Response | tuple[str, int]:
    """Put a label on the dossier."""
    typed = typed_text(request.form.get("label"))
    try:
        db().transaction(own_papers.put, actor(), call().id, [reference], typed, now=clock.now())
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _shown(reference, label=typed, refused={"etiquette": sentence(refusal)}), 422
    return _back(reference)


@bp.post(f"{_PLACE}/etiquettes/retrait")
@requires(Permission.INSTRUCT)
def take_label_away(reference: str) -> Response | tuple[str, int]:
    """Take a label away from the dossier; one that is no longer there was taken away by somebody else."""
    typed = typed_text(request.form.get("label"))
    try:
        db().transaction(own_papers.take_away, actor(), call().id, [reference], typed, now=clock.now())
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _shown(reference, refused={"etiquette": sentence(refusal)}), 422
    return _back(reference)


def _back(reference: str) -> Response:
    return redirect(url_for("correspondent.papers", slug=call().slug, reference=reference) + "#travail")


def _shown(reference: str, *, note: str | None = None, label: str = "", refused: dict[str, str] | None = None) -> str:
    now = clock.now()
    with db().reading() as session:
        page = instruction.work_page(session, actor(), call(), reference, now=now)
        found = own_papers.papers(session, actor(), call(), reference, now=now)
    return render_template(
        "correspondent/papers.html",
        page=page,
        document=page.document,
        papers=found,
        note=found.note if note is None else note,
        label=label,
        refused=refused or {},
        label_length=own_papers.LABEL_LENGTH,
        note_length=own_papers.NOTE_LENGTH,
        piece_url=piece_url(reference),
        breadcrumb=trail(
            (page.document.title, url_for("correspondent.dossier", slug=call().slug, reference=reference)),
            ("Étiquettes et note", None),
        ),
    )
