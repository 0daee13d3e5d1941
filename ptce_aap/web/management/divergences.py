"""The page of what parts the regions and the jury."""

from __future__ import annotations

from flask import render_template, url_for

from ptce_aap.domain.permissions import Permission
from ptce_aap.services.ranking import divergences as service
from ptce_aap.services.ranking.divergences import Compared, DivergencePage
from ptce_aap.web.access import requires
from ptce_aap.web.charts.scatter import Dot, ScatterChart, scatter
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.management.room import bp, trail

_HEAD = ("Dossier", "Région", "Avis", "Rang régional", "Rang annoncé", "Écart")


@bp.get("/<slug>/classement/ecarts-avis")
@requires(Permission.SEE_RANKING)
def divergences() -> str:
    """Show where opinions and regional ranks part from the announced ranking."""
    with db().reading() as session:
        page = service.read(session, actor(), call())
    return render_template(
        "management/divergences.html",
        page=page,
        chart=_chart(page) if page.compared else None,
        may_see_room=actor().may(Permission.SEE_CORRECTED, call().id),
        breadcrumb=trail(
            ("Classement", url_for("management.ranking", slug=call().slug)), ("Écarts entre régions et jury", None)
        ),
    )


def _chart(page: DivergencePage) -> ScatterChart:
    assert page.rule is not None
    dots = [_dot(one) for one in sorted(page.compared, key=lambda one: (one.divergence is None, one.placed.rank))]
    return scatter(dots, last=page.listed, parts=page.rule.parts, head=_HEAD)


def _dot(one: Compared) -> Dot:
    placed = one.placed
    cells = (
        f"{one.title} – {one.carrier}",
        one.region,
        one.verdict or "–",
        f"{placed.regional_rank} sur {placed.in_region}",
        f"{placed.rank} sur {placed.listed}",
        "oui" if one.divergence else "non",
    )
    return Dot(one.title, one.share, placed.rank, one.divergence is not None, cells)
