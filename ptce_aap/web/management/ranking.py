"""The ranking: the list with its line, one dossier explained, amounts, admissions, the vote on a tie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.two_persons import JointAct
from ptce_aap.services.ranking import deliberation, ranking_explained, ranking_page, standings
from ptce_aap.services.ranking.ranking_page import Asked
from ptce_aap.services.selection import amounts, shortlist_content
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.forms import PageForm
from ptce_aap.web.management.joint_acts import may_propose
from ptce_aap.web.management.money import cents, typed
from ptce_aap.web.management.room import bp, page_number, same_list, trail
from ptce_aap.web.messages import sentence

_SORTS = ("rank", "title", "carrier", "region", "requested", "amount")
_REASON = [Length(max=2_000, message="Le motif compte plus de 2 000 signes : raccourcissez-le.")]


class AmountForm(PageForm):
    """The proposed amount and why; the version read tells whether somebody else has proposed since."""

    amount = StringField("Montant proposé, en euros", [InputRequired("Indiquez un montant.")])
    reason = TextAreaField("Motif", _REASON, description="Obligatoire si le montant n’est pas celui qui est demandé.")
    version = HiddenField()


class AdmissionForm(PageForm):
    """Why a dossier with too few readings is ranked."""

    reason = TextAreaField("Motif de la décision", _REASON)


@bp.get("/<slug>/classement")
@requires(Permission.SEE_RANKING)
def ranking() -> str:
    """Show a page of the ranking."""
    asked = _asked()
    with db().reading() as session:
        page = ranking_page.read(session, actor(), call(), asked, now=clock.now())
    return render_template(
        "management/ranking.html",
        page=page,
        rule=shortlist_content.rule_in_words(page.definition),
        asked=asked,
        sort_url=_sort_url,
        address=same_list("management.ranking", slug=call().slug, **_kept(asked)),
        may_see_corrected=actor().may(Permission.SEE_CORRECTED, call().id),
        may_decide=actor().may(Permission.CHAIR_DECISION, call().id),
        may_manage=actor().may(Permission.MANAGE_CALL, call().id),
        may_freeze=may_propose(JointAct.FREEZING),
        breadcrumb=trail(("Classement", None)),
    )


@bp.post("/<slug>/classement/recalculer")
@requires(Permission.MANAGE_CALL, Permission.CHAIR_DECISION)
def compute_again() -> Response:
    """Compute the ranking again; the former one is kept."""
    db().transaction(deliberation.compute_again, actor(), call().id, now=clock.now())
    flash("Le classement est recalculé ; l’ancien reste conservé.", "success")
    return redirect(url_for("management.ranking", slug=call().slug))


@bp.get("/<slug>/classement/<reference>")
@requires(Permission.SEE_RANKING)
def place(reference: str) -> str:
    """Explain the place of one dossier."""
    return _place_page(reference)


@bp.post("/<slug>/classement/<reference>/montant")
@requires(Permission.FREEZE_SHORTLIST)
def propose_amount(reference: str) -> Response | tuple[str, int]:
    """Propose an amount for a dossier."""
    form = AmountForm()
    if form.validate_on_submit():
        try:
            amount, version = cents(form.amount.data or ""), int(form.version.data or 0)
            db().transaction(
                amounts.propose, actor(), call().id, reference, amount, form.reason.data or "",
                version=version, now=clock.now(),
            )  # fmt: skip
            flash("Le montant proposé est enregistré ; la ligne est à jour.", "success")
            return redirect(url_for("management.ranking", slug=call().slug, _anchor=f"d-{reference}"))
        except (RuleViolation, ValueError) as refusal:
            _refuse_amount(form, refusal)
    return _place_page(reference, amount=form), 422


@bp.post("/<slug>/classement/<reference>/classer")
@requires(Permission.CHAIR_DECISION)
def admit(reference: str) -> Response | tuple[str, int]:
    """Rank a dossier that has too few readings."""
    form = AdmissionForm()
    if form.validate_on_submit():
        try:
            db().transaction(deliberation.admit, actor(), call().id, reference, form.reason.data or "", now=clock.now())
            flash("Le dossier est classé ; le classement est recalculé.", "success")
            return redirect(url_for("management.ranking", slug=call().slug))
        except RuleViolation as refusal:
            form.refuse(refusal, "reason" if refusal.code == "reason_missing" else None)
    return _place_page(reference, admission=form), 422


@bp.route("/<slug>/classement/vote", methods=["GET", "POST"])
@requires(Permission.CHAIR_DECISION)
def tie_vote() -> Response | str | tuple[str, int]:
    """Record the committee's vote between the dossiers tied on the line."""
    with db().reading() as session:
        standings.require_no_deport(session, actor(), call())
        line = standings.line_of(session, call())
    tied = line.tied if line is not None else ()
    given = {one.reference: request.form.get(f"place-{one.reference}", "") for one in tied}
    error: RuleViolation | None = None
    if request.method == "POST":
        try:
            order = _order_voted(given)
            reason = request.form.get("reason", "")[:2_000]
            db().transaction(deliberation.record_tie_vote, actor(), call().id, order, reason, now=clock.now())
            flash("Le vote du comité est enregistré.", "success")
            return redirect(url_for("management.ranking", slug=call().slug))
        except RuleViolation as refusal:
            error = refusal
    steps = trail(("Classement", url_for("management.ranking", slug=call().slug)), ("Vote sur la ligne", None))
    body = render_template(
        "management/tie_vote.html",
        tied=tied,
        given=given,
        error=error,
        error_text=sentence(error) if error else "",
        reason=request.form.get("reason", ""),
        breadcrumb=steps,
    )
    return (body, 422) if error is not None else body


