"""How the installation is: what waits, what is late, what to do, in plain words; figures only, nobody's name."""

from __future__ import annotations

from flask import render_template

from ptce_aap.domain.permissions import Permission
from ptce_aap.services.installation import figures, judging
from ptce_aap.services.installation.judging import Seen, State
from ptce_aap.services.ranking import standings
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, counters, db, settings
from ptce_aap.web.management.room import bp, home

KINDS = {State.GOOD: "success", State.SEE: "warning", State.WRONG: "error"}
_ORDER = [State.WRONG, State.SEE, State.GOOD]


@bp.get("/installation")
@requires(Permission.SEE_INSTALLATION)
def installation() -> str:
    """Say of each part how it is, what is wrong first."""
    with db().reading() as session:
        partial = standings.in_deport_somewhere(session, actor())
        seen = judging.judge(figures.read(session, settings()), counts=not partial)
    seen = sorted([*seen, _queue()], key=lambda one: _ORDER.index(one.state))
    return render_template(
        "management/installation.html",
        seen=seen,
        worst=seen[0].state,
        State=State,
        kinds=KINDS,
        partial=partial,
        breadcrumb=[("Pilotage", home()), ("État de l’installation", None)],
    )


def _queue() -> Seen:
    part = "file d’attente"
    if counters().queue_answers():
        return Seen(part, State.GOOD, "elle répond")
    told = "elle ne répond pas : on peut déposer et noter, mais rien ne part ; tout repartira sans rien perdre"
    return Seen(part, State.WRONG, told, "démarrer le serveur de file d’attente (Valkey ou Redis)")
