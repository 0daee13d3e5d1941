"""A directory and spreadsheets: its template and its export, what a file will change, then one act; taking over."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from ptce_aap import clock
from ptce_aap.documents import table_file
from ptce_aap.domain import directory
from ptce_aap.domain.directory_import import Fate, Plan, Refused
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.question import Question
from ptce_aap.domain.refusals import Refusal
from ptce_aap.services.regions import resource_imports, resource_taking_over, resources
from ptce_aap.services.regions.resource_imports import Pending
from ptce_aap.services.regions.resources import Room
from ptce_aap.storage import inspection
from ptce_aap.web import brought_tables, downloads
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.directory.room import bp, list_address, open_list, open_room, region_asked, trail, word_of
from ptce_aap.web.messages import sentence
from ptce_aap.web.questionnaires import worded

_FILES = {
    "xlsx": (table_file.write_xlsx, inspection.MEDIA_TYPES[inspection.FileKind.XLSX]),
    "csv": (table_file.write_csv, "text/csv"),
}
_TEMPLATE, _WHOLE = "modele", "annuaire"
_MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do, as its keeper reads it; ``mark`` is that of the directory that it was drawn from."""

    pending: Pending
    plan: Plan
    mark: str
    refused: tuple[tuple[Refused, str], ...]  # each with the label of its column

    @property
    def more(self) -> int:
        """Return how many changes are not shown."""
        return max(len(self.plan.acts) - _MOST_SHOWN, 0)


@bp.get("/<slug>/ressources/fichiers/<name>.<kind>")
@requires(Permission.KEEP_DIRECTORY)
def spreadsheet(name: str, kind: str) -> Response:
    """Give the template of a directory, or what it holds: withdrawn resources are left out."""
    room, entries = open_list(region_asked())
    if kind not in _FILES or name not in {_TEMPLATE, _WHOLE}:
        raise NotFound()
    write, media_type = _FILES[kind]
    out = io.BytesIO()
    template = name == _TEMPLATE
    rows = [
        {directory.REFERENCE: entry.reference, directory.PUBLISHED: False, **entry.row}
        for entry in entries
        if entry.withdrawn_at is None
    ]
    write(room.table.table if template else room.table.spreadsheet, () if template else rows, out, template=template)
    told = "modèle" if template else room.place.name
    filename = f"{inspection.clean_name(f'{room.table.settings.title} - {told}')}.{kind}"
    return downloads.made(out.getvalue(), filename=filename, media_type=media_type)


@bp.get("/<slug>/ressources/importer")
@requires(Permission.KEEP_DIRECTORY)
def bring() -> str:
    """Show how to bring a directory, from a spreadsheet or from another call."""
    return _render(_kept_room())


@bp.post("/<slug>/ressources/importer")
@requires(Permission.KEEP_DIRECTORY)
def receive() -> AnyResponse | tuple[str, int]:
    """Read a file or pasted cells, keep what they say, and show it before anything changes."""
    room = _kept_room()
    pasted = request.form.get("cellules", "")
    try:
        name, brought = brought_tables.received(room.table.spreadsheet, request.files.get("fichier"), pasted)
        messages = brought_tables.messages(brought)
        kept = db().transaction(
            resource_imports.keep, actor(), call().id, room.place.region, name, brought, messages, now=clock.now()
        )
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _render(room, refused=sentence(refusal), pasted=pasted), 422
    word = word_of(room.place.region)
    return redirect(url_for("directory.preview", slug=call().slug, upload=kept, region=word))


@bp.get("/<slug>/ressources/importer/<upload>")
@requires(Permission.KEEP_DIRECTORY)
def preview(upload: str) -> str:
    """Show what importing will add and change, and which lines are refused."""
    return _preview(upload)


@bp.post("/<slug>/ressources/importer/<upload>")
@requires(Permission.KEEP_DIRECTORY)
def import_directory(upload: str) -> AnyResponse | tuple[str, int]:
    """Import what was brought, in one act."""
    room = _kept_room()
    try:
        plan = db().transaction(
            resource_imports.apply,
            actor(),
            call().id,
            room.place.region,
            upload,
            shown=request.form.get("vu", ""),
            now=clock.now(),
        )
    except Conflict:
        told = "L’annuaire a changé entre-temps : rien n’a été importé. Voici ce que l’import ferait maintenant."
        return _preview(upload, refused=told), 409
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _preview(upload, refused=sentence(refusal)), 422
    added, changed = plan.count(Fate.ADDED), plan.count(Fate.CHANGED)
    flash(f"C’est importé\u00a0: {added} ajoutées, {changed} modifiées.", "success")
    return redirect(list_address(room.place))


@bp.post("/<slug>/ressources/reprendre")
@requires(Permission.KEEP_DIRECTORY)
def take_over() -> AnyResponse | tuple[str, int]:
    """Take the resources of the same region over from another call."""
    room = _kept_room()
    source = request.form.get("appel", "")
    try:
        count = db().transaction(
            resource_taking_over.take_over, actor(), call().id, room.place.region, source, now=clock.now()
        )
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _render(room, refused=sentence(refusal)), 422
    words = f"{count} ressources sont reprises" if count > 1 else "Une ressource est reprise"
    flash(f"{words}\u00a0: vérifiez-les une à une.", "success")
    return redirect(list_address(room.place, vue="a-verifier"))


def _kept_room() -> Room:
    room = open_room(region_asked())
    if not room.place.kept:
        raise NotFound()
    return room


def _render(room: Room, *, refused: str = "", pasted: str = "") -> str:
    with db().reading() as session:
        sources = resource_taking_over.sources(session, call(), room.place.region)
    return render_template(
        "directory/import.html",
        room=room,
        sources=sources,
        word=word_of(room.place.region),
        refused=refused,
        pasted=pasted,
        errors=[("fichier", refused)] if refused else [],
        back=list_address(room.place),
        breadcrumb=trail(room.place, ("Importer", None)),
    )


def _preview(upload: str, *, refused: str = "") -> str:
    room, entries = open_list(region_asked())
    if not room.place.kept:
        raise NotFound()
    with db().reading() as session:
        pending = resource_imports.pending(
            session, actor(), call(), room.place.region, room.table, upload, now=clock.now()
        )
    plan = resource_imports.plan_of(room.table, entries, pending)
    columns = {column.key: column for column in room.table.spreadsheet.fields}
    refusals = [(one, columns[one.column]) for one in plan.refused]
    word = word_of(room.place.region)
    again = url_for("directory.bring", slug=call().slug, region=word)
    return render_template(
        "directory/preview.html",
        room=room,
        preview=Preview(
            pending,
            plan,
            resources.mark_of(entries),
            tuple((_worded(one, column), column.label) for one, column in refusals),
        ),
        acts=plan.acts[:_MOST_SHOWN],
        refused=refused,
        word=word,
        again=again,
        back=list_address(room.place),
        breadcrumb=trail(room.place, ("Importer", again), ("Vérifier", None)),
    )


def _worded(refused: Refused, column: Question) -> Refused:
    return replace(refused, message=worded(Refusal(column.path, "", refused.message), column))
