"""What the dossiers of a correspondent's regions say together."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.regions import synthesis as service
from ptce_aap.services.regions.synthesis import Synthesis
from ptce_aap.web import syntheses
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.correspondent.room import bp, trail


@bp.get("/<slug>/synthese")
@requires(Permission.INSTRUCT)
def synthesis() -> str:
    """Show the synthesis of one region, or of all those that this person holds."""
    slug = call().slug
    return syntheses.show(
        _page(),
        "correspondent.synthesis",
        lambda reference: url_for("correspondent.dossier", slug=slug, reference=reference),
        trail(("Synthèse", None)),
        regional=True,
    )


@bp.get("/<slug>/synthese/<form>")
@requires(Permission.INSTRUCT)
def synthesis_file(form: str) -> Response:
    """Give it as a PDF or a workbook."""
    return syntheses.send(_page(), form)


def _page() -> Synthesis:
    with db().reading() as session:
        return service.of_regions(session, actor(), call(), syntheses.asked(), now=clock.now())
