"""Saved scenarios: one opened, two compared; named again, copied, computed again, erased."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.selection import scenario_page
from ptce_aap.services.selection import scenarios as service
from ptce_aap.services.selection.scenarios import State
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.forms import typed_text
from ptce_aap.web.management.room import bp, page_number, same_list
from ptce_aap.web.management.selection_form import address_of
from ptce_aap.web.management.simulation import selection_trail, shared
from ptce_aap.web.messages import sentence

_WAITING = {
    State.WAITING: "Calcul en cours…",
    State.DONE: "La sélection est calculée.",
    State.FAILED: "Le calcul n’a pas abouti.",
}


@bp.get("/<slug>/selection/comparer")
@requires(Permission.SEE_RANKING)
def compare_scenarios() -> str:
    """Show two scenarios side by side."""
    chosen = [typed_text(request.args.get(name)) for name in ("a", "b")]
    with db().reading() as session:
        page = scenario_page.compared(session, actor(), call(), chosen)
    proposed = [card.reference for card in page.cards[:2]] or ["", ""]
    labels = zip("ab", ("Premier scénario", "Second scénario"), chosen, proposed, strict=False)
    return render_template(
        "management/selection_compare.html",
        page=page,
        choices=[(key, label, asked or default) for key, label, asked, default in labels],
        breadcrumb=selection_trail(("Comparer deux scénarios", None)),
        **shared(page.inputs, page.names),
    )


@bp.get("/<slug>/selection/<reference>")
@requires(Permission.SEE_RANKING)
def scenario(reference: str) -> str:
    """Show a scenario with its answer."""
    return _scenario_page(reference)


@bp.get("/<slug>/selection/<reference>/etat")
@requires(Permission.SEE_RANKING)
def scenario_state(reference: str) -> Response:
    """Say how far a scenario is, for the page that follows it."""
    with db().reading() as session:
        found = service.state(session, actor(), call(), reference)
    state: dict[str, Any] = {"state": found.value, "done": int(found is State.DONE), "total": 1}
    if found is not State.WAITING:
        state["href"] = url_for("management.scenario", slug=call().slug, reference=reference)
    return jsonify(message=_WAITING[found], **state)


@bp.post("/<slug>/selection/<reference>/nom")
@requires(Permission.SIMULATE)
def rename_scenario(reference: str) -> Response | tuple[str, int]:
    """Give a scenario another name."""
    name = typed_text(request.form.get("nom"))
    try:
        db().transaction(service.rename, actor(), call().id, reference, name)
    except RuleViolation as refusal:
        if refusal.code == "not_found":
            raise
        return _scenario_page(reference, name=name, refused=sentence(refusal)), 422
    flash("Le scénario a son nouveau nom.", "success")
    return _back(reference)


@bp.post("/<slug>/selection/<reference>/copie")
@requires(Permission.SIMULATE)
def duplicate_scenario(reference: str) -> Response:
    """Copy a scenario and open the copy."""
    copy = db().transaction(service.duplicate, actor(), call().id, reference, now=clock.now())
    flash("Voici la copie du scénario : donnez-lui son nom.", "success")
    return _back(copy)


@bp.post("/<slug>/selection/<reference>/recalculer")
@requires(Permission.SIMULATE)
def compute_scenario_again(reference: str) -> Response:
    """Ask the same of the ranking and the amounts of now."""
    db().transaction(service.compute_again, actor(), call().id, reference, now=clock.now())
    flash("Le scénario repart du classement et des montants d’aujourd’hui.", "success")
    return _back(reference)


@bp.get("/<slug>/selection/<reference>/supprimer")
@requires(Permission.SIMULATE)
def confirm_erasing(reference: str) -> str:
    """Ask once before a scenario is erased."""
    with db().reading() as session:
        page = scenario_page.opened(session, actor(), call(), reference)
    steps = selection_trail((page.opened.card.name, _address(reference)), ("Supprimer", None))
    return render_template("management/selection_erase.html", card=page.opened.card, breadcrumb=steps)


@bp.post("/<slug>/selection/<reference>/supprimer")
@requires(Permission.SIMULATE)
def erase_scenario(reference: str) -> Response:
    """Erase a scenario."""
    db().transaction(service.erase, actor(), call().id, reference)
    flash("Le scénario est supprimé.", "success")
    return redirect(url_for("management.simulation", slug=call().slug))


def _scenario_page(reference: str, *, name: str | None = None, refused: str = "") -> str:
    with db().reading() as session:
        page = scenario_page.opened(session, actor(), call(), reference, page=page_number())
    return render_template(
        "management/selection_scenario.html",
        page=page,
        name=page.opened.card.name if name is None else name,
        refused=refused,
        waiting=_WAITING,
        again=url_for("management.simulation", slug=call().slug, **address_of(page.inputs, page.wish)),
        address=same_list("management.scenario", slug=call().slug, reference=reference),
        breadcrumb=selection_trail((page.opened.card.name, None)),
        **shared(page.inputs, page.names),
    )


def _address(reference: str) -> str:
    return url_for("management.scenario", slug=call().slug, reference=reference)


def _back(reference: str) -> Response:
    return redirect(_address(reference))
