"""Sharing the readings out: what is asked for, the proposal that the worker computes, why each pair and why not."""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField, RadioField, SelectMultipleField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from ptce_aap import clock
from ptce_aap.domain.assignment.instance import Objective
from ptce_aap.domain.assignment.planning import Keep, PlanSettings
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.models import ReadingPlan
from ptce_aap.services.assignment import plan_applying, plan_page, plan_situation, plan_store
from ptce_aap.services.assignment.plan_page import DossierLine, PlanPage
from ptce_aap.services.assignment.plan_situation import Known
from ptce_aap.services.dossiers.dossiers import Page
from ptce_aap.web.access import requires
from ptce_aap.web.assignment import words
from ptce_aap.web.assignment.room import assignment_trail, bp
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.forms import PageForm
from ptce_aap.web.messages import sentence

_A_PAGE = 25


class SettingsForm(PageForm):
    """What is asked of a proposal."""

    readings = IntegerField("Lectures par dossier", [InputRequired("Indiquez un nombre de lectures.")])
    keep = RadioField(
        "Les lectures déjà confiées",
        choices=[
            (Keep.ALL.value, "Elles restent : la proposition confie seulement ce qui manque"),
            (Keep.BEGUN.value, "Elles peuvent changer, sauf celles qui sont commencées"),
        ],
    )
    objective = RadioField(
        "Ce qui est recherché",
        choices=[
            (
                Objective.FAIR.value,
                "Le dossier le moins bien servi l’est le mieux possible, puis le plus de points en tout",
            ),
            (Objective.TOTAL.value, "Le plus de points en tout"),
        ],
    )
    region_exclusion = BooleanField("Un membre ne lit aucun dossier de son territoire")
    seats = SelectMultipleField(
        "Sur chaque dossier, au moins un membre qui représente",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


@bp.route("/affectation/repartir", methods=["GET", "POST"])
@requires(Permission.ASSIGN)
def spread() -> Response | str | tuple[str, int]:
    """Show what a proposal starts from, and ask the worker for one."""
    with db().reading() as session:
        known = plan_situation.known(session, actor(), call(), now=clock.now())
        last = plan_store.latest(session, actor(), call(), now=clock.now())
    form = _form(known, last)
    if form.validate_on_submit():
        try:
            return _ask(_settings(form))
        except RuleViolation as refusal:
            form.refuse(refusal, "readings" if refusal.code == "readings_out_of_range" else None)
    page = render_template(
        "assignment/spread.html",
        form=form,
        known=known,
        last=last,
        breadcrumb=assignment_trail(("Répartir les lectures", None)),
    )
    return (page, 422) if form.is_submitted() else page


@bp.get("/affectation/propositions/<reference>")
@requires(Permission.ASSIGN)
def plan(reference: str) -> str:
    """Show a proposal: how fair it is, what each juror would carry, the readers of each dossier with why."""
    with db().reading() as session:
        found = plan_page.page(session, actor(), call(), reference, now=clock.now())
    return render_template(
        "assignment/plan.html",
        found=found,
        plan=found.plan,
        page=_page_of(found.lines) if found.sharing is not None else None,
        why=words.why,
        blocks=_blocks(found),
        fewer=words.fewer(_blocking(found)),
        message=_message(found.plan),
        undoable=plan_applying.may_be_undone(found),
        breadcrumb=_trail(),
    )


@bp.get("/affectation/propositions/<reference>/etat")
@requires(Permission.ASSIGN)
def plan_state(reference: str) -> Response:
    """Say how far a proposal is, for the page that follows it."""
    with db().reading() as session:
        found = plan_store.find(session, actor(), call(), reference, now=clock.now())
    over = found.computed_at is not None or found.error is not None
    state: dict[str, Any] = {"state": "done" if over else "running", "done": int(over), "total": 1}
    state["message"] = _message(found)
    if over:
        state["href"] = url_for("assignment.plan", slug=call().slug, reference=reference)
    return jsonify(state)


@bp.post("/affectation/propositions/<reference>/moins")
@requires(Permission.ASSIGN)
def do_with_fewer(reference: str) -> Response:
    """Ask again, the blocked dossiers doing with the readings that they can have."""
    with db().reading() as session:
        found = plan_page.page(session, actor(), call(), reference, now=clock.now())
    given_up = words.fewer(_blocking(found))
    settings = PlanSettings.from_json({**found.settings.as_json(), "fewer": {**found.settings.fewer, **given_up}})
    return _ask(settings)


def _ask(settings: PlanSettings) -> Response:
    reference = db().transaction(plan_store.ask, actor(), call().id, settings, now=clock.now())
    return redirect(url_for("assignment.plan", slug=call().slug, reference=reference))


def _form(known: Known, last: ReadingPlan | None) -> SettingsForm:
    held = PlanSettings.from_json(last.settings) if last else PlanSettings(known.definition.grid.minimal_readings)
    form = SettingsForm(
        data={
            "readings": request.args.get("lectures", held.readings, type=int),
            "keep": Keep.ALL.value,
            "objective": held.objective.value,
            "region_exclusion": held.region_exclusion,
            "seats": held.seats,
        }
    )
    form.seats.choices = [(seat.key, seat.label) for seat in known.definition.sheet.seats]
    if not any(member.region for member in known.situation.members):
        del form.region_exclusion
    if not form.seats.choices:
        del form.seats
    return form


def _settings(form: SettingsForm) -> PlanSettings:
    return PlanSettings(
        readings=form.readings.data or 0,
        objective=Objective(form.objective.data),
        keep=Keep(form.keep.data),
        region_exclusion=bool(form.region_exclusion and form.region_exclusion.data),
        seats=tuple(sorted(form.seats.data or [])) if form.seats else (),
    )


def _page_of(lines: list[DossierLine]) -> Page[DossierLine]:
    pages = max(1, -(-len(lines) // _A_PAGE))
    number = min(max(1, request.args.get("page", 1, type=int)), pages)
    return Page(lines[(number - 1) * _A_PAGE : number * _A_PAGE], number, pages, len(lines))


def _blocking(found: PlanPage) -> list[dict[str, Any]]:
    return list(found.plan.content["blocking"]) if found.plan.content else []


def _blocks(found: PlanPage) -> list[str]:
    names = plan_page.names_of(found)
    return [words.blocking(block, names, found.known.definition) for block in _blocking(found)]


def _message(found: ReadingPlan) -> str:
    if found.error is not None:
        return sentence(RuleViolation(found.error))
    return "La proposition est prête." if found.computed_at is not None else "Calcul de la proposition…"


def _trail() -> list[tuple[str, str | None]]:
    here = url_for("assignment.spread", slug=call().slug)
    return assignment_trail(("Répartir les lectures", here), ("Proposition", None))
