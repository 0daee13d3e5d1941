"""The journal of a call: who did what, when, in words."""

from __future__ import annotations

from flask import render_template, request

from ptce_aap import clock
from ptce_aap.domain.permissions import ROLE_LABELS, Permission
from ptce_aap.services.journal import journal_page, journal_state
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.management import acts
from ptce_aap.web.management.room import bp, page_number, same_list, trail


@bp.get("/<slug>/journal")
@requires(Permission.READ_JOURNAL)
def journal() -> str:
    """Show a page of the journal."""
    asked = {name: request.args.get(name, "")[:100] for name in ("act", "person")}
    with db().reading() as session:
        page = journal_page.read(session, actor(), call(), **asked, page=page_number(), now=clock.now())
        state = journal_state.state_of(session, call(), now=clock.now())
    return render_template(
        "management/journal.html",
        page=page,
        state=state,
        asked=asked,
        act_words=acts.words,
        fact_words=acts.facts,
        role_labels=ROLE_LABELS,
        address=same_list("management.journal", slug=call().slug, **asked),
        breadcrumb=trail(("Journal", None)),
    )
