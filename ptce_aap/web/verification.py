"""The public check of a receipt: number and digest, and nothing else."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from ptce_aap.services import receipts
from ptce_aap.web.access import public
from ptce_aap.web.context import db

bp = Blueprint("verification", __name__)
_LONGEST = 200


@bp.get("/verifier")
@public
def form() -> str:
    """Ask for the two values of a receipt; its link fills them in."""
    return _page(request.args.get("numero", ""), request.args.get("empreinte", ""))


@bp.post("/verifier")
@public
def check() -> str:
    """Tell whether the two values go together."""
    number, digest = request.form.get("numero", ""), request.form.get("empreinte", "")
    with db().reading() as session:
        verified = receipts.verify(session, number[:_LONGEST], "".join(digest[:_LONGEST].split()))
    return _page(number, digest, verified)


def _page(number: str, digest: str, verified: receipts.Verified | None = None) -> str:
    return render_template(
        "public/verify.html",
        number=number[:_LONGEST],
        digest=digest[:_LONGEST],
        verified=verified,
        breadcrumb=[("Accueil", "/"), ("Vérifier un accusé de réception", None)],
    )
