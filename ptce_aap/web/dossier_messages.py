"""The messages of a dossier, for the team of its call; the auditor reads them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.exchanges import correspondence
from ptce_aap.web import threads
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call
from ptce_aap.web.dossiers import trail

bp = Blueprint("dossier_messages", __name__, url_prefix="/pilotage")


@bp.get("/<slug>/dossiers/<reference>/messages")
@requires(Permission.READ_JOURNAL)
def messages(reference: str) -> str:
    """Show the messages of a dossier."""
    return threads.show(_room(reference))


@bp.post("/<slug>/dossiers/<reference>/messages")
@requires(Permission.MANAGE_CALL)
def write_message(reference: str) -> Response | tuple[str, int]:
    """Write to the people of the dossier."""
    return threads.write(_room(reference))


@bp.post("/<slug>/dossiers/<reference>/messages/lus")
@requires(Permission.READ_JOURNAL)
def read_messages(reference: str) -> Response:
    """Note that messages are read."""
    return threads.mark_read(_room(reference))


@bp.get("/<slug>/dossiers/<reference>/messages/fichiers/<file>")
@requires(Permission.READ_JOURNAL)
def message_file(reference: str, file: str) -> Response:
    """Give a file of a message."""
    return threads.send_file(_room(reference), file)


def _room(reference: str) -> threads.Room:
    place: dict[str, Any] = {"slug": call().slug, "reference": reference}
    here, who = call(), actor()
    listing = url_for("dossiers.listing", slug=here.slug)
    return threads.Room(
        load=lambda session: correspondence.service_desk(session, who, here, reference, now=clock.now()),
        template="dossiers/messages.html",
        page=url_for("dossier_messages.messages", **place),
        read=url_for("dossier_messages.read_messages", **place),
        file=lambda file: url_for("dossier_messages.message_file", **place, file=file),
        trail=lambda desk: trail(
            ("Dossiers", listing), (desk.dossier.title, url_for("dossiers.dossier", **place)), ("Messages", None)
        ),
    )
