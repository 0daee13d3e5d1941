"""The correspondent's calls and his queue of dossiers."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain import calendar
from ptce_aap.domain.instruction_work import PAGES_AN_HOUR, SIGNS_A_PAGE, NextAct, Progress
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.calls import calls as call_service
from ptce_aap.services.dossiers import listing
from ptce_aap.services.exchanges import correspondence
from ptce_aap.services.instruction import instruction, opinion_terms, own_papers, saved_views, work_queue
from ptce_aap.services.instruction.work_queue import Work
from ptce_aap.services.joint_acts import absences
from ptce_aap.web import lists
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.correspondent.room import bp, trail
from ptce_aap.web.formats import date_fr

VIEWS = {
    "a-instruire": (Progress.TODO, "À instruire"),
    "complements": (Progress.AWAITED, "Compléments attendus"),
    "proposes": (Progress.OPINION, "Avis à rendre"),
    "rendus": (Progress.GIVEN, "Avis rendus"),
    "non-recevables": (Progress.CLOSED, "Non recevables"),
}
_ALWAYS = {Progress.TODO, Progress.AWAITED, Progress.OPINION, Progress.GIVEN}
_ACTS = {
    NextAct.READ_COMPLEMENTS: ("Lire les compléments reçus", "complements.page", ""),
    NextAct.GO_ON_WITHOUT: ("Reprendre sans les compléments, restés sans réponse", "complements.page", ""),
    NextAct.FILL_SHEET: ("Remplir la fiche", "correspondent.dossier", "#travail"),
    NextAct.FINISH_SHEET: ("Finir la fiche", "correspondent.dossier", "#travail"),
    NextAct.GIVE_OPINION: ("Rendre l’avis", "correspondent.opinion", "#travail"),
    NextAct.FINISH_OPINION: ("Finir et rendre l’avis", "correspondent.opinion", "#travail"),
    NextAct.AWAIT: ("Attendre la réponse", "complements.page", ""),
    NextAct.NOTHING: ("Rien à faire", None, ""),
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
    view = view if view in VIEWS else next(iter(VIEWS))
    with db().reading() as session:
        definition = call_service.definition_of(session, call())
        views = saved_views.views(session, actor(), call())
        labels = own_papers.known(session, actor(), call(), now=clock.now())
        choices = (
            lists.regions(instruction.regions_of(definition, actor(), call())),
            lists.stages(definition),
            lists.Choice("computed", "Règles calculées", lists.RESULTS),
            lists.Choice("state", "Recevabilité", lists.STATES),
            lists.Choice("label", "Étiquette", tuple(labels.items())),
        )
        listed = lists.ListView(choices, view=view, order=listing.FIRST)
        page = work_queue.queue(session, actor(), call(), VIEWS[view][0], listed.asked, now=clock.now())
        acted_for = absences.acted_for(session, actor(), call(), now=clock.now())
        notice = opinion_terms.notice(session, call(), now=clock.now())
        shown = [work.line.reference for work in page.page.items]
        labelled = own_papers.labels_of(session, actor(), call(), shown, now=clock.now()) if labels else {}
        unread = correspondence.unread_by_reference(session, actor(), shown)
    room = url_for("correspondent.queue", slug=call().slug)
    return render_template(
        "correspondent/queue.html",
        queue=page,
        unread=unread,
        labelled=labelled,
        views=[(one.name, lists.with_query(room, one.query)) for one in views],
        acted_for=acted_for,
        notice=notice,
        listed=listed,
        tabs=_tabs(page.counts, view),
        view=view,
        next_act=next_act,
        pages_an_hour=PAGES_AN_HOUR,
        signs_a_page=SIGNS_A_PAGE,
        breadcrumb=trail()[:2],
    )


def next_act(work: Work) -> tuple[str, str | None]:
    """Return the next act of a dossier in words, and the address where it is done."""
    words, endpoint, part = _ACTS[work.act]
    if work.until is not None:
        words = f"{words}, jusqu’au {date_fr(calendar.last_moment(work.until))}"
    if endpoint is None:
        return words, None
    return words, url_for(endpoint, slug=call().slug, reference=work.line.reference) + part


def _tabs(counts: dict[str, int], view: str) -> list[dict[str, object]]:
    return [
        {
            "label": label,
            "href": url_for("correspondent.queue", slug=call().slug, vue=key),
            "count": counts.get(progress, 0),
            "current": key == view,
        }
        for key, (progress, label) in VIEWS.items()
        if progress in _ALWAYS or counts.get(progress) or key == view
    ]