def _order_voted(places: Mapping[str, str]) -> list[str]:
    """Return the references in the order of their places, each of which is given once. Errors: ``vote_incomplete``."""
    by_place = {place: reference for reference, place in places.items()}
    wanted = [str(number) for number in range(1, len(places) + 1)]
    if by_place.keys() != set(wanted):
        raise RuleViolation("vote_incomplete", count=len(places))
    return [by_place[place] for place in wanted]


def _place_page(reference: str, *, amount: AmountForm | None = None, admission: AdmissionForm | None = None) -> str:
    with db().reading() as session:
        page = ranking_explained.explain(session, actor(), call(), reference, now=clock.now())
    if amount is None:
        proposed = page.proposal.amount_cents if page.proposal else page.dossier.amount_cents
        reason, version = (page.proposal.reason, page.proposal.version) if page.proposal else ("", 0)
        amount = AmountForm(formdata=None, amount=typed(proposed), reason=reason, version=str(version))
    open_to_change = call().frozen_at is None
    steps = trail(("Classement", url_for("management.ranking", slug=call().slug)), (page.dossier.title, None))
    return render_template(
        "management/place.html",
        page=page,
        amount=amount,
        admission=admission or AdmissionForm(formdata=None),
        may_see_corrected=actor().may(Permission.SEE_CORRECTED, call().id),
        may_propose=open_to_change and actor().may(Permission.FREEZE_SHORTLIST, call().id),
        may_decide=open_to_change and actor().may(Permission.CHAIR_DECISION, call().id),
        breadcrumb=steps,
    )


def _refuse_amount(form: AmountForm, refusal: Exception) -> None:
    if isinstance(refusal, RuleViolation):
        field = {"amount_reason_missing": "reason", "amount_out_of_range": "amount"}.get(refusal.code)
        form.refuse(refusal, field)
    else:
        form.refuse(RuleViolation("amount_out_of_range"), "amount")


def _asked() -> Asked:
    sort = request.args.get("sort", "rank")
    return Asked(
        search=request.args.get("search", "")[:200],
        region=request.args.get("territory", "")[:10],
        sort=sort if sort in _SORTS else "rank",
        descending=request.args.get("order") == "desc",
        unranked=request.args.get("view") == "unranked",
        page=page_number(),
    )


def _kept(asked: Asked) -> dict[str, Any]:
    return {
        "search": asked.search,
        "territory": asked.region,
        "sort": asked.sort if asked.sort != "rank" else "",
        "order": "desc" if asked.descending else "",
        "view": "unranked" if asked.unranked else "",
    }


def _sort_url(asked: Asked, sort: str) -> str:
    """Return the address that sorts by a column: the other way round where it sorts the list already."""
    turned = asked.sort == sort and not asked.descending
    kept = {**_kept(asked), "sort": sort if sort != "rank" else "", "order": "desc" if turned else ""}
    return url_for("management.ranking", slug=call().slug, **{name: value for name, value in kept.items() if value})
