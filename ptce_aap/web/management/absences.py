"""The absences of the correspondents, as the team follows them."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.joint_acts import absences as service
from ptce_aap.web.absences import TeamAbsenceForm, ended
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.management.room import bp, people_trail


@bp.get("/<slug>/absences")
@requires(Permission.MANAGE_PEOPLE)
def absences() -> str:
    """Show who is absent and who acts for him, and the form to name somebody."""
    return _page(TeamAbsenceForm(formdata=None))


@bp.post("/<slug>/absences")
@requires(Permission.MANAGE_PEOPLE)
def name_for_absent() -> Response | tuple[str, int]:
    """Name who acts for a correspondent."""
    form = TeamAbsenceForm()
    if form.validate() and form.write(service.name_for, form.absent.data or ""):
        return redirect(url_for("management.absences", slug=call().slug))
    return _page(form), 422


@bp.post("/<slug>/absences/<absence>/fin")
@requires(Permission.MANAGE_PEOPLE)
def end_absence(absence: str) -> Response:
    """End an absence before its last day."""
    return ended(absence, url_for("management.absences", slug=call().slug))


def _page(form: TeamAbsenceForm) -> str:
    with db().reading() as session:
        page = service.team_page(session, actor(), call(), now=clock.now())
    form.offer(page.colleagues)
    return render_template(
        "management/absences.html", page=page, form=form, breadcrumb=people_trail(("Absences des correspondants", None))
    )
