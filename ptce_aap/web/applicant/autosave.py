"""What the page's own script saves while one types: the questions that changed, answered in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, jsonify, render_template, request

from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.applicants import drafts, tables
from ptce_aap.services.applicants.stored import Given
from ptce_aap.typography import spaced
from ptce_aap.web.access import requires
from ptce_aap.web.answer_fields import AnswerField
from ptce_aap.web.applicant import conflicts, rows
from ptce_aap.web.applicant.conflicts import TwoTexts
from ptce_aap.web.applicant.imports import table_of
from ptce_aap.web.applicant.room import bp, load
from ptce_aap.web.applicant.stages import filled
from ptce_aap.web.context import actor, db, received_at
from ptce_aap.web.formats import hour
from ptce_aap.web.messages import sentence
from ptce_aap.web.questionnaires import QuestionsForm, mark_name, with_marks

COMPARE = "_comparer"
"""Sent with it, nothing is written: the answer tells which questions are stored as they were sent."""


@bp.post("/<reference>/etape/<stage>/saisie")
@requires(Permission.FILE_DOSSIER)
def autosave(reference: str, stage: str) -> tuple[Response, int]:
    """Save the questions that were sent, those whose mark came with them; the others are left alone."""
    with db().reading() as session:
        definition = drafts.definition_for(session, actor(), reference)
    found = definition.questionnaire.stage(stage)
    if found is None:
        raise NotFound()
    form = QuestionsForm(question for question in found.questions if mark_name(question) in request.form)
    form.receive(request.form)
    given = with_marks(form, request.form)
    try:
        saved = db().transaction(
            drafts.save_stage,
            actor(),
            reference,
            stage,
            given,
            now=received_at(),
            typing=True,
            dry=COMPARE in request.form,
        )
    except NotFound:
        raise
    except RuleViolation as refusal:
        return jsonify(message=spaced(sentence(refusal))), 422
    marks = {path.partition(".")[2]: mark for path, mark in saved.marks.items()}
    return _told(form, marks, _conflicts(reference, stage, form, given, saved.conflicts))


@bp.post("/<reference>/etape/<stage>/<question>/<row>/saisie")
@requires(Permission.FILE_DOSSIER)
def autosave_row(reference: str, stage: str, question: str, row: str) -> tuple[Response, int]:
    """Save a row that exists already."""
    page = load(reference)
    _, table = table_of(page, stage, question)
    form = QuestionsForm(table.fields, compact=True)
    given = rows.row_sent(form, table)
    if COMPARE in request.form:
        same = not conflicts.between(form.fields, rows.filled_row(page, table, row).fields)
        return _told(form, {rows.ROW: given.shown} if same else {}, {})
    try:
        mark = db().transaction(tables.save_row_as, actor(), reference, table.path, row, given, now=received_at())
    except Conflict:
        page = load(reference)
        both = _shown(rows.two_rows(page, table, row, form, given.shown), rows.filled_row(page, table, row).fields)
        return _told(form, {}, {rows.ROW: both})
    except NotFound:
        raise
    except RuleViolation as refusal:
        return jsonify(message=spaced(sentence(refusal))), 422
    return _told(form, {rows.ROW: mark}, {})


def _conflicts(
    reference: str, stage: str, sent: QuestionsForm, given: Mapping[str, Given], paths: tuple[str, ...]
) -> dict[str, Any]:
    """Return each question in conflict: the note to show, and what is stored to put in its fields if it is chosen."""
    if not paths:
        return {}
    page = load(reference)
    stored = filled(page, page.state_of(stage).stage)
    return {
        one.key: _shown(one, stored[one.key].fields)
        for one in conflicts.of_stage(page, stored, sent, given, paths).values()
    }


def _shown(one: TwoTexts, stored: Iterable[AnswerField]) -> dict[str, Any]:
    what = "Cette ligne" if one.key == rows.ROW else "Cette réponse"
    note = render_template("applicant/conflict.html", one=one, what=what)
    return {"note": note, "mark": one.mark, "stored": conflicts.held(stored)}


def _told(form: QuestionsForm, marks: Mapping[str, str], in_conflict: Mapping[str, Any]) -> tuple[Response, int]:
    problems = {one.id: [spaced(text) for text in one.errors] for one in form.fields}
    said = f"Enregistré à {hour(received_at())}"
    return jsonify(saved=said, marks=marks, problems=problems, conflicts=in_conflict), 200
