"""Makes the copy of somebody's own data: one JSON file and every file of his dossiers, in an archive."""

from __future__ import annotations

import json
import tempfile
import zipfile
from typing import BinaryIO, cast

from ptce_aap import clock
from ptce_aap.jobs.context import JobContext
from ptce_aap.jobs.long_jobs import PRODUCERS, Produced, Progress, Work
from ptce_aap.services.retention import copying, own_copies

_IN_MEMORY = 8 * 1024 * 1024
_PIECE = 1024 * 1024
_README = """Vos données dans ce service, au {at}.

donnees.json : tout ce que le service tient de vous, table par table (« titre » et « finalite » disent ce que c'est).
pieces-jointes/, messages/, accuses/ : les fichiers de vos dossiers, tels qu'ils ont été reçus.

N'y sont pas : mots de passe et secrets de connexion, qui n'existent ici que sous une forme illisible ; ce que
d'autres ont écrit pour instruire ou juger ; ce qu'un conflit d'intérêts vous ferme ; un fichier où un virus a été
trouvé. Des dossiers que d'autres partagent avec vous, seulement ce que vous y avez écrit.
"""


def make(context: JobContext, work: Work, progress: Progress) -> Produced:
    """Write the archive; a file that the storage has lost is named in ``absents.txt``."""
    with context.database.reading() as session:
        copied = copying.collect(session, own_copies.requester(session, work.requester_id))
    out = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed by whoever stores it
    lost = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("LISEZ-MOI.txt", _README.format(at=clock.now().astimezone(clock.PARIS).strftime("%d/%m/%Y")))
        archive.writestr("donnees.json", json.dumps(copied.tables, ensure_ascii=False, indent=2))
        for number, file in enumerate(copied.files):
            progress(number, len(copied.files))
            try:
                stored = context.storage.open(file.digest)
            except FileNotFoundError:
                lost.append(file.place)
                continue
            with stored, archive.open(file.place, "w") as entry:
                while piece := stored.read(_PIECE):
                    entry.write(piece)
        if lost:
            archive.writestr("absents.txt", "\n".join(lost) + "\n")
    out.seek(0)
    return Produced(out, "mes-donnees.zip", own_copies.MEDIA_TYPE)


PRODUCERS[own_copies.KIND] = make
