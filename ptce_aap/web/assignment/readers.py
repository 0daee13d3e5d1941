"""Who reads what, chosen by hand; how far the marking is, its opening and its closing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import NotFound as Hidden
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.assignment import assignment
from ptce_aap.services.jury import readings
from ptce_aap.web.access import requires
from ptce_aap.web.assignment.room import Trail, assignment_trail, bp, trail
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.messages import sentence


@bp.get("/affectation")
@requires(Permission.SEE_MANAGEMENT)
def overview() -> str:
    """Show the eligible dossiers, how many readers each has and how many it lacks."""
    search, view = request.args.get("q", ""), request.args.get("vue", "")
    with db().reading() as session:
        page = assignment.overview(session, actor(), call(), search=search, view=view, number=_page(), now=clock.now())
    return render_template(
        "assignment/overview.html", overview=page, search=search, view=view, breadcrumb=trail(("Affectation", None))
    )


@bp.get("/affectation/dossiers/<reference>")
@requires(Permission.SEE_MANAGEMENT)
def readers(reference: str) -> str:
    """Show one dossier with every juror beside it."""
    return _readers(reference)


@bp.post("/affectation/dossiers/<reference>")
@requires(Permission.ASSIGN)
def choose_readers(reference: str) -> Response | tuple[str, int]:
    """Give the dossier to the jurors chosen, take it from the others."""
    shown, chosen = request.form.getlist("shown"), request.form.getlist("reader")
    try:
        added, removed = db().transaction(
            assignment.choose_readers, actor(), call().id, reference, shown=shown, chosen=chosen, now=clock.now()
        )
    except Hidden:
        raise NotFound() from None
    except RuleViolation as refusal:
        return _readers(reference, refused=sentence(refusal)), 422
    flash(_told(added, removed), "success")
    return redirect(url_for("assignment.readers", slug=call().slug, reference=reference))


@bp.get("/lectures")
@requires(Permission.SEE_MANAGEMENT)
def progress() -> str:
    """Show the sheets received, dossier by dossier and juror by juror; no mark, no average."""
    view = request.args.get("vue", "")
    with db().reading() as session:
        page = readings.progress(session, actor(), call(), view=view, number=_page(), now=clock.now())
    return render_template("assignment/progress.html", progress=page, view=view, breadcrumb=_marking_trail())


@bp.route("/lectures/ouvrir", methods=["GET", "POST"])
@requires(Permission.MANAGE_CALL)
def open_marking() -> Response | str:
    """Open the marking, after a page that says what is not ready."""
    if request.method == "POST":
        act = partial(readings.open_marking, base_url=settings().base_url)
        return _turn(act, "La notation est ouverte : les membres du jury voient leurs dossiers.")
    return _confirm("assignment/open.html", "Ouvrir la notation")


@bp.route("/lectures/clore", methods=["GET", "POST"])
@requires(Permission.MANAGE_CALL)
def close_marking() -> Response | str:
    """Close the marking, after a page that says what is still awaited."""
    if request.method == "POST":
        return _turn(readings.close_marking, "La notation est close : plus aucune fiche ne change.")
    return _confirm("assignment/close.html", "Clore la notation")


def _readers(reference: str, refused: str = "") -> str:
    with db().reading() as session:
        page = assignment.readers(session, actor(), call(), reference, now=clock.now())
    may = actor().may(Permission.ASSIGN, call().id) and page.open
    return render_template(
        "assignment/readers.html",
        readers=page,
        may=may,
        refused=refused,
        breadcrumb=assignment_trail((page.dossier.title, None)),
    )


def _turn(act: Callable[..., None], done: str) -> Response:
    try:
        db().transaction(act, actor(), call().id, now=clock.now())
        flash(done, "success")
    except RuleViolation as refusal:
        flash(sentence(refusal), "error")
    return redirect(url_for("assignment.progress", slug=call().slug))


def _confirm(template: str, title: str) -> str:
    with db().reading() as session:
        page = readings.progress(session, actor(), call(), view="", number=1, now=clock.now())
    return render_template(template, progress=page, breadcrumb=_marking_trail(title))


def _told(added: int, removed: int) -> str:
    given = f"{added} lecture{'s' if added > 1 else ''} confiée{'s' if added > 1 else ''}" if added else ""
    taken = f"{removed} retirée{'s' if removed > 1 else ''}" if removed else ""
    return (", ".join(part for part in (given, taken) if part) or "Rien n’a changé") + "."


def _page() -> int:
    return request.args.get("page", 1, type=int)


def _marking_trail(*titles: str) -> Trail:
    here = url_for("assignment.progress", slug=call().slug)
    return trail(("Lectures", here if titles else None), *((title, None) for title in titles))
