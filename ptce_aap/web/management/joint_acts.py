"""The acts that take two persons: what waits for an answer, one proposal read whole, and its answer."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.two_persons import LABELS, PAIRS, JointAct
from ptce_aap.services.calls import calls
from ptce_aap.services.joint_acts import acts_page, joint_acts, two_persons
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.forms import PageForm
from ptce_aap.web.management.room import bp, trail
from ptce_aap.web.messages import sentence
from ptce_aap.web.proof import fresh_proof

DONE = {
    JointAct.EXTENSION: "La clôture est repoussée ; les personnes qui préparent un dossier sont prévenues.",
    JointAct.FREEZING: "La liste est figée.",
    JointAct.PUBLICATION: "Les lauréats sont publiés.",
    JointAct.CORRECTION: "Le conflit est corrigé : le dossier s’ouvre de nouveau à cette personne.",
}
PROPOSED = "Votre proposition attend la confirmation d’une autre personne ; rien n’a encore changé."


def may_propose(kind: JointAct) -> bool:
    """Tell whether the roles of the person who reads let him propose an act, his conflicts apart."""
    return bool(PAIRS[kind].proposers & actor().roles_on(call().id))


class RefusalForm(PageForm):
    """Why an act is not confirmed."""

    reason = TextAreaField(
        "Motif du refus",
        [InputRequired("Dites pourquoi."), Length(max=two_persons.REASON_MOST, message="Mille signes au plus.")],
        description="Il est lu par la personne qui a proposé l’acte, et gardé avec lui.",
    )


@bp.get("/<slug>/actes")
@requires(Permission.SEE_MANAGEMENT)
def acts() -> str:
    """List the acts that wait for an answer, then those that were answered."""
    with db().reading() as session:
        page = acts_page.read(session, actor(), call(), now=clock.now())
    return render_template(
        "management/acts.html", page=page, labels=LABELS, breadcrumb=trail(("Actes à deux personnes", None))
    )


@bp.get("/<slug>/actes/<reference>")
@requires(Permission.SEE_MANAGEMENT)
def act(reference: str) -> str:
    """Show a proposal whole, to whoever may answer it or take it back."""
    return _page(reference, RefusalForm())


@bp.post("/<slug>/actes/<reference>/confirmer")
@fresh_proof
@requires(Permission.CONFIRM_ACT)
def confirm_act(reference: str) -> Response:
    """Do what another person proposed."""
    done = db().transaction(
        joint_acts.confirm,
        actor(),
        call().id,
        reference,
        seen=request.form.get("seen", ""),
        base_url=settings().base_url,
        now=clock.now(),
    )
    flash(DONE[done], "success")
    if done in {JointAct.FREEZING, JointAct.PUBLICATION}:
        return redirect(url_for("management.shortlist", slug=call().slug))
    return redirect(url_for("management.acts", slug=call().slug))


@bp.post("/<slug>/actes/<reference>/refuser")
@requires(Permission.CONFIRM_ACT)
def refuse_act(reference: str) -> Response | tuple[str, int]:
    """Refuse what another person proposed, with the reason."""
    form = RefusalForm()
    if not form.validate():
        return _page(reference, form), 422
    reason = form.reason.data or ""
    base_url = settings().base_url
    db().transaction(joint_acts.refuse, actor(), call().id, reference, reason, base_url=base_url, now=clock.now())
    flash("L’acte est refusé ; la personne qui l’a proposé est prévenue.", "success")
    return redirect(url_for("management.acts", slug=call().slug))


@bp.post("/<slug>/actes/<reference>/retirer")
@requires(Permission.SEE_MANAGEMENT)
def withdraw_act(reference: str) -> Response:
    """Take one's own proposal back."""
    db().transaction(joint_acts.withdraw, actor(), call().id, reference, now=clock.now())
    flash("Votre proposition est retirée ; elle reste à l’historique.", "success")
    return redirect(url_for("management.acts", slug=call().slug))


def _page(reference: str, form: RefusalForm) -> str:
    with db().reading() as session:
        page = acts_page.read_one(session, actor(), call(), reference, now=clock.now())
    label = LABELS[page.shown.kind]
    return render_template(
        "management/act.html",
        page=page,
        one=page.shown,
        label=label,
        form=form,
        obstacle=sentence(page.obstacle) if page.obstacle else "",
        refusal=sentence(page.refusal) if page.refusal else "",
        closing_passed=call().closes_at <= clock.now(),
        last_moment=calls.last_moment(call()),
        breadcrumb=trail(("Actes à deux personnes", url_for("management.acts", slug=call().slug)), (label, None)),
    )
