"""Simulations: trying a selection, and seeing at once what the line becomes."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.selection import scenario_inputs, scenario_page, scenarios
from ptce_aap.services.selection.scenario_inputs import Inputs, theme_options
from ptce_aap.services.selection.scenario_page import Live
from ptce_aap.services.selection.scenarios import Card
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.forms import typed_text
from ptce_aap.web.management import selection_words
from ptce_aap.web.management.room import Trail, bp, page_number, same_list, trail
from ptce_aap.web.management.selection_form import (
    LEVELS,
    PAIRS,
    address_of,
    default_wish,
    form_for,
    read_wish,
)
from ptce_aap.web.messages import sentence

_CLOSED = {"deport", "no_ranking"}


@bp.get("/<slug>/selection")
@requires(Permission.SEE_RANKING)
def simulation() -> str:
    """Try a selection; its limits are in the address."""
    try:
        with db().reading() as session:
            inputs = scenario_inputs.read(session, actor(), call())
            cards = scenarios.listed(session, call())
    except RuleViolation as refusal:
        if refusal.code not in _CLOSED:
            raise
        return render_template("management/selection_closed.html", closed=refusal.code, breadcrumb=selection_trail())
    return _room(inputs, cards, request.args)


@bp.post("/<slug>/selection")
@requires(Permission.SIMULATE)
def save_scenario() -> Response | tuple[str, int]:
    """Save the selection that is tried under a name; the worker answers it where a walk does not."""
    with db().reading() as session:
        inputs = scenario_inputs.read(session, actor(), call())
        cards = scenarios.listed(session, call())
    wish = read_wish(form_for(inputs, request.form), inputs)
    if wish is None:
        return _room(inputs, cards, request.form), 422
    name = typed_text(request.form.get("nom"))
    try:
        reference = db().transaction(scenarios.save, actor(), call().id, name, wish, now=clock.now())
    except RuleViolation as refusal:
        return _room(inputs, cards, request.form, name=name, refused=sentence(refusal)), 422
    flash("Le scénario est enregistré.", "success")
    return redirect(url_for("management.scenario", slug=call().slug, reference=reference))


def selection_trail(*steps: tuple[str, str | None]) -> Trail:
    """Return where the reader is, from the list of the calls down to a page of simulations."""
    ranking = url_for("management.ranking", slug=call().slug)
    here = url_for("management.simulation", slug=call().slug) if steps else None
    return trail(("Classement", ranking), ("Simulations", here), *steps)


def _room(inputs: Inputs, cards: list[Card], values: MultiDict[str, str], *, name: str = "", refused: str = "") -> str:
    asked = "enveloppe" in values
    form = form_for(inputs, values) if asked else form_for(inputs)
    wish = read_wish(form, inputs) if asked else default_wish(inputs)
    live: Live | None = scenario_page.live(inputs, wish, page=page_number()) if wish is not None else None
    kept = address_of(inputs, wish) if wish is not None else {}
    names = live.shown.names if live is not None and live.shown is not None else {}
    return render_template(
        "management/selection.html",
        inputs=inputs,
        cards=cards,
        form=form,
        wish=wish,
        live=live,
        kept=kept,
        name=name,
        refused=refused,
        address=same_list("management.simulation", slug=call().slug, **kept),
        breadcrumb=selection_trail(),
        **shared(inputs, names),
    )


def shared(inputs: Inputs, names: Any) -> dict[str, Any]:
    """Return what every page of simulations shows: its words, the fields of its call, who may save."""
    return {
        "words": selection_words.Words(inputs, names),
        "said": selection_words,
        "themes": theme_options(inputs),
        "pairs": range(1, PAIRS + 1),
        "levels": range(1, LEVELS + 1),
        "may_simulate": actor().may(Permission.SIMULATE, call().id),
    }
