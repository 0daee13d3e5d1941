"""The messages of one's dossier with those who follow it for the call."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.permissions import Permission
from ptce_aap.services.exchanges import correspondence
from ptce_aap.web import threads
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.room import bp, trail_of
from ptce_aap.web.context import actor


@bp.get("/<reference>/messages")
@requires(Permission.FILE_DOSSIER)
def messages(reference: str) -> str:
    """Show the messages of a filed dossier."""
    return threads.show(_room(reference))


@bp.post("/<reference>/messages")
@requires(Permission.FILE_DOSSIER)
def write_message(reference: str) -> Response | tuple[str, int]:
    """Write to those who follow the dossier."""
    return threads.write(_room(reference))


@bp.post("/<reference>/messages/lus")
@requires(Permission.FILE_DOSSIER)
def read_messages(reference: str) -> Response:
    """Note that messages are read."""
    return threads.mark_read(_room(reference))


@bp.get("/<reference>/messages/fichiers/<file>")
@requires(Permission.FILE_DOSSIER)
def message_file(reference: str, file: str) -> Response:
    """Give a file of a message back."""
    return threads.send_file(_room(reference), file)


def _room(reference: str) -> threads.Room:
    return threads.Room(
        load=lambda session: correspondence.applicant_desk(session, actor(), reference),
        template="applicant/messages.html",
        page=url_for("applicant.messages", reference=reference),
        read=url_for("applicant.read_messages", reference=reference),
        file=lambda file: url_for("applicant.message_file", reference=reference, file=file),
        trail=lambda desk: trail_of(desk.dossier, ("Messages", None)),
    )
