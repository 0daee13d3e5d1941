"""The call team decides which dossiers are eligible: its queue, one decision, those that nobody doubts together."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired

from ptce_aap import clock
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.calls import calls as call_service
from ptce_aap.services.dossiers import managed
from ptce_aap.services.dossiers.managed import ManagedPage
from ptce_aap.services.instruction import eligibility, eligibility_letters
from ptce_aap.services.instruction.evidence import roles_held
from ptce_aap.web import lists
from ptce_aap.web.access import requires
from ptce_aap.web.charts.roles import roles as role_chart
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.dossiers import piece_url, trail
from ptce_aap.web.forms import PageForm, typed_text

bp = Blueprint("eligibility", __name__, url_prefix="/pilotage")

_VIEWS = {
    "a-decider": (State.FILED, "À décider"),
    "recevables": (State.ELIGIBLE, "Recevables"),
    "non-recevables": (State.NOT_ELIGIBLE, "Non recevables"),
}


class DecisionForm(PageForm):
    """The decision and its reason."""

    eligible = RadioField(
        "Votre décision",
        [InputRequired("Choisissez : recevable ou non recevable.")],
        choices=[("oui", "Recevable : le dossier va au jury"), ("non", "Non recevable")],
    )
    reason = TextAreaField(
        "Motif de la décision", [InputRequired("Écrivez le motif de la décision.")], render_kw={"rows": 6}
    )


@bp.get("/<slug>/recevabilite")
@requires(Permission.SEE_MANAGEMENT)
def queue() -> str:
    """Show the dossiers by what was decided."""
    view = request.args.get("vue", "")
    view = view if view in _VIEWS else next(iter(_VIEWS))
    with db().reading() as session:
        definition = call_service.definition_of(session, call())
        choices = (
            lists.regions(definition.sheet.regions),
            lists.stages(definition),
            lists.Choice("computed", "Règles calculées", lists.RESULTS),
        )
        listed = lists.ListView(choices, view=view, fixed={"state": _VIEWS[view][0]})
        page = eligibility.queue(session, actor(), call(), listed.asked, now=clock.now())
        letters = eligibility_letters.waiting(session, actor(), call(), now=clock.now()) if _may_decide() else 0
    tabs = [
        {
            "label": label,
            "href": url_for("eligibility.queue", slug=call().slug, vue=key),
            "count": page.counts.get(state, 0),
            "current": key == view,
        }
        for key, (state, label) in _VIEWS.items()
    ]
    return render_template(
        "eligibility/queue.html",
        queue=page,
        listed=listed,
        tabs=tabs,
        view=view,
        may_decide=_may_decide(),
        letters=letters,
        breadcrumb=trail(("Recevabilité", None)),
    )


@bp.get("/<slug>/recevabilite/ensemble")
@requires(Permission.DECIDE_ELIGIBILITY)
def clear() -> str:
    """Show the dossiers that nobody doubts, before they are decided together."""
    return _clear_page()


@bp.post("/<slug>/recevabilite/ensemble")
@requires(Permission.DECIDE_ELIGIBILITY)
def decide_clear() -> Response:
    """Find eligible the dossiers that were ticked."""
    chosen = [typed_text(reference) for reference in request.form.getlist("dossier")]
    done, left = db().transaction(eligibility.decide_clear, actor(), call().id, chosen, now=clock.now())
    flash(f"{done} dossier{'s' if done > 1 else ''} recevable{'s' if done > 1 else ''}.", "success")
    if left:
        flash(
            f"{left} dossier{'s' if left > 1 else ''} à reprendre un par un : l’état a changé entre-temps.", "warning"
        )
    return redirect(url_for("eligibility.queue", slug=call().slug))


@bp.get("/<slug>/recevabilite/<reference>")
@requires(Permission.DECIDE_ELIGIBILITY)
def dossier(reference: str) -> str:
    """Show a dossier with what was proposed, and the form of the decision."""
    page = _page(reference)
    decision = page.instruction.decision
    if decision is not None:
        known = {"eligible": "oui" if decision.eligible else "non", "reason": decision.reason}
    else:
        known = {"reason": eligibility_letters.assembled_reason(page)}
    return _shown(page, DecisionForm(formdata=None, data=known))


@bp.post("/<slug>/recevabilite/<reference>")
@requires(Permission.DECIDE_ELIGIBILITY)
def decide(reference: str) -> Response | str:
    """Decide, with a reason."""
    page, form = _page(reference), DecisionForm()
    if not form.validate():
        return _shown(page, form)
    try:
        db().transaction(
            eligibility.decide,
            actor(),
            call().id,
            reference,
            eligible=form.eligible.data == "oui",
            reason=typed_text(form.reason.data),
            version=request.form.get("version", 0, int),
            now=clock.now(),
        )
    except NotFound:
        raise
    except RuleViolation as refusal:
        form.refuse(refusal, "reason" if refusal.code.startswith("reason") else None)
        return _shown(page, form)
    flash(f"Décision enregistrée : {page.document.title}.", "success")
    if form.eligible.data == "non":
        return redirect(url_for("eligibility_letters.letter", slug=call().slug, reference=reference))
    return redirect(url_for("eligibility.queue", slug=call().slug))


def _page(reference: str) -> ManagedPage:
    with db().reading() as session:
        return managed.page(session, actor(), call(), reference, now=clock.now())


def _may_decide() -> bool:
    return actor().may(Permission.DECIDE_ELIGIBILITY, call().id)


def _clear_page() -> str:
    number = request.args.get("page", 1, int)
    with db().reading() as session:
        definition = call_service.definition_of(session, call())
        found = eligibility.clear_dossiers(session, actor(), call(), page=number, now=clock.now())
    return render_template(
        "eligibility/clear.html",
        page=found,
        regions=definition.sheet.regions,
        reason=eligibility.clear_reason(definition),
        breadcrumb=trail(("Recevabilité", url_for("eligibility.queue", slug=call().slug)), ("Décider ensemble", None)),
    )


def _shown(page: ManagedPage, form: DecisionForm) -> str:
    return render_template(
        "eligibility/dossier.html",
        page=page,
        document=page.document,
        roles=[role_chart(held) for held in roles_held(page.definition, page.document.answers)],
        form=form,
        may_decide=eligibility.may_decide(call(), page.document.state),
        maximum=eligibility.REASON_LENGTH,
        piece_url=piece_url(page.document.reference),
        breadcrumb=trail(("Recevabilité", url_for("eligibility.queue", slug=call().slug)), (page.document.title, None)),
    )
