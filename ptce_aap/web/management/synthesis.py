"""What the dossiers of the call say together, for who manages it."""

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
from ptce_aap.web.management.room import bp, trail


@bp.get("/<slug>/synthese")
@requires(Permission.SEE_MANAGEMENT)
def synthesis() -> str:
    """Show the synthesis of the call, or of one of its regions."""
    slug = call().slug
    return syntheses.show(
        _page(),
        "management.synthesis",
        lambda reference: url_for("dossiers.dossier", slug=slug, reference=reference),
        trail(("Synthèse", None)),
        regional=False,
    )


@bp.get("/<slug>/synthese/<form>")
@requires(Permission.SEE_MANAGEMENT)
def synthesis_file(form: str) -> Response:
    """Give it as a PDF or a workbook."""
    return syntheses.send(_page(), form)


def _page() -> Synthesis:
    with db().reading() as session:
        return service.of_call(session, actor(), call(), syntheses.asked(), now=clock.now())
