"""One row of a table, on a page of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.questionnaire import ROW_ID, Question
from ptce_aap.services.applicants import tables
from ptce_aap.services.applicants.applicant import DossierPage, StageState
from ptce_aap.services.applicants.stored import NOTHING, Given
from ptce_aap.web import owners
from ptce_aap.web.access import requires
from ptce_aap.web.applicant import conflicts
from ptce_aap.web.applicant.conflicts import TwoTexts
from ptce_aap.web.applicant.imports import table_of
from ptce_aap.web.applicant.room import bp, load, question_address, trail
from ptce_aap.web.applicant.tables import figures_of, position_of
from ptce_aap.web.context import actor, db, received_at
from ptce_aap.web.messages import sentence
from ptce_aap.web.questionnaires import QuestionsForm

NEW = "nouvelle"
MARK = "_vu"
ROW = "ligne"
"""What a row is called where a stage names its questions."""
_PLACE, _PLACE_SHOWN = "_place", "_place_vue"


@bp.get("/<reference>/etape/<stage>/<question>/<row>")
@requires(Permission.FILE_DOSSIER)
def row(reference: str, stage: str, question: str, row: str) -> Response | str:
    """Show a row to fill; once nothing can change, its stage says why."""
    page = load(reference)
    state, table = table_of(page, stage, question)
    if not page.editable:
        return redirect(url_for("applicant.stage", reference=reference, stage=stage))
    return _render(page, state, table, row, filled_row(page, table, row))


@bp.post("/<reference>/etape/<stage>/<question>/<row>")
@requires(Permission.FILE_DOSSIER)
def save_row(reference: str, stage: str, question: str, row: str) -> Response | tuple[str, int]:
    """Save a row, then go back to the stage or on to another new row."""
    page = load(reference)
    state, table = table_of(page, stage, question)
    form = QuestionsForm(table.fields, compact=True)
    sent = row_sent(form, table)
    given = conflicts.chosen(ROW, sent, request.form)
    if given is None:
        return redirect(question_address(reference, stage, question))
    identifier = None if row == NEW else row
    try:
        saved = db().transaction(tables.save_row, actor(), reference, table.path, identifier, given, now=received_at())
    except Conflict:
        page = load(reference)
        return _render(page, state, table, row, form, conflict=two_rows(page, table, row, form, sent.shown)), 409
    except NotFound:
        raise
    except RuleViolation as refusal:
        gone = refusal.code == "row_gone"  # what was typed is offered as a new row
        page = load(reference) if gone else page
        return _render(page, state, table, NEW if gone else row, form, refused=sentence(refusal)), 422
    typed = request.form.get(_PLACE, "")
    place = position_of(typed) if typed != request.form.get(_PLACE_SHOWN) else None
    if place is not None and identifier is not None:
        db().transaction(tables.place_row, actor(), reference, table.path, identifier, place, now=received_at())
    if given.unread and saved is not None:
        page = load(reference)
        return _render(page, state, table, saved, filled_row(page, table, saved)), 422
    owners.note_received()
    if request.form.get("_acte") == "registre" and saved is not None:
        where = url_for("applicant.register_lookup", reference=reference, stage=stage, question=question, ligne=saved)
        return redirect(where)
    if request.form.get("_acte") == "autre":
        flash("La ligne est enregistrée. En voici une nouvelle.", "success")
        return redirect(url_for("applicant.row", reference=reference, stage=stage, question=question, row=NEW))
    return redirect(question_address(reference, stage, question))


def row_sent(form: QuestionsForm, table: Question) -> Given:
    """Take the row that a browser sent, with the mark of what its form had shown."""
    form.receive(request.form)
    return replace(form.read_as_row(table.path), shown=request.form.get(MARK, NOTHING.mark))


def two_rows(page: DossierPage, table: Question, row: str, sent: QuestionsForm, seen: str) -> TwoTexts:
    """Return what this person sent of a row, and what is stored. Errors: ``not_found``."""
    mark = tables.row_mark(page.stored_at(table.path), table.path, row)
    return TwoTexts(ROW, seen, mark, conflicts.between(sent.fields, filled_row(page, table, row).fields), None)


def filled_row(page: DossierPage, table: Question, row: str) -> QuestionsForm:
    """Return the form of a row as it is stored, with what could not be read as it was typed. Errors: ``not_found``."""
    form = QuestionsForm(table.fields, compact=True)
    if row != NEW:
        held = next((item for item in page.answers.get(table.path, ()) if item.get(ROW_ID) == row), None)
        if held is None:
            raise NotFound()
        form.show(held, tables.problems_of_row(page.stored_at(table.path), table.path, row))
    return form


def _place_of(page: DossierPage, table: Question, row: str) -> int | None:
    """Return the place of a row in its table, from 1."""
    found = [place for place, item in enumerate(page.answers.get(table.path, ()), start=1) if item.get(ROW_ID) == row]
    return found[0] if found else None


def _render(
    page: DossierPage,
    state: StageState,
    table: Question,
    row: str,
    form: QuestionsForm,
    *,
    conflict: TwoTexts | None = None,
    refused: str | None = None,
) -> str:
    place: dict[str, Any] = {"reference": page.dossier.reference, "stage": state.stage.key}
    here: dict[str, Any] = {**place, "question": table.key, "row": row}
    back = question_address(page.dossier.reference, state.stage.key, table.key)
    stored = page.stored_at(table.path)
    return render_template(
        "applicant/row.html",
        page=page,
        state=state,
        table=table,
        row=row,
        form=form,
        conflict=conflict,
        errors=([("", refused)] if refused else []) + form.errors,
        mark=NOTHING.mark if row == NEW else tables.row_mark(stored, table.path, row),
        place=_place_of(page, table, row),
        figures=figures_of(page, state.stage, page.answers)[table.path],
        live=url_for("applicant.figures", **place, tableau=table.key, ligne=row),
        back=back,
        autosave="" if row == NEW else url_for("applicant.autosave_row", **here),
        action=url_for("applicant.save_row", **here),
        breadcrumb=trail(page, (f"Étape {state.number}", back), (table.label, None)),
    )
