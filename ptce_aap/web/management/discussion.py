"""A juror's marks revised in session, recorded by the chair with the reason."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import Conflict, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.jury import discussion
from ptce_aap.services.jury.discussion import REASON_MOST, SheetInSession
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.forms import typed_text
from ptce_aap.web.management.room import bp, trail
from ptce_aap.web.messages import sentence

_MARK = "mark-"


@bp.route("/<slug>/deliberation/fiches/<sheet>", methods=["GET", "POST"])
@requires(Permission.CHAIR_DECISION)
def revise_marks(sheet: str) -> Response | str | tuple[str, int]:
    """Show a juror's final sheet, and record the marks that he revises in session."""
    with db().reading() as session:
        found = discussion.sheet_in_session(session, actor(), call(), sheet)
    error: RuleViolation | None = None
    typed = {key: request.form.get(_MARK + key, "") for key in found.marks}
    if request.method == "POST":
        try:
            version = request.form.get("version", -1, type=int)
            db().transaction(
                discussion.revise, actor(), call().id, sheet, _marks(typed), typed_text(request.form.get("reason")),
                version=version, base_url=settings().base_url, now=clock.now(),
            )  # fmt: skip
            flash("La note révisée est enregistrée ; le classement annoncé est recalculé.", "success")
            return redirect(url_for("management.place", slug=call().slug, reference=found.dossier.reference))
        except Conflict:
            raise
        except RuleViolation as refusal:
            error = refusal
    return _page(found, typed, error)


def _page(found: SheetInSession, typed: dict[str, str], error: RuleViolation | None) -> str | tuple[str, int]:
    classed = url_for("management.ranking", slug=call().slug)
    here = url_for("management.place", slug=call().slug, reference=found.dossier.reference)
    body = render_template(
        "management/revise_marks.html",
        found=found,
        grid=found.definition.grid,
        chosen={key: typed[key] or str(mark) for key, mark in found.marks.items()},
        reason=request.form.get("reason", ""),
        reason_most=REASON_MOST,
        error=error,
        error_text=sentence(error) if error else "",
        breadcrumb=trail(("Classement", classed), (found.dossier.title, here), ("Notes révisées en séance", None)),
    )
    return (body, 422) if error is not None else body


def _marks(typed: dict[str, str]) -> dict[str, int]:
    """Return the marks sent, in half points; what is no mark is off the scale."""
    return {
        key: int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1 for key, text in typed.items()
    }
