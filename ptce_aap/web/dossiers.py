"""The filed dossiers of a call, for its team, its chair and its auditor: the list, and each one read-only."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.calls import calls as call_service
from ptce_aap.services.dossiers import managed, reading, rooms
from ptce_aap.services.exchanges import correspondence
from ptce_aap.services.instruction import eligibility, instruction
from ptce_aap.web import downloads, lists
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db

bp = Blueprint("dossiers", __name__, url_prefix="/pilotage")


def trail(*last: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    """Return the breadcrumb of a page of the management room."""
    return [
        ("Pilotage", url_for("management.calls")),
        (call().short_title, url_for("management.dashboard", slug=call().slug)),
        *last,
    ]


@bp.get("/<slug>/dossiers")
@requires(Permission.SEE_MANAGEMENT)
def listing() -> str:
    """List the filed dossiers."""
    with db().reading() as session:
        definition = call_service.definition_of(session, call())
        choices = (
            lists.regions(definition.sheet.regions),
            lists.stages(definition),
            lists.Choice("state", "Recevabilité", lists.STATES),
            lists.verdicts(definition),
        )
        listed = lists.ListView(choices)
        page = managed.listed(session, actor(), call(), listed.asked, now=clock.now())
        # Where regions route dossiers, their correspondents answer: the team reads a thread when it wants to.
        answers = not definition.sheet.regions and actor().may(Permission.MANAGE_CALL, call().id)
        shown = [line.reference for line in page.items] if answers else []
        unread = correspondence.unread_by_reference(session, actor(), shown)
    return render_template(
        "dossiers/list.html",
        page=page,
        unread=unread,
        listed=listed,
        regions=definition.sheet.regions,
        now=clock.now(),
        breadcrumb=trail(("Dossiers", None)),
    )


@bp.get("/<slug>/dossiers/<reference>")
@requires(Permission.SEE_MANAGEMENT)
def dossier(reference: str) -> str:
    """Show a dossier as a document, with everything that was said of it before the jury."""
    with db().reading() as session:
        page = managed.page(session, actor(), call(), reference, now=clock.now())
    stored = page.instruction.opinion
    given = stored is not None and stored.given_at is not None
    manages = actor().may(Permission.MANAGE_CALL, call().id)
    decides = actor().may(Permission.DECIDE_ELIGIBILITY, call().id)
    return render_template(
        "dossiers/dossier.html",
        page=page,
        document=page.document,
        may_decide=decides and eligibility.may_decide(call(), page.document.state),
        may_reopen=given and manages and instruction.opinions_open(call(), clock.now()),
        may_read_messages=any(
            actor().may(permission, call().id) for permission in (Permission.MANAGE_CALL, Permission.READ_JOURNAL)
        ),
        piece_url=piece_url(reference),
        breadcrumb=trail(("Dossiers", url_for("dossiers.listing", slug=call().slug)), (page.document.title, None)),
    )


@bp.get("/<slug>/dossiers/<reference>/pieces/<piece>")
@requires(Permission.SEE_MANAGEMENT)
def piece(reference: str, piece: str) -> Response:
    """Send a piece of a dossier."""
    with db().reading() as session:
        found = reading.piece_of(session, rooms.open_to(actor(), call(), now=clock.now()), reference, piece)
    return downloads.send(found.sha256, filename=found.filename, media_type=found.media_type)


def piece_url(reference: str) -> object:
    """Return what gives the address of a piece of this dossier."""
    slug = call().slug
    return lambda piece: url_for("dossiers.piece", slug=slug, reference=reference, piece=piece)
