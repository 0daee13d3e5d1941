"""The correspondent's calls and his queue of dossiers."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.calls import calls as call_service
from ptce_aap.services.exchanges import correspondence
from ptce_aap.services.instruction import instruction
from ptce_aap.services.instruction.instruction import Progress
from ptce_aap.web import lists
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.correspondent.room import bp, trail

_VIEWS = {
    "a-instruire": (Progress.TODO, "À instruire"),
    "proposes": (Progress.PROPOSED, "Proposition faite"),
    "rendus": (Progress.GIVEN, "Avis rendu"),
}


@bp.get("")
@requires(Permission.INSTRUCT)
def calls() -> Response | str:
    """List the calls that this person instructs; one alone opens at once."""
    with db().reading() as session:
        cards = instruction.my_calls(session, actor(), now=clock.now())
    if len(cards) == 1:
        return redirect(url_for("correspondent.queue", slug=cards[0].call.slug))
    return render_template("correspondent/calls.html", cards=cards)


@bp.get("/<slug>")
@requires(Permission.INSTRUCT)
def queue() -> str:
    """Show the dossiers of the correspondent's regions, by what is left to do."""
    view = request.args.get("vue", "")
    view = view if view in _VIEWS else next(iter(_VIEWS))
    with db().reading() as session:
        definition = call_service.definition_of(session, call())
        choices = (
            lists.regions(instruction.regions_of(definition, actor(), call())),
            lists.stages(definition),
            lists.Choice("computed", "Règles calculées", lists.RESULTS),
            lists.Choice("state", "Recevabilité", lists.STATES),
        )
        listed = lists.ListView(choices, view=view)
        page = instruction.queue(session, actor(), call(), _VIEWS[view][0], listed.asked, now=clock.now())
        shown = [line.reference for line in page.page.items]
        unread = correspondence.unread_by_reference(session, actor(), shown)
    tabs = [
        {
            "label": label,
            "href": url_for("correspondent.queue", slug=call().slug, vue=key),
            "count": page.counts.get(progress, 0),
            "current": key == view,
        }
        for key, (progress, label) in _VIEWS.items()
    ]
    return render_template(
        "correspondent/queue.html",
        queue=page,
        unread=unread,
        listed=listed,
        tabs=tabs,
        view=view,
        breadcrumb=trail()[:2],
    )
