"""A proposal changed by hand, its consequences read before it is applied, and its undoing."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import NotFound as Hidden
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.assignment import plan_applying, plan_page
from ptce_aap.web.access import requires
from ptce_aap.web.assignment import words
from ptce_aap.web.assignment.room import Trail, assignment_trail, bp
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.messages import sentence


@bp.route("/affectation/propositions/<reference>/dossiers/<dossier>", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def plan_dossier(reference: str, dossier: str) -> Response | str | tuple[str, int]:
    """Show every juror beside one dossier of a proposal, and change its readers by hand."""
    refused = ""
    if request.method == "POST":
        try:
            db().transaction(
                plan_applying.edit,
                actor(),
                call().id,
                reference,
                dossier,
                chosen=request.form.getlist("reader"),
                version=_version(),
                now=clock.now(),
            )
            flash("La proposition est modifiée. Rien n’est encore confié.", "success")
            return redirect(url_for("assignment.plan", slug=call().slug, reference=reference))
        except Hidden:
            raise NotFound() from None
        except RuleViolation as refusal:
            refused = sentence(refusal)
    with db().reading() as session:
        found = plan_page.dossier_page(session, actor(), call(), reference, dossier, now=clock.now())
    page = render_template(
        "assignment/plan_dossier.html",
        found=found,
        plan=found.page.plan,
        sharing=found.page.sharing,
        why=words.why,
        why_not=words.why_not,
        refused=refused,
        breadcrumb=_trail(reference, found.line.title),
    )
    return (page, 422) if refused else page


@bp.route("/affectation/propositions/<reference>/appliquer", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def apply_plan(reference: str) -> Response | str | tuple[str, int]:
    """Show what a proposal changes for whom, then give and take the readings as one act."""
    refused = ""
    if request.method == "POST":
        try:
            done = db().transaction(
                plan_applying.apply, actor(), call().id, reference, version=_version(), now=clock.now()
            )
            flash(_told(*done), "success")
            return redirect(url_for("assignment.overview", slug=call().slug))
        except Hidden:
            raise NotFound() from None
        except RuleViolation as refusal:
            refused = sentence(refusal)
    with db().reading() as session:
        found = plan_page.page(session, actor(), call(), reference, now=clock.now())
    if found.sharing is None:
        raise NotFound()
    page = render_template(
        "assignment/plan_apply.html",
        found=found,
        plan=found.plan,
        sharing=found.sharing,
        names=plan_page.names_of(found),
        refused=refused,
        breadcrumb=_trail(reference, "Appliquer"),
    )
    return (page, 422) if refused else page


@bp.post("/affectation/propositions/<reference>/annuler")
@requires(Permission.ASSIGN)
def undo_plan(reference: str) -> Response:
    """Take back what a proposal gave, while nobody has begun."""
    try:
        back, again = db().transaction(plan_applying.undo, actor(), call().id, reference, now=clock.now())
        flash(f"La proposition est annulée : {_told(again, back).lower()}", "success")
    except Hidden:
        raise NotFound() from None
    except RuleViolation as refusal:
        flash(sentence(refusal), "error")
    return redirect(url_for("assignment.plan", slug=call().slug, reference=reference))


def _version() -> int:
    return request.form.get("version", -1, type=int)


def _told(given: int, taken: int) -> str:
    parts = [f"{given} lecture{'s' if given > 1 else ''} confiée{'s' if given > 1 else ''}"] if given else []
    parts += [f"{taken} lecture{'s' if taken > 1 else ''} retirée{'s' if taken > 1 else ''}"] if taken else []
    return (", ".join(parts) or "Rien n’a changé") + "."


def _trail(reference: str, title: str) -> Trail:
    slug = call().slug
    return assignment_trail(
        ("Répartir les lectures", url_for("assignment.spread", slug=slug)),
        ("Proposition", url_for("assignment.plan", slug=slug, reference=reference)),
        (title, None),
    )
