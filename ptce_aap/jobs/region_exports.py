"""Makes the exports of regions: what their asker may read is checked again before anything is read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import BinaryIO, TypeVar, cast

from ptce_aap import clock
from ptce_aap.documents import french, region_export
from ptce_aap.documents.dossier import render_dossier
from ptce_aap.documents.spreadsheet import Cell, Column, write_csv
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.region_exports import Cover
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.long_jobs import PRODUCERS, Produced, Progress, Work
from ptce_aap.models import Call, Person
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.regions import export_rows, exports
from ptce_aap.services.selection.export_ends import REGION

_T = TypeVar("_T")
_IN_MEMORY = 8 * 1024 * 1024
_INDEX = (
    Column("number", "Numéro"),
    Column("title", "Nom du pôle"),
    Column("carrier", "Porteur"),
    Column("region", "Région"),
    Column("folder", "Dossier du fichier"),
    Column("joined", "Pièces"),
    Column("closed", "Pièces non comprises"),
    Column("opinion", "Avis rendu"),
)


def make_region(context: JobContext, work: Work, progress: Progress) -> Produced:
    """Write the dossiers asked for, to a file that leaves the memory when it grows."""
    form, total = work.params["format"], len(work.params["dossiers"])
    progress(0, total)
    out = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed by whoever stores it
    now = clock.now()
    with context.database.reading() as session:
        person, call = session.get(Person, work.requester_id), session.get(Call, work.call_id)
        if person is None or call is None or not person.active:
            raise RuleViolation("not_allowed")
        actor = accounts.acting(session, person, now=now)
        chosen = exports.opened(session, actor, call, work.params["dossiers"], now=now)
        definition = calls.definition_of(session, call)
        cover = exports.cover(call, actor, dict(work.params), at=now)

        def followed(found: Iterable[_T]) -> Iterator[_T]:
            for done, one in enumerate(found, 1):
                yield one
                progress(done, total)

        absents = actor.closed_with(call.id)
        table = export_rows.rows(session, actor, definition, chosen, absents) if form in ("csv", "xlsx") else ()
        rows = followed(table)
        match form:
            case "csv":
                region_export.write_region_csv(cover, export_rows.columns(definition), rows, out)
            case "xlsx":
                region_export.write_region_xlsx(cover, export_rows.columns(definition), rows, out)
            case "json":
                documents = followed(export_rows.documents(session, definition, chosen))
                region_export.write_region_json(cover, documents, out)
            case _:
                held = followed(export_rows.folders(session, call, definition, chosen))
                _write_folders(context, definition, cover, held, out)
        name = f"dossiers-{call.slug}.{form}"
    out.seek(0)
    return Produced(out, name, exports.FORMATS[form][1])


def _write_folders(
    context: JobContext,
    definition: CallDefinition,
    cover: Cover,
    held: Iterable[export_rows.Folder],
    out: BinaryIO,
) -> None:
    """Write one folder a dossier, then the list of them and what the archive says of itself."""
    index: list[Sequence[Cell]] = []
    lost = 0
    with region_export.folders(out) as archive:
        for one in held:
            folder = f"{one.number}-{region_export.clean_name(one.title)}"
            archive.add(f"{folder}/dossier.pdf", render_dossier(one.printed))
            if one.opinion is not None and one.opinion.given_at is not None:
                given = french.long_instant(one.opinion.given_at)
                opinion = region_export.render_opinion(
                    one.printed, one.region, definition.opinion, one.opinion_answers, given
                )
                archive.add(f"{folder}/avis.pdf", opinion)
            for place, piece in enumerate(one.pieces, 1):
                name = f"{folder}/pieces/{place:02d}-{region_export.clean_file_name(piece.filename)}"
                try:
                    with context.storage.open(piece.sha256) as stream:
                        archive.copy(name, stream)
                except FileNotFoundError:
                    lost += 1
            told = [one.number, one.title, one.carrier, one.region, folder]
            index.append([*told, str(len(one.pieces)), str(one.closed_pieces), "oui" if one.opinion else "non"])
        table = BytesIO()
        write_csv(_INDEX, index, table)
        archive.add("index.csv", table.getvalue())
        notes = [f"{french.counted(lost, 'pièce introuvable', 'pièces introuvables')}."] if lost else []
        archive.add("LISEZMOI.txt", region_export.read_me(cover, notes))


PRODUCERS[REGION] = make_region
