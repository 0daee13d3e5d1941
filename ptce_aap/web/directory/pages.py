"""The pages of a directory: its list, a resource to add or to change, its history, and the acts of one click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain import directory
from ptce_aap.domain.directory import ResourceTable
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.question import Row
from ptce_aap.services.regions import resource_changes, resources
from ptce_aap.services.regions.resources import Entry, Room, Step
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.directory.listed import Listed
from ptce_aap.web.directory.room import bp, list_address, open_list, open_room, region_asked, trail, word_of
from ptce_aap.web.messages import sentence
from ptce_aap.web.questionnaires import QuestionsForm, worded

_MISSING = "Cette réponse est indispensable."


@bp.get("/<slug>/ressources")
@requires(Permission.KEEP_DIRECTORY)
def page() -> str:
    """Show a directory; the first that this person keeps where the address names none."""
    room, entries = open_list(region_asked())
    return render_template(
        "directory/list.html",
        room=room,
        listed=Listed(room, entries),
        any=bool(entries),
        word=word_of(room.place.region),
        breadcrumb=trail(room.place),
    )


@bp.get("/<slug>/ressources/nouvelle")
@requires(Permission.KEEP_DIRECTORY)
def new() -> str:
    """Show the form of a new resource."""
    room = open_room(region_asked())
    if not room.place.kept:
        raise RuleViolation("not_allowed")
    form = _form(room.table)
    form.show({directory.PUBLISHED: True})
    return _new(room, form)


@bp.post("/<slug>/ressources/nouvelle")
@requires(Permission.KEEP_DIRECTORY)
def add() -> Response | tuple[str, int]:
    """Add a resource."""
    room = open_room(region_asked())
    form = _form(room.table)
    form.receive(request.form)
    row = _read(form)
    refused = ""
    if not form.errors:
        try:
            db().transaction(resource_changes.add, actor(), call().id, room.place.region, row, now=clock.now())
        except NotFound:
            raise
        except RuleViolation as refusal:
            refused = sentence(refusal)
        else:
            flash(f"«\u00a0{row[directory.NAME]}\u00a0» est dans l’annuaire.", "success")
            return redirect(list_address(room.place))
    return _new(room, form, refused), 422


@bp.get("/<slug>/ressources/<identifier>")
@requires(Permission.KEEP_DIRECTORY)
def resource(identifier: str) -> str:
    """Show a resource to change, or to read where this person does not keep it, with its history."""
    room, entry, steps = _opened(identifier)
    form = _form(room.table)
    form.show(entry.row)
    return _resource(room, entry, steps, form)


@bp.post("/<slug>/ressources/<identifier>")
@requires(Permission.KEEP_DIRECTORY)
def change(identifier: str) -> Response | tuple[str, int]:
    """Change what is said of a resource; what was typed stays where it is refused."""
    room, entry, steps = _opened(identifier)
    form = _form(room.table)
    form.receive(request.form)
    row = _read(form)
    refused = ""
    if not form.errors:
        try:
            db().transaction(
                resource_changes.change, actor(), call().id, identifier, row, shown=_shown(), now=clock.now()
            )
        except NotFound:
            raise
        except RuleViolation as refusal:
            refused = sentence(refusal)
        else:
            flash(f"«\u00a0{row[directory.NAME]}\u00a0» est enregistrée.", "success")
            return redirect(list_address(room.place))
    return _resource(room, entry, steps, form, refused), 422


@bp.post("/<slug>/ressources/<identifier>/valable")
@requires(Permission.KEEP_DIRECTORY)
def check(identifier: str) -> Response:
    """Say that a resource still holds."""
    return _act(identifier, resource_changes.check, "est vérifiée aujourd’hui.", shown=_shown())


@bp.post("/<slug>/ressources/<identifier>/retirer")
@requires(Permission.KEEP_DIRECTORY)
def withdraw(identifier: str) -> Response:
    """Take a resource out of the directory; the tab of what was withdrawn puts it back."""
    told = "est retirée : les candidats ne la voient plus. L’onglet « Retirées » permet de la rétablir."
    return _act(identifier, resource_changes.withdraw, told, shown=_shown())


@bp.post("/<slug>/ressources/<identifier>/retablir")
@requires(Permission.KEEP_DIRECTORY)
def restore(identifier: str) -> Response:
    """Put a withdrawn resource back as it was."""
    return _act(identifier, resource_changes.restore, "est de nouveau dans l’annuaire.")


def _act(identifier: str, act: Callable[..., None], told: str, **how: Any) -> Response:
    room, entry, _ = _opened(identifier)
    back = list_address(room.place, **({"vue": request.form["vue"]} if request.form.get("vue") else {}))
    try:
        db().transaction(act, actor(), call().id, identifier, now=clock.now(), **how)
    except NotFound:
        raise
    except RuleViolation as refusal:
        flash(sentence(refusal), "error")
        return redirect(back)
    flash(f"«\u00a0{entry.name}\u00a0» {told}", "success")
    return redirect(back)


def _opened(identifier: str) -> tuple[Room, Entry, tuple[Step, ...]]:
    with db().reading() as session:
        room, entry = resources.one(session, actor(), call(), identifier, now=clock.now())
        return room, entry, resources.history(session, identifier, room.table)


def _form(table: ResourceTable) -> QuestionsForm:
    return QuestionsForm(table.table.fields, prefix="r-")


def _read(form: QuestionsForm) -> Row:
    """Return what was typed; messages stand beside what is missing or wrong."""
    row = {key: given.value for key, given in form.read().items() if given.value is not None}
    for entry in form.entries:
        field = entry.fields[0]
        if entry.question.required and entry.question.key not in row and not field.errors:
            field.errors = [_MISSING]
    for refusal in directory.refusals_of(row):
        entry = form[refusal.place]
        entry.fields[0].errors = [*entry.fields[0].errors, worded(refusal, entry.question)]
    return row


def _shown() -> int:
    told = request.form.get("vu", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0


def _new(room: Room, form: QuestionsForm, refused: str = "") -> str:
    return render_template(
        "directory/new.html",
        room=room,
        form=form,
        refused=refused,
        word=word_of(room.place.region),
        back=list_address(room.place),
        breadcrumb=trail(room.place, ("Nouvelle ressource", None)),
    )


def _resource(room: Room, entry: Entry, steps: tuple[Step, ...], form: QuestionsForm, refused: str = "") -> str:
    return render_template(
        "directory/resource.html",
        room=room,
        entry=entry,
        steps=steps,
        form=form,
        refused=refused,
        editable=room.place.kept and entry.withdrawn_at is None,
        action=url_for("directory.change", slug=call().slug, identifier=entry.reference),
        back=list_address(room.place),
        breadcrumb=trail(room.place, (entry.name, None)),
    )
