"""The messages of a dossier, for its correspondents."""

from __future__ import annotations

from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.exchanges import correspondence
from ptce_aap.web import threads
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call
from ptce_aap.web.correspondent.room import bp, trail


@bp.get("/<slug>/dossiers/<reference>/messages")
@requires(Permission.INSTRUCT)
def messages(reference: str) -> str:
    """Show the messages of a dossier of one's regions."""
    return threads.show(_room(reference))


@bp.post("/<slug>/dossiers/<reference>/messages")
@requires(Permission.INSTRUCT)
def write_message(reference: str) -> Response | tuple[str, int]:
    """Write to the people of the dossier."""
    return threads.write(_room(reference))


@bp.post("/<slug>/dossiers/<reference>/messages/lus")
@requires(Permission.INSTRUCT)
def read_messages(reference: str) -> Response:
    """Note that messages are read."""
    return threads.mark_read(_room(reference))


@bp.get("/<slug>/dossiers/<reference>/messages/fichiers/<file>")
@requires(Permission.INSTRUCT)
def message_file(reference: str, file: str) -> Response:
    """Give a file of a message."""
    return threads.send_file(_room(reference), file)


def _room(reference: str) -> threads.Room:
    place: dict[str, Any] = {"slug": call().slug, "reference": reference}
    here, who = call(), actor()
    return threads.Room(
        load=lambda session: correspondence.service_desk(session, who, here, reference, now=clock.now()),
        template="correspondent/messages.html",
        page=url_for("correspondent.messages", **place),
        read=url_for("correspondent.read_messages", **place),
        file=lambda file: url_for("correspondent.message_file", **place, file=file),
        trail=lambda desk: trail((desk.dossier.title, url_for("correspondent.dossier", **place)), ("Messages", None)),
    )
