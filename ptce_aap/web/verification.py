"""The public check of a receipt, and the signed heads of the journal that anybody may keep."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from ptce_aap.services.deposits import receipts
from ptce_aap.services.journal import daily_heads
from ptce_aap.web import downloads
from ptce_aap.web.access import public
from ptce_aap.web.context import db, settings

bp = Blueprint("verification", __name__)
_LONGEST = 200
_SHOWN = 10
_FILES: dict[str, tuple[Callable[[Session], str], str, str]] = {
    "empreintes.json": (daily_heads.as_json, "application/json", "empreintes-du-journal.json"),
    "empreintes.txt": (daily_heads.as_text, "text/plain", "empreintes-du-journal.txt"),
    "cle-publique.pem": (daily_heads.keys_as_pem, "application/x-pem-file", "cle-publique-du-journal.pem"),
}


@bp.get("/verifier")
@public
def form() -> str:
    """Ask for the two values of a receipt, which its link fills in; show the last heads of the journal."""
    return _page(request.args.get("numero", ""), request.args.get("empreinte", ""))


@bp.post("/verifier")
@public
def check() -> str:
    """Tell whether the two values go together."""
    number, digest = request.form.get("numero", ""), request.form.get("empreinte", "")
    with db().reading() as session:
        verified = receipts.verify(session, number[:_LONGEST], "".join(digest[:_LONGEST].split()))
    return _page(number, digest, verified)


@bp.get("/verifier/<name>")
@public
def heads(name: str) -> Response:
    """Give every head of the journal (JSON, text), or the public keys that signed them."""
    if name not in _FILES:
        raise NotFound()
    make, media_type, filename = _FILES[name]
    with db().reading() as session:
        content = make(session)
    return downloads.made(content.encode(), filename=filename, media_type=media_type)


def _page(number: str, digest: str, verified: receipts.Verified | None = None) -> str:
    with db().reading() as session:
        published = daily_heads.published(session, most=_SHOWN)
    return render_template(
        "public/verify.html",
        number=number[:_LONGEST],
        digest=digest[:_LONGEST],
        verified=verified,
        heads=published,
        stamps_asked=settings().tsa_url is not None,
        breadcrumb=[("Accueil", "/"), ("Vérifier un accusé de réception", None)],
    )
