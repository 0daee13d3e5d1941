"""The deliberation: the adopted list beside the announced one, each departure with its reason and what it does."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.two_persons import JointAct
from ptce_aap.services.selection import deliberation_page, departures
from ptce_aap.services.selection.departures import REASON_MOST, Asked, Prepared, ToDecide
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.forms import PageForm, typed_text
from ptce_aap.web.management.joint_acts import may_propose
from ptce_aap.web.management.room import Trail, bp, page_number, same_list, trail

_TOO_LONG = f"Le motif compte plus de {REASON_MOST:_} signes : raccourcissez-le.".replace("_", "\u202f")
_FIELDS = {
    "already_there": "place",
    "place_out_of_range": "place",
    "reason_missing": "reason",
    "reason_too_long": "reason",
    "unknown_ground": "ground",
}
MOVE, PUT_OUT = "place", "out"


class DepartureForm(PageForm):
    """Another place for a dossier or none, on which ground, and why."""

    decision = RadioField(
        "Décision du comité",
        [InputRequired("Dites ce que le comité décide.")],
        choices=[(MOVE, "Placer le dossier à une autre place"), (PUT_OUT, "L’écarter de la liste")],
        validate_choice=True,
    )
    place = StringField("Place dans la liste adoptée", [Length(max=6)])
    ground = SelectField("Fondement", validate_choice=False)
    reason = TextAreaField(
        "Motif",
        [Length(max=REASON_MOST, message=_TOO_LONG)],
        description="Il est imprimé au procès-verbal et dans la liste figée, en face du dossier.",
    )

    def asked(self, reference: str) -> Asked:
        """Return what is decided. Errors: ``place_out_of_range`` where the place is no number."""
        place = None
        if self.decision.data == MOVE:
            text = (self.place.data or "").strip()
            place = int(text) if text.isascii() and text.isdigit() else 0
        return Asked(reference, place, self.ground.data or "", typed_text(self.reason.data))


@bp.get("/<slug>/deliberation")
@requires(Permission.SEE_RANKING)
def adopted_list() -> str:
    """Show the adopted list beside the announced one."""
    with db().reading() as session:
        page = deliberation_page.read(session, actor(), call(), page=page_number(), now=clock.now())
    open_to_change = call().frozen_at is None
    return render_template(
        "management/deliberation.html",
        page=page,
        may_decide=open_to_change and actor().may(Permission.CHAIR_DECISION, call().id),
        may_freeze=open_to_change and may_propose(JointAct.FREEZING),
        address=same_list("management.adopted_list", slug=call().slug),
        breadcrumb=trail(("Liste adoptée", None)),
    )


@bp.route("/<slug>/deliberation/<reference>", methods=["GET", "POST"])
@requires(Permission.CHAIR_DECISION)
def depart(reference: str) -> str | tuple[str, int]:
    """Ask for a departure, then show what it would do before it is confirmed."""
    form = DepartureForm()
    if request.method == "POST" and form.validate() and request.form.get("then") != "edit":
        try:
            with db().reading() as session:
                prepared = departures.prepare(session, actor(), call(), form.asked(reference))
            return _confirmation(form, prepared, prepared.effect.adopted.seen)
        except RuleViolation as refusal:
            if refusal.code not in _FIELDS:
                raise
            form.refuse(refusal, _FIELDS[refusal.code])
    body = _decision_page(form, reference)
    return (body, 422) if form.errors else body


@bp.post("/<slug>/deliberation/<reference>/decider")
@requires(Permission.CHAIR_DECISION)
def decide_departure(reference: str) -> Response:
    """Record a departure whose effect was shown."""
    asked = DepartureForm().asked(reference)
    seen = request.form.get("seen", "")
    db().transaction(departures.decide, actor(), call().id, asked, seen=seen, now=clock.now())
    flash("L’écart est enregistré avec son motif ; la ligne est à jour.", "success")
    return _back()


@bp.route("/<slug>/deliberation/ecarts/<departure>/retirer", methods=["GET", "POST"])
@requires(Permission.CHAIR_DECISION)
def withdraw_departure(departure: str) -> Response | str:
    """Show what taking a departure back would do, then do it."""
    if request.method == "POST":
        seen = request.form.get("seen", "")
        db().transaction(departures.withdraw, actor(), call().id, departure, seen=seen, now=clock.now())
        flash("L’écart est retiré ; il reste au journal, et la ligne est à jour.", "success")
        return _back()
    with db().reading() as session:
        held, effect = departures.preview_withdrawal(session, actor(), call(), departure)
    return render_template(
        "management/departure_withdraw.html",
        held=held,
        effect=effect,
        seen=effect.adopted.seen,
        breadcrumb=_trail("Retirer un écart"),
    )


@bp.post("/<slug>/deliberation/ecarts/<departure>/confirmer")
@requires(Permission.CHAIR_DECISION)
def confirm_departure(departure: str) -> Response:
    """Keep a departure that no longer does what was decided."""
    seen = request.form.get("seen", "")
    db().transaction(departures.confirm, actor(), call().id, departure, seen=seen, now=clock.now())
    flash("L’écart est confirmé sur la liste d’aujourd’hui.", "success")
    return _back()


def _decision_page(form: DepartureForm, reference: str) -> str:
    with db().reading() as session:
        found: ToDecide = departures.to_decide(session, actor(), call(), reference)
    form.ground.choices = [("", "Choisir"), *((ground.key, ground.label) for ground in found.grounds)]
    return render_template("management/departure.html", found=found, form=form, breadcrumb=_trail(found.dossier.title))


def _confirmation(form: DepartureForm, prepared: Prepared, seen: str) -> str:
    kept = {"decision": form.decision.data, "place": form.place.data or "", "ground": prepared.asked.ground}
    return render_template(
        "management/departure_confirm.html",
        prepared=prepared,
        effect=prepared.effect,
        fields=kept | {"reason": prepared.asked.reason},
        seen=seen,
        breadcrumb=_trail(prepared.effect.member.title),
    )


def _back() -> Response:
    return redirect(url_for("management.adopted_list", slug=call().slug))


def _trail(last: str) -> Trail:
    return trail(("Liste adoptée", url_for("management.adopted_list", slug=call().slug)), (last, None))
