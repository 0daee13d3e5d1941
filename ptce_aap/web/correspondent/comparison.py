"""Two to four dossiers of one's regions side by side, at an address that can be kept."""

from __future__ import annotations

from flask import render_template, request, url_for

from ptce_aap import clock
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.instruction import comparisons
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.correspondent.room import bp, trail
from ptce_aap.web.messages import sentence


@bp.get("/<slug>/comparer")
@requires(Permission.INSTRUCT)
def compare() -> str | tuple[str, int]:
    """Show the dossiers that the address names; fewer than two, or more than four, is said in words."""
    chosen = list(dict.fromkeys(request.args.getlist("dossier")))
    found, refused = None, ""
    with db().reading() as session:
        try:
            found = comparisons.compare(session, actor(), call(), chosen, now=clock.now())
        except NotFound:
            raise
        except RuleViolation as refusal:
            refused = sentence(refusal)
    page = render_template(
        "correspondent/compare.html",
        found=found,
        refused=refused,
        without=lambda reference: _address([one for one in chosen if one != reference]),
        may_remove=len(chosen) > comparisons.FEWEST,
        breadcrumb=trail(("Classement régional", url_for("correspondent.ranks", slug=call().slug)), ("Comparer", None)),
    )
    return (page, 422) if refused and chosen else page


def _address(references: list[str]) -> str:
    return url_for("correspondent.compare", slug=call().slug, dossier=references)
