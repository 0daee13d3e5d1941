"""A stage of the dossier: its questions, its tables row by row, its pieces, saved together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.questionnaire import Question, QuestionKind, Stage
from ptce_aap.services.applicants import drafts, tables
from ptce_aap.services.applicants.applicant import DossierPage, StageState
from ptce_aap.services.applicants.stored import Given
from ptce_aap.services.instruction import consultation_readings
from ptce_aap.services.instruction.consultation_readings import Confirmed
from ptce_aap.web import owners
from ptce_aap.web.access import requires
from ptce_aap.web.applicant import conflicts, resources, uploads
from ptce_aap.web.applicant.conflicts import TwoTexts
from ptce_aap.web.applicant.room import bp, load, piece_addresses, question_address, trail
from ptce_aap.web.applicant.tables import position_of, views_of
from ptce_aap.web.context import actor, db, received_at
from ptce_aap.web.messages import sentence
from ptce_aap.web.questionnaires import QuestionsForm, with_marks

_MOVES = {"monter": -1, "descendre": 1}


@dataclass(slots=True)
class Refusals:
    """What a form was not saved for, beside what it was, by question path.

    ``rows``: the new rows that could not be added, by the path of their table, as they were typed.
    """

    by_path: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[str, QuestionsForm] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form sent, and the questions of it that were not saved because somebody else had changed them."""

    form: QuestionsForm
    given: Mapping[str, Given]
    in_conflict: tuple[str, ...]


@bp.get("/<reference>/etape/<stage>")
@requires(Permission.FILE_DOSSIER)
def stage(reference: str, stage: str) -> str:
    """Show a stage to fill, or to read once the dossier is filed or the call closed."""
    page = load(reference)
    return _render(page, page.state_of(stage), Refusals())


@bp.post("/<reference>/etape/<stage>")
@requires(Permission.FILE_DOSSIER)
def save(reference: str, stage: str) -> Response | tuple[str, int]:
    """Save what was typed, then do what the pressed button says: go on, stay, or act on a row."""
    page = load(reference)
    state = page.state_of(stage)
    act, _, about = request.form.get("_acte", "").partition(":")
    form = QuestionsForm(state.stage.questions)
    form.receive(request.form)
    given = conflicts.without_refused(form, with_marks(form, request.form), request.form)
    try:
        saved = db().transaction(
            drafts.save_stage, actor(), reference, stage, given, now=received_at(), settle=act in {"", "rester"}
        )
    except (NotFound, Conflict):
        raise
    except RuleViolation as refusal:
        lost = _typed(form, state.stage)
        return _render(load(reference), state, Refusals(), refused=sentence(refusal), lost=lost), 422
    refusals = Refusals()
    _add_rows(reference, state.stage, refusals)
    uploads.receive(reference, state.stage, request.files, refusals.by_path)
    if saved.conflicts or refusals.by_path:
        page, status = load(reference), 409 if saved.conflicts else 422
        typed = Typed(form, given, saved.conflicts)
        return _render(page, page.state_of(stage), refusals, typed=typed), status
    if act in {"", "rester"} and any(item.unread for item in given.values()):
        page = load(reference)
        return _render(page, page.state_of(stage), refusals), 422
    owners.note_received()
    resources.note(page, stage)
    return _follow(page, state, act, about)


def _follow(page: DossierPage, state: StageState, act: str, about: str) -> Response:
    reference, key = page.dossier.reference, state.stage.key
    question, _, row = about.partition(":")
    path = f"{key}.{question}"
    match act:
        case "rester":
            flash("C’est enregistré.", "success")
            return redirect(url_for("applicant.stage", reference=reference, stage=key))
        case "precedente":
            return redirect(_address(page, state.number - 1))
        case "ligne":
            where = url_for("applicant.row", reference=reference, stage=key, question=question, row=row)
            return redirect(where)
        case "registre":
            return redirect(url_for("applicant.register_lookup", reference=reference, stage=key, question=question))
        case "piece":
            return redirect(
                url_for("applicant.piece_removal", reference=reference, stage=key, question=question, nom=row)
            )
        case "importer":
            return redirect(url_for("applicant.table_import", reference=reference, stage=key, question=question))
        case "copier":
            db().transaction(tables.duplicate_row, actor(), reference, path, row, now=received_at())
        case "monter" | "descendre":
            db().transaction(tables.move_row, actor(), reference, path, row, _MOVES[act], now=received_at())
        case "placer":
            row, _, position = row.partition(":")
            place = position_of(position)
            if place is not None:
                db().transaction(tables.place_row, actor(), reference, path, row, place, now=received_at())
        case "retirer":
            db().transaction(tables.remove_row, actor(), reference, path, row, now=received_at())
        case "retablir":
            db().transaction(tables.restore_row, actor(), reference, path, shown=row or None, now=received_at())
        case _:
            return redirect(_address(page, state.number + 1))
    return redirect(question_address(reference, key, question))


