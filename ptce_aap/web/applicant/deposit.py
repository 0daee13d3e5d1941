"""Reading the whole over, filing it, and the receipt."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services import applicant, filing, receipts
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.room import bp, load, trail
from ptce_aap.web.context import actor, db, enter, received_at, settings
from ptce_aap.web.messages import sentence


@bp.get("/<reference>/relecture")
@requires(Permission.FILE_DOSSIER)
def review(reference: str) -> str:
    """Show the whole dossier, what is missing first, and the button that files it."""
    return _review(reference)


@bp.post("/<reference>/depot")
@requires(Permission.FILE_DOSSIER)
def file(reference: str) -> Response | tuple[str, int]:
    """File the dossier: received when the request reached us; twice is once."""
    try:
        db().transaction(
            filing.file_dossier, actor(), reference, base_url=settings().base_url, received_at=received_at()
        )
    except (NotFound, Conflict):
        raise
    except RuleViolation as refusal:
        return _review(reference, refused=sentence(refusal)), 422
    return redirect(url_for("applicant.receipt", reference=reference))


@bp.get("/<reference>/accuse")
@requires(Permission.FILE_DOSSIER)
def receipt(reference: str) -> str:
    """Show the receipt: number, instant to the second, digest, what happens next."""
    with db().reading() as session:
        page = applicant.filed_page(session, actor(), reference)
    enter(page.call)
    return render_template(
        "applicant/receipt.html",
        page=page,
        steps=receipts.next_steps(page.call, page.definition),
        mentions=receipts.mentions(page.definition),
        breadcrumb=[
            ("Mes dossiers", url_for("applicant.home")),
            (page.dossier.title, url_for("applicant.dossier", reference=reference)),
            ("Accusé de réception", None),
        ],
    )


@bp.get("/<reference>/accuse.pdf")
@requires(Permission.FILE_DOSSIER)
def receipt_document(reference: str) -> Response:
    """Give the receipt as a document, once it is made."""
    with db().reading() as session:
        page = applicant.filed_page(session, actor(), reference)
    if page.filing.receipt_file is None:
        raise NotFound()
    name = f"accuse-de-reception-{page.dossier.number}.pdf"
    return downloads.send(page.filing.receipt_file, filename=name, media_type="application/pdf")


def _review(reference: str, *, refused: str | None = None) -> str:
    page = load(reference)
    files = {
        item.filename: url_for("applicant.piece", reference=reference, piece=item.reference) for item in page.pieces
    }
    return render_template(
        "applicant/review.html",
        page=page,
        files=files,
        refused=refused,
        breadcrumb=trail(page, ("Relire et déposer", None)),
    )
