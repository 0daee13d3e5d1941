"""Numbers checked as they are typed, and what a public register knows of them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.questionnaire import Question, QuestionKind
from ptce_aap.domain.refusals import BadAnswers
from ptce_aap.registers import RegisterSilent, UnknownNumber
from ptce_aap.services.applicants import register_completion as service
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.applicants.register_completion import Proposal, Target
from ptce_aap.web.access import requires
from ptce_aap.web.answer_fields import CHECKED_AS_TYPED
from ptce_aap.web.applicant.room import bp, load, question_address, trail
from ptce_aap.web.context import actor, db, received_at, register
from ptce_aap.web.forms import typed_text
from ptce_aap.web.messages import sentence
from ptce_aap.web.questionnaires import worded

_FIELD = "champ"
_VALUE = "valeur-"


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a look-up: proposals, or why there are none."""

    proposals: tuple[Proposal, ...] = ()
    why: str = ""


@bp.get("/identifiants")
@requires(Permission.FILE_DOSSIER)
def check_identifier() -> Response:
    """Tell a script what is wrong in a number, by the very reader that will read it; nothing is written."""
    kind, typed = request.args.get("genre", ""), request.args.get("valeur", "")
    if kind not in CHECKED_AS_TYPED:
        raise NotFound()
    question = Question(key=kind, path=kind, kind=QuestionKind(kind), label="")
    try:
        question.parse_typed(typed)
    except BadAnswers as error:
        return jsonify(message=worded(error.refusals[0], question))
    return jsonify(message="")


@bp.get("/<reference>/etape/<stage>/<question>/registre")
@requires(Permission.FILE_DOSSIER)
def register_lookup(reference: str, stage: str, question: str) -> Response | str:
    """Ask the register, and show what it would write before anything is written."""
    page = load(reference)
    about = service.target(page, f"{stage}.{question}", request.args.get("ligne") or None)
    if not page.editable:
        return redirect(url_for("applicant.stage", reference=reference, stage=stage))
    return _shown(page, about, _ask(about))


@bp.post("/<reference>/etape/<stage>/<question>/registre")
@requires(Permission.FILE_DOSSIER)
def complete_from_register(reference: str, stage: str, question: str) -> Response | tuple[str, int]:
    """Write the fields that were ticked, as they were shown."""
    row, path = request.form.get("ligne") or None, f"{stage}.{question}"
    chosen = {key: typed_text(request.form.get(f"{_VALUE}{key}")) for key in request.form.getlist(_FIELD)}
    try:
        written = db().transaction(
            service.complete,
            actor(),
            reference,
            path,
            row,
            chosen,
            shown=request.form.get("_vu", ""),
            now=received_at(),
        )
    except Conflict:
        flash("Ces réponses ont changé entre-temps : voici de nouveau ce que dit le registre.", "warning")
        return redirect(_here(reference, stage, question, row))
    except NotFound:
        raise
    except (RuleViolation, BadAnswers) as refusal:
        page = load(reference)
        why = sentence(refusal) if isinstance(refusal, RuleViolation) else "Ce qui a été reçu ne peut pas être lu."
        return _shown(page, service.target(page, path, row), Asked(why=why)), 422
    told = f"Rempli depuis le registre\u00a0: {', '.join(written)}." if written else "Rien n’a été changé."
    flash(told, "success" if written else "info")
    return redirect(_back(reference, stage, question, row))


def _ask(about: Target) -> Asked:
    """Ask the register; whatever happens there, the dossier is filled by hand as well."""
    if not register().available:
        raise NotFound()
    if about.number is None:
        return Asked(why="Donnez d’abord un numéro SIREN juste, puis enregistrez.")
    try:
        found = service.proposals(about, register().look_up(about.number))
    except UnknownNumber:
        return Asked(
            why=f"Le registre ne connaît pas le SIREN {about.number}. Vérifiez le numéro, ou remplissez à la main."
        )
    except RegisterSilent:
        return Asked(why="Le registre ne répond pas. Remplissez à la main, ou réessayez plus tard.")
    return (
        Asked(found) if found else Asked(why="Le registre connaît ce numéro, mais ne dit rien qui puisse être repris.")
    )


def _shown(page: DossierPage, about: Target, asked: Asked) -> str:
    reference, (stage, _, question) = page.dossier.reference, about.holder.path.partition(".")
    back = _back(reference, stage, question, about.row)
    return render_template(
        "applicant/register.html",
        page=page,
        about=about,
        asked=asked,
        action=_here(reference, stage, question, None),
        back=back,
        breadcrumb=trail(page, (about.holder.label, back), ("Compléter depuis le registre", None)),
    )


def _here(reference: str, stage: str, question: str, row: str | None) -> str:
    return url_for("applicant.register_lookup", reference=reference, stage=stage, question=question, ligne=row)


def _back(reference: str, stage: str, question: str, row: str | None) -> str:
    if row is not None:
        return url_for("applicant.row", reference=reference, stage=stage, question=question, row=row)
    return question_address(reference, stage, question)