def _address(page: DossierPage, number: int) -> str:
    """Return the address of a stage by its number; before the first is the dossier, after the last its review."""
    reference = page.dossier.reference
    if number < 1:
        return url_for("applicant.dossier", reference=reference)
    if number > len(page.stages):
        return url_for("applicant.review", reference=reference)
    return url_for("applicant.stage", reference=reference, stage=page.stages[number - 1].stage.key)


def _typed(form: QuestionsForm, stage: Stage) -> list[tuple[str, str]]:
    """Return what a form holds in words, to be copied: its answers, and the rows typed under its tables."""
    forms = [("", form)]
    for question in stage.questions:
        if question.kind is QuestionKind.TABLE:
            row = new_row_form(question)
            row.receive(request.form)
            forms.append((f"{question.label}, nouvelle ligne, ", row))
    found = ((f"{of}{one.question.label}", conflicts.in_words(one)) for of, sent in forms for one in sent.fields)
    return [(label, typed) for label, typed in found if typed]


def _add_rows(reference: str, stage: Stage, refusals: Refusals) -> None:
    """Add the rows typed in the empty forms under the tables."""
    for question in stage.questions:
        if question.kind is not QuestionKind.TABLE:
            continue
        form = new_row_form(question)
        form.receive(request.form)
        given = form.read_as_row(question.path)
        if given.value is None and not given.unread:
            continue
        try:
            db().transaction(tables.save_row, actor(), reference, question.path, None, given, now=received_at())
        except RuleViolation as refusal:
            refusals.by_path.setdefault(question.path, []).append(sentence(refusal))
            refusals.rows[question.path] = form


def new_row_form(question: Question) -> QuestionsForm:
    """Return the always empty form under a table."""
    return QuestionsForm(question.fields, prefix=f"{question.key}-nouvelle-", compact=True)


def _render(
    page: DossierPage,
    state: StageState,
    refusals: Refusals,
    *,
    typed: Typed | None = None,
    refused: str = "",
    lost: Sequence[tuple[str, str]] = (),
) -> str:
    form = filled(page, state.stage)
    found: dict[str, TwoTexts] = {}
    if typed is not None:
        found = conflicts.of_stage(page, form, typed.form, typed.given, typed.in_conflict)
        _show_typed(form, typed.form, found)
    views = views_of(page, state.stage)
    errors = form.errors
    errors += [(f"q-{path.rpartition('.')[2]}", text) for path, texts in refusals.by_path.items() for text in texts]
    errors += [error for view in views.values() for error in view.errors]
    return render_template(
        "applicant/stage.html" if page.editable else "applicant/stage_read.html",
        page=page,
        state=state,
        form=form,
        tables=views,
        refusals=refusals.by_path,
        refused=refused,
        lost=lost,
        conflicts=found,
        new_rows={
            q.path: refusals.rows.get(q.path) or new_row_form(q)
            for q in state.stage.questions
            if q.kind is QuestionKind.TABLE
        },
        errors=errors,
        findings=[finding for finding in page.findings if finding.key.startswith(f"{state.stage.key}.")],
        next_title=page.stages[state.number].stage.title if state.number < len(page.stages) else "Relire et déposer",
        breadcrumb=trail(page, (f"Étape {state.number}", None)),
        accepted=uploads.told_before(),
        files=piece_addresses(page),
        beside=resources.beside(page, state.stage.key),
        confirmed=_confirmed(page, state.stage.key),
        address_of=resources.address_of,
    )


def _confirmed(page: DossierPage, stage: str) -> tuple[Confirmed, ...]:
    """Return what funders confirmed, at the stage that holds the financial plan of a filed dossier."""
    settings = page.definition.consultations
    plan = settings.funders if settings is not None else None
    if plan is None or plan.path.partition(".")[0] != stage or page.dossier.filed_at is None:
        return ()
    with db().reading() as session:
        return consultation_readings.confirmed(session, page.dossier, page.definition)


def filled(page: DossierPage, stage: Stage) -> QuestionsForm:
    """Return the form of a stage as it is stored, with what could not be read as it was typed."""
    form = QuestionsForm(stage.questions)
    unread = [item for question in stage.questions for item in page.stored_at(question.path).problem]
    form.show({q.key: page.answers.get(q.path) for q in stage.questions}, unread)
    return form


def _show_typed(form: QuestionsForm, sent: QuestionsForm, found: Mapping[str, TwoTexts]) -> None:
    """Leave in the fields in conflict what this person typed; the note beside them shows both texts."""
    for one in found.values():
        for kept, typed in zip(form[one.key].fields, sent[one.key].fields, strict=True):
            kept.data, kept.errors = typed.data, []
        form[one.key].fields[0].errors = ["Cette réponse a deux textes : choisissez celui qui reste."]
