"""What the page's own script saves while one types: the questions that changed, answered in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, render_template, request

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services import drafts
from ptce_aap.services.drafts import Given
from ptce_aap.typography import spaced
from ptce_aap.web.access import requires
from ptce_aap.web.applicant import conflicts
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
            drafts.save_stage, actor(), reference, stage, given, now=received_at(), dry=COMPARE in request.form
        )
    except NotFound:
        raise
    except RuleViolation as refusal:
        return jsonify(message=sentence(refusal)), 422
    return jsonify(
        saved=f"Enregistré à {hour(received_at())}",
        marks={path.partition(".")[2]: mark for path, mark in saved.marks.items()},
        problems={
            field.id: [spaced(text) for text in field.errors] for entry in form.entries for field in entry.fields
        },
        conflicts=_conflicts(reference, stage, form, given, saved.conflicts),
    ), 200


def _conflicts(
    reference: str, stage: str, sent: QuestionsForm, given: Mapping[str, Given], paths: tuple[str, ...]
) -> dict[str, Any]:
    """Return each question in conflict: the note to show, and what is stored to put in its fields if it is chosen."""
    if not paths:
        return {}
    page = load(reference)
    stored = filled(page, page.state_of(stage).stage)
    return {
        one.key: {
            "note": render_template("applicant/conflict.html", one=one),
            "mark": one.mark,
            "stored": conflicts.held(stored, stored[one.key].question),
        }
        for one in conflicts.of_stage(page, stored, sent, given, paths).values()
    }
