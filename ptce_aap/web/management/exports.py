"""Exports: asking for a file, following the job that makes it, taking it."""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.region_exports import PURPOSE_LABELS
from ptce_aap.services.regions import exports as region_exports
from ptce_aap.services.selection import exports as service
from ptce_aap.services.selection.exports import BUNDLE_FORMATS, MARKS_FORMATS, SHORTLIST_FORMATS, Asked, What
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.management.room import bp, trail
from ptce_aap.web.messages import sentence

TITLES = {
    What.SHORTLIST: "Liste classée",
    What.MARKS: "Toutes les notes",
    What.BUNDLE: "Archive vérifiable",
}
_OFFERED = {
    What.SHORTLIST: "La liste figée : retenus, liste complémentaire, non retenus, non classés. Mêmes données, même "
    "fichier à l’octet près.",
    What.MARKS: "Une ligne par fiche rendue : dossier, lecteur, note et commentaire de chaque critère, total.",
    What.BUNDLE: "Pour un juge, un auditeur ou un journaliste : de quoi refaire le classement et la liste sans ce "
    "service, et vérifier que le journal n’a pas été modifié. Ni nom, ni texte. Le journal scelle ce qu’elle contient.",
}
_LABELS = {
    What.SHORTLIST: {form: kind.label for form, kind in SHORTLIST_FORMATS.items()},
    What.MARKS: {form: label for form, (label, _) in MARKS_FORMATS.items()},
    What.BUNDLE: {form: label for form, (label, _) in BUNDLE_FORMATS.items()},
}
STATES = {"queued": "En attente", "running": "En préparation", "done": "Prêt", "failed": "Échec"}
_WAITING = {"queued": "En attente…", "running": "Préparation du fichier…", "done": "Le fichier est prêt."}


@bp.get("/<slug>/exports")
@requires(Permission.EXPORT)
def exports() -> str:
    """Show what can be exported, and one's latest exports."""
    with db().reading() as session:
        mine = [what for what in What if what is not What.BUNDLE or actor().may(Permission.READ_JOURNAL, call().id)]
        refused = {what: _refusal(session, what) for what in mine}
        recent = service.recent(session, actor(), call(), now=clock.now())
        of_regions = region_exports.recent_of_all(session, actor(), call(), now=clock.now())
    return render_template(
        "management/exports.html",
        titles=TITLES,
        offered=_OFFERED,
        formats=_LABELS,
        refused=refused,
        recent=recent,
        of_regions=of_regions,
        region_formats=region_exports.FORMATS,
        purposes=PURPOSE_LABELS,
        states=STATES,
        words=_WAITING,
        breadcrumb=trail(("Exports", None)),
    )


@bp.post("/<slug>/exports")
@requires(Permission.EXPORT)
def ask_export() -> Response:
    """Ask for an export; its page follows the job."""
    what, form = request.form.get("what", ""), request.form.get("form", "")
    if what not in set(What):
        raise NotFound()
    reference = db().transaction(service.request, actor(), call(), What(what), form, now=clock.now())
    return redirect(url_for("management.export", slug=call().slug, reference=reference))


@bp.get("/<slug>/exports/<reference>")
@requires(Permission.EXPORT)
def export(reference: str) -> str:
    """Follow one's export."""
    asked = _follow(reference)
    steps = trail(("Exports", url_for("management.exports", slug=call().slug)), (TITLES[asked.what], None))
    message = _message(asked)
    return render_template(
        "management/export.html", asked=asked, title=TITLES[asked.what], message=message, breadcrumb=steps
    )


@bp.get("/<slug>/exports/<reference>/etat")
@requires(Permission.EXPORT)
def export_state(reference: str) -> Response:
    """Say how far one's export is, for the page that follows it."""
    asked = _follow(reference)
    state: dict[str, Any] = {"state": asked.state, "done": asked.done, "total": asked.total, "message": _message(asked)}
    if asked.state in {"done", "failed"}:
        state["href"] = url_for("management.export", slug=call().slug, reference=reference)
    return jsonify(state)


@bp.get("/<slug>/exports/<reference>/fichier")
@requires(Permission.EXPORT)
def take_export(reference: str) -> Response:
    """Give one's export, if one still may have it."""
    with db().reading() as session:
        file = service.take(session, actor(), call(), reference, now=clock.now())
    return downloads.send(file.digest, filename=file.filename, media_type=file.media_type)


def _follow(reference: str) -> Asked:
    with db().reading() as session:
        return service.follow(session, actor(), call(), reference, now=clock.now())


def _refusal(session: Any, what: What) -> str:
    try:
        service.require_right(session, actor(), call(), what)
    except RuleViolation as refusal:
        return sentence(refusal)
    return ""


def _message(asked: Asked) -> str:
    if asked.state == "failed":
        return sentence(RuleViolation(asked.error or "job_failed"))
    if asked.state == "running" and asked.total:
        return f"Préparation du fichier : {asked.done} sur {asked.total}."
    return _WAITING[asked.state]
