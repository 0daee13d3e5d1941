"""Who acts for a correspondent in his absence."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.joint_acts import absences as service
from ptce_aap.web.absences import AbsenceForm, ended
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.correspondent.room import bp, trail


@bp.get("/<slug>/suppleance")
@requires(Permission.INSTRUCT)
def absences() -> str:
    """Show one's absences, those in which one acts for a colleague, and the form to name somebody."""
    return _page(AbsenceForm(formdata=None))


@bp.post("/<slug>/suppleance")
@requires(Permission.INSTRUCT)
def name_substitute() -> Response | tuple[str, int]:
    """Name who acts for oneself."""
    form = AbsenceForm()
    if form.validate() and form.write(service.name_substitute):
        return redirect(url_for("correspondent.absences", slug=call().slug))
    return _page(form), 422


@bp.post("/<slug>/suppleance/<absence>/fin")
@requires(Permission.INSTRUCT)
def end_absence(absence: str) -> Response:
    """End one's absence before its last day."""
    return ended(absence, url_for("correspondent.absences", slug=call().slug))


def _page(form: AbsenceForm) -> str:
    with db().reading() as session:
        page = service.own_page(session, actor(), call(), now=clock.now())
    form.offer(page.colleagues)
    return render_template("correspondent/absences.html", page=page, form=form, breadcrumb=trail(("Suppléance", None)))
