"""Exports of the correspondent's regions: asking with a purpose, following the job, taking the file; who took what."""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.region_exports import PURPOSE_LABELS, WORDS_LENGTH, Purpose
from ptce_aap.services.calls import calls as call_service
from ptce_aap.services.instruction import instruction
from ptce_aap.services.regions import exports as service
from ptce_aap.services.regions.exports import FORMATS, MOST_LISTED, Asked, Wanted
from ptce_aap.web import downloads, lists
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.correspondent.room import bp, trail
from ptce_aap.web.forms import typed_text
from ptce_aap.web.management.exports import STATES
from ptce_aap.web.messages import sentence

_FILTERS = ("q", "region", "avancement", "regles", "etat")
WAITING = {"queued": "En attente…", "running": "Préparation du fichier…", "done": "Le fichier est prêt."}


@bp.get("/<slug>/exports")
@requires(Permission.INSTRUCT)
def exports() -> str:
    """Show what can be exported, and the exports of one's regions."""
    return _page()


@bp.post("/<slug>/exports")
@requires(Permission.INSTRUCT)
def ask_export() -> Response | tuple[str, int]:
    """Ask for an export of the dossiers that the address finds, or of those that are ticked."""
    purpose = request.form.get("usage", "")
    if purpose not in set(Purpose):
        return _page("Choisissez l’usage de ce fichier."), 422
    wanted = Wanted(
        form=request.form.get("format", ""),
        purpose=Purpose(purpose),
        words=typed_text(request.form.get("precision")),
        asked=_listed().asked,
        chosen=tuple(request.form.getlist("dossier")),
    )
    try:
        reference = db().transaction(service.request, actor(), call(), wanted, now=clock.now())
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _page(sentence(refusal)), 422
    return redirect(url_for("correspondent.export", slug=call().slug, reference=reference))


@bp.get("/<slug>/exports/<reference>")
@requires(Permission.INSTRUCT)
def export(reference: str) -> str:
    """Follow one's export."""
    asked = _follow(reference)
    title = FORMATS[asked.form][0]
    steps = trail(("Exports", url_for("correspondent.exports", slug=call().slug)), (title, None))
    return render_template(
        "correspondent/export.html",
        asked=asked,
        title=title,
        message=_message(asked),
        purposes=PURPOSE_LABELS,
        breadcrumb=steps,
    )


@bp.get("/<slug>/exports/<reference>/etat")
@requires(Permission.INSTRUCT)
def export_state(reference: str) -> Response:
    """Say how far one's export is, for the page that follows it."""
    asked = _follow(reference)
    state = {"state": asked.state, "done": asked.done, "total": asked.total, "message": _message(asked)}
    if asked.state in {"done", "failed"}:
        state["href"] = url_for("correspondent.export", slug=call().slug, reference=reference)
    return jsonify(state)


@bp.get("/<slug>/exports/<reference>/fichier")
@requires(Permission.INSTRUCT)
def take_export(reference: str) -> Response:
    """Give one's export, while each of its dossiers is open to its asker."""
    with db().reading() as session:
        file = service.take(session, actor(), call(), reference, now=clock.now())
    return downloads.send(file.digest, filename=file.filename, media_type=file.media_type)


def _page(refused: str = "") -> str:
    listed = _listed()
    with db().reading() as session:
        offered = service.offered(session, actor(), call(), listed.asked, now=clock.now())
        recent = service.recent(session, actor(), call(), now=clock.now())
    kept: dict[str, Any] = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    return render_template(
        "correspondent/exports.html",
        offered=offered,
        listed=listed,
        recent=recent,
        formats=FORMATS,
        purposes=PURPOSE_LABELS,
        given=request.form,
        chosen=frozenset(request.form.getlist("dossier")),
        action=url_for("correspondent.ask_export", slug=call().slug, **kept),
        clear=url_for("correspondent.exports", slug=call().slug),
        most_listed=MOST_LISTED,
        words_length=WORDS_LENGTH,
        states=STATES,
        refused=refused,
        breadcrumb=trail(("Exports", None)),
    )


def _listed() -> lists.ListView:
    with db().reading() as session:
        definition = call_service.definition_of(session, call())
        return lists.ListView(
            (
                lists.regions(instruction.regions_of(definition, actor(), call())),
                lists.stages(definition),
                lists.Choice("computed", "Règles calculées", lists.RESULTS),
                lists.Choice("state", "Recevabilité", lists.STATES),
            )
        )


def _follow(reference: str) -> Asked:
    with db().reading() as session:
        return service.follow(session, actor(), call(), reference, now=clock.now())


def _message(asked: Asked) -> str:
    if asked.state == "failed":
        return sentence(RuleViolation(asked.error or "job_failed"))
    if asked.state == "running" and asked.total:
        return f"Préparation du fichier : {asked.done} sur {asked.total}."
    return WAITING[asked.state]
