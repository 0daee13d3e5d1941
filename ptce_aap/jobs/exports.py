"""Makes the exports asked for from the pages: the rights of the requester are checked again before anything is read."""

from __future__ import annotations

import tempfile
from io import BytesIO
from typing import BinaryIO, cast

from ptce_aap import clock
from ptce_aap.documents import marks
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.long_jobs import PRODUCERS, Produced, Progress, Work
from ptce_aap.services.bundles import making
from ptce_aap.services.calls import calls
from ptce_aap.services.jury import marks_export
from ptce_aap.services.selection import exports, shortlists

_IN_MEMORY = 8 * 1024 * 1024


def make_shortlist(context: JobContext, work: Work, progress: Progress) -> Produced:
    """Render the frozen shortlist."""
    form = work.params["format"]
    with context.database.reading() as session:
        call = exports.recheck(session, work.requester_id, work.call_id or 0, exports.What.SHORTLIST)
        printable = shortlists.printable(session, call)
    progress(0, 1)
    kind = exports.SHORTLIST_FORMATS[form]
    return Produced(BytesIO(kind.render(printable)), f"liste-classee-{call.slug}.{form}", kind.media_type)


def make_marks(context: JobContext, work: Work, progress: Progress) -> Produced:
    """Write all the marks, row by row, to a file that leaves the memory when it grows."""
    form = work.params["format"]
    out = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed by whoever stores it
    with context.database.reading() as session:
        call = exports.recheck(session, work.requester_id, work.call_id or 0, exports.What.MARKS)
        columns = marks_export.columns(calls.definition_of(session, call))
        rows = marks_export.rows(session, call, progress)
        match form:
            case "csv":
                marks.write_csv(columns, rows, out)
            case "json":
                marks.write_json(columns, rows, out)
            case _:
                marks.write_xlsx(columns, rows, out, title=f"Notes – {call.title}")
    out.seek(0)
    return Produced(out, f"notes-{call.slug}.{form}", exports.MARKS_FORMATS[form][1])


def make_bundle(context: JobContext, work: Work, progress: Progress) -> Produced:
    """Seal the call in its journal, then write the archive that anybody can verify."""
    sealed = context.database.transaction(exports.seal_bundle, work.requester_id, work.call_id or 0, now=clock.now())
    progress(0, 1)
    with context.database.reading() as session:
        data = making.written(session, sealed)
    return Produced(BytesIO(data), f"archive-{sealed.call}.zip", making.MEDIA_TYPE)


PRODUCERS[f"export.{exports.What.SHORTLIST.value}"] = make_shortlist
PRODUCERS[f"export.{exports.What.MARKS.value}"] = make_marks
PRODUCERS[f"export.{exports.What.BUNDLE.value}"] = make_bundle
