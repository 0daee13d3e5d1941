"""The figures beside tables as one types: the rules on what is stored and what is in the form, nothing written."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.questionnaire import ROW_ID, Answers, Question, QuestionKind, Row, Stage
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.imports import table_of
from ptce_aap.web.applicant.room import bp, load
from ptce_aap.web.applicant.stages import new_row_form
from ptce_aap.web.applicant.tables import columns_of, figures_of
from ptce_aap.web.questionnaires import QuestionsForm


@bp.post("/<reference>/etape/<stage>/chiffres")
@requires(Permission.FILE_DOSSIER)
def figures(reference: str, stage: str) -> str:
    """Answer with the figures of a stage's tables, were the form saved as it is typed."""
    page = load(reference)
    state = page.state_of(stage)
    key = request.args.get("tableau")
    if key is None:
        answers = _with_stage(page, state.stage)
    else:
        _, table = table_of(page, stage, key)
        answers = _with_row(page, table, request.args.get("ligne", ""))
    return render_template(
        "applicant/figures.html",
        tables=[
            (question, columns_of(question) if key is None else (), found)
            for path, found in figures_of(page, state.stage, answers).items()
            if (question := page.definition.questionnaire.question(path)) is not None
        ],
    )


def _with_stage(page: DossierPage, stage: Stage) -> Answers:
    """Return the answers with what the form of a stage says, and the rows typed under its tables."""
    answers: dict[str, Any] = dict(page.answers)
    form = QuestionsForm(stage.questions)
    form.receive(request.form)
    for key, given in form.read().items():
        if any(name == key or name.startswith(f"{key}-") for name in request.form):
            answers[f"{stage.key}.{key}"] = given.value
    for question in stage.questions:
        if question.kind is QuestionKind.TABLE:
            added = _typed_row(new_row_form(question), question)
            if added:
                answers[question.path] = (*answers.get(question.path, ()), added)
    return {path: value for path, value in answers.items() if value is not None}


def _with_row(page: DossierPage, table: Question, identifier: str) -> Answers:
    """Return the answers with one row as it is typed, in its place or after the others."""
    typed = _typed_row(QuestionsForm(table.fields, compact=True), table)
    rows: tuple[Row, ...] = page.answers.get(table.path, ())
    places = [place for place, row in enumerate(rows) if row.get(ROW_ID) == identifier]
    at = places[0] if places else len(rows)
    return {**page.answers, table.path: (*rows[:at], typed, *rows[at + 1 :])}


def _typed_row(form: QuestionsForm, table: Question) -> Row:
    form.receive(request.form)
    value: Row = form.read_as_row(table.path).value or {}
    return value
