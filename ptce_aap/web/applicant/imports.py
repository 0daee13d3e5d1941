"""Bringing a table from a spreadsheet: its template, the file, what it will change, then one act; and its export."""

from __future__ import annotations

import io

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from ptce_aap.documents import table_file
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.merging import Mode
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.questionnaire import Question, QuestionKind, filled_rows
from ptce_aap.services.applicants import table_imports
from ptce_aap.services.applicants.applicant import DossierPage, StageState
from ptce_aap.storage import inspection
from ptce_aap.web import brought_tables, downloads
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.preview import preview_of
from ptce_aap.web.applicant.room import bp, load, question_address, trail
from ptce_aap.web.context import actor, db, received_at
from ptce_aap.web.messages import sentence

_FILES = {
    "xlsx": (table_file.write_xlsx, inspection.MEDIA_TYPES[inspection.FileKind.XLSX]),
    "csv": (table_file.write_csv, "text/csv"),
}


@bp.get("/<reference>/etape/<stage>/<question>/importer")
@requires(Permission.FILE_DOSSIER)
def table_import(reference: str, stage: str, question: str) -> AnyResponse | str:
    """Show how to bring a table; once nothing can change, its stage says why."""
    page = load(reference)
    state, table = table_of(page, stage, question)
    if not page.editable:
        return redirect(url_for("applicant.stage", reference=reference, stage=stage))
    return _render(page, state, table)


@bp.post("/<reference>/etape/<stage>/<question>/importer")
@requires(Permission.FILE_DOSSIER)
def bring_table(reference: str, stage: str, question: str) -> AnyResponse | tuple[str, int]:
    """Read a file or pasted cells, keep what they say, and show it before anything changes."""
    page = load(reference)
    state, table = table_of(page, stage, question)
    pasted = request.form.get("cellules", "")
    try:
        name, imported = brought_tables.received(table, request.files.get("fichier"), pasted)
        messages = brought_tables.messages(imported)
        kept = db().transaction(
            table_imports.keep, actor(), reference, table.path, name, imported, messages, now=received_at()
        )
    except (NotFound, Conflict):
        raise
    except RuleViolation as refusal:
        return _render(page, state, table, refused=sentence(refusal), pasted=pasted), 422
    return redirect(
        url_for("applicant.table_preview", reference=reference, stage=stage, question=question, upload=kept)
    )


@bp.get("/<reference>/etape/<stage>/<question>/importer/<upload>")
@requires(Permission.FILE_DOSSIER)
def table_preview(reference: str, stage: str, question: str, upload: str) -> AnyResponse | str:
    """Show what importing will add, change and take out, and what could not be read."""
    page = load(reference)
    state, table = table_of(page, stage, question)
    if not page.editable:
        return redirect(url_for("applicant.stage", reference=reference, stage=stage))
    return _render_preview(page, state, table, upload)


@bp.post("/<reference>/etape/<stage>/<question>/importer/<upload>")
@requires(Permission.FILE_DOSSIER)
def import_table(reference: str, stage: str, question: str, upload: str) -> AnyResponse | tuple[str, int]:
    """Import the table, in one act."""
    page = load(reference)
    state, table = table_of(page, stage, question)
    mode = _mode(request.form.get("mode", "")) or Mode.APPEND
    keep_unread = request.form.get("lignes") != "laisser"
    try:
        counts = db().transaction(
            table_imports.apply,
            actor(),
            reference,
            table.path,
            upload,
            mode,
            keep_unread=keep_unread,
            shown=request.form.get("_vu", ""),
            now=received_at(),
        )
    except Conflict:
        page = load(reference)
        told = "Le tableau a changé entre-temps : rien n’a été importé. Voici ce que l’import ferait maintenant."
        return _render_preview(page, state, table, upload, refused=told), 409
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _render_preview(page, state, table, upload, refused=sentence(refusal)), 422
    brought = sum(count for fate, count in counts.items() if fate is not fate.REMOVED)
    flash(f"{brought} lignes sont importées." if brought > 1 else "Une ligne est importée.", "success")
    return redirect(question_address(reference, stage, question))


@bp.get("/<reference>/etape/<stage>/<question>/fichiers/<name>.<kind>")
@requires(Permission.FILE_DOSSIER)
def table_file_of(reference: str, stage: str, question: str, name: str, kind: str) -> Response:
    """Give the template of a table, or its rows."""
    page = load(reference)
    _, table = table_of(page, stage, question)
    if kind not in _FILES or name not in {"modele", "tableau"}:
        raise NotFound()
    write, media_type = _FILES[kind]
    out = io.BytesIO()
    template = name == "modele"
    write(table, () if template else filled_rows(page.answers.get(table.path)), out, template=template)
    told = f"{table.label} - {'modèle' if template else page.dossier.title or 'tableau'}"
    filename = f"{inspection.clean_name(told)}.{kind}"
    return downloads.made(out.getvalue(), filename=filename, media_type=media_type)


def table_of(page: DossierPage, stage: str, key: str) -> tuple[StageState, Question]:
    """Return a table of a dossier, with its stage. Errors: ``not_found``."""
    state = page.state_of(stage)
    found = next((q for q in state.stage.questions if q.key == key and q.kind is QuestionKind.TABLE), None)
    if found is None:
        raise NotFound()
    return state, found


def _mode(word: str) -> Mode | None:
    return Mode(word) if word in set(Mode) else None


def _render(page: DossierPage, state: StageState, table: Question, *, refused: str = "", pasted: str = "") -> str:
    return render_template(
        "applicant/table_import.html",
        page=page,
        state=state,
        table=table,
        pasted=pasted,
        refused=refused,
        errors=[("fichier", refused)] if refused else [],
        back=_back(page, state, table),
        breadcrumb=trail(page, (f"Étape {state.number}", _back(page, state, table)), ("Importer un tableau", None)),
    )


def _render_preview(page: DossierPage, state: StageState, table: Question, upload: str, *, refused: str = "") -> str:
    with db().reading() as session:
        found = table_imports.pending(session, actor(), page.dossier.id, table, upload, now=received_at())
    there = page.answers.get(table.path, ())
    asked = request.args.get("mode", "") or request.form.get("mode", "")
    mode = _mode(asked) or table_imports.offered_mode(found, there)
    again = url_for(
        "applicant.table_import", reference=page.dossier.reference, stage=state.stage.key, question=table.key
    )
    return render_template(
        "applicant/table_preview.html",
        page=page,
        state=state,
        table=table,
        preview=preview_of(table, found, there, mode),
        mark=page.stored_at(table.path).mark,
        refused=refused,
        modes=[
            {"label": label, "href": f"{again}/{upload}?mode={one.value}", "current": one is mode}
            for one, label in ((Mode.APPEND, "Ajouter à la suite"), (Mode.REPLACE, "Remplacer le tableau"))
        ]
        if there
        else [],
        action=f"{again}/{upload}",
        again=again,
        back=_back(page, state, table),
        breadcrumb=trail(page, (f"Étape {state.number}", _back(page, state, table)), ("Importer un tableau", again)),
    )


def _back(page: DossierPage, state: StageState, table: Question) -> str:
    return question_address(page.dossier.reference, state.stage.key, table.key)
