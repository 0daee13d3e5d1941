"""The shortlist: what freezing it entails, the frozen list, its publication; both are proposed here."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.two_persons import JointAct
from ptce_aap.models import ProposedAct
from ptce_aap.services.joint_acts import acts_page
from ptce_aap.services.ranking import standings
from ptce_aap.services.selection import shortlists
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.management.joint_acts import PROPOSED, may_propose
from ptce_aap.web.management.room import bp, trail
from ptce_aap.web.messages import sentence
from ptce_aap.web.proof import fresh_proof


@bp.route("/<slug>/liste/figer", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.FREEZE_SHORTLIST)
def freeze() -> Response | str | tuple[str, int]:
    """Show what freezing the list entails, then propose to freeze it as it was shown."""
    error = None
    if request.method == "POST":
        try:
            seen, base_url = request.form.get("seen", ""), settings().base_url
            proposed = db().transaction(
                shortlists.propose_freezing, actor(), call().id, seen, base_url=base_url, now=clock.now()
            )
            return _proposed(proposed)
        except RuleViolation as refusal:
            error = sentence(refusal)
    with db().reading() as session:
        preview = shortlists.preview(session, actor(), call())
        waiting = acts_page.waiting_for(session, actor(), call(), JointAct.FREEZING, now=clock.now())
    body = render_template(
        "management/freeze.html",
        preview=preview,
        waiting=waiting if waiting is not None and waiting.act.state == preview.seen else None,
        may_propose=may_propose(JointAct.FREEZING),
        obstacles=[(refusal.code, sentence(refusal)) for refusal in preview.obstacles],
        error=error,
        breadcrumb=trail(("Classement", url_for("management.ranking", slug=call().slug)), ("Figer la liste", None)),
    )
    return (body, 409) if error else body


@bp.get("/<slug>/liste")
@requires(Permission.SEE_RANKING)
def shortlist() -> str:
    """Show the frozen list."""
    with db().reading() as session:
        standings.require_no_deport(session, actor(), call())
        printable = shortlists.printable(session, call())
    return render_template(
        "management/shortlist.html",
        page=printable,
        may_publish=may_propose(JointAct.PUBLICATION),
        breadcrumb=trail(("Liste classée", None)),
    )


@bp.route("/<slug>/liste/publier", methods=["GET", "POST"])
@fresh_proof
@requires(Permission.MANAGE_CALL)
def publish() -> Response | str:
    """Ask once, then propose to publish the laureates."""
    if request.method == "POST":
        base_url = settings().base_url
        return _proposed(
            db().transaction(shortlists.propose_publication, actor(), call().id, base_url=base_url, now=clock.now())
        )
    with db().reading() as session:
        standings.require_no_deport(session, actor(), call())
        printable = shortlists.printable(session, call())
        waiting = acts_page.waiting_for(session, actor(), call(), JointAct.PUBLICATION, now=clock.now())
    steps = trail(("Liste classée", url_for("management.shortlist", slug=call().slug)), ("Publier", None))
    return render_template("management/publish.html", page=printable, waiting=waiting, breadcrumb=steps)


def _proposed(act: ProposedAct) -> Response:
    flash(PROPOSED, "success")
    return redirect(url_for("management.act", slug=call().slug, reference=act.reference))
