"""Marking: a dossier beside its grid; saved as a draft, criterion by criterion or whole, then made final."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import Conflict, RuleViolation
from ptce_aap.domain.errors import NotFound as Hidden
from ptce_aap.domain.permissions import Deed, Permission
from ptce_aap.domain.scoring import Grid, sheet_total, shown
from ptce_aap.domain.sheets import Entry, marks_of
from ptce_aap.services.calls import calls
from ptce_aap.services.instruction import instruction
from ptce_aap.services.jury import jury, marking
from ptce_aap.services.jury.desk import desk
from ptce_aap.services.jury.given_marks import revised
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db
from ptce_aap.web.formats import instant_fr
from ptce_aap.web.grids import COMMENT, MARK, SheetForm, asked_in_words, filled, sheet_form
from ptce_aap.web.messages import sentence

bp = Blueprint("marking", __name__, url_prefix="/jury/<slug>/dossiers")


@bp.get("/<reference>")
@requires(Permission.SCORE)
def sheet(reference: str) -> str:
    """Show a dossier beside its grid."""
    return _show(reference)


@bp.post("/<reference>")
@requires(Permission.SCORE)
def save(reference: str) -> Response | str | tuple[str, int]:
    """Save the whole sheet as a draft; with « Rendre ma fiche », go on to its last page."""
    form = sheet_form(_grid())()
    if not form.validate():
        return _show(reference, form=form), 422
    try:
        version = form.version.data or 0
        saved = db().transaction(
            marking.save, actor(), call().id, reference, form.entries(), version=version, now=clock.now()
        )
    except Hidden:
        raise NotFound() from None
    except Conflict:
        return _show(reference, form=form, stale=True), 409
    except RuleViolation as refusal:
        form.refuse(refusal, _field_of(refusal, form))
        return _show(reference, form=form), 422
    if request.form.get("then") == "finish":
        return redirect(url_for("marking.finish", slug=call().slug, reference=reference))
    flash(f"Votre fiche est enregistrée ({instant_fr(saved.saved_at)}). Elle reste un brouillon.", "success")
    return redirect(url_for("marking.sheet", slug=call().slug, reference=reference))


@bp.post("/<reference>/criteres/<criterion>")
@requires(Permission.SCORE)
def save_mark(reference: str, criterion: str) -> tuple[Response, int]:
    """Save one criterion, for the page's own script; answers in JSON."""
    if criterion not in {one.key for one in _grid().criteria}:
        raise NotFound()
    form = sheet_form(_grid())()
    mark, comment = form[MARK + criterion], form[COMMENT + criterion]
    if not (mark.validate(form) and comment.validate(form)):
        return jsonify(message=" ".join([*mark.errors, *comment.errors])), 422
    entries = {criterion: Entry(mark.data, comment.data or "")}
    try:
        version = form.version.data or 0
        saved = db().transaction(marking.save, actor(), call().id, reference, entries, version=version, now=clock.now())
    except Hidden:
        raise NotFound() from None
    except RuleViolation as refusal:
        return jsonify(message=sentence(refusal)), 409 if isinstance(refusal, Conflict) else 422
    given = sum(entry.half_points is not None for entry in saved.entries.values())
    return jsonify(version=saved.version, given=given, saved=f"Enregistré le {instant_fr(saved.saved_at)}"), 200


@bp.get("/<reference>/pieces/<piece>")
@requires(Permission.SCORE)
def piece(reference: str, piece: str) -> Response:
    """Send a piece of a dossier given to this juror."""
    with db().reading() as session:
        found = marking.piece(session, actor(), call(), reference, piece)
    return downloads.send(found.sha256, filename=found.filename, media_type=found.media_type)


@bp.route("/<reference>/rendre", methods=["GET", "POST"])
@requires(Permission.SCORE)
def finish(reference: str) -> Response | str | tuple[str, int]:
    """Show the total and ask once, then make the sheet final."""
    refused = ""
    if request.method == "POST":
        try:
            version = request.form.get("version", 0, type=int)
            db().transaction(marking.make_final, actor(), call().id, reference, version=version, now=clock.now())
            flash("Votre fiche est rendue. Elle ne change plus.", "success")
            return redirect(url_for("jury.home", slug=call().slug))
        except Hidden:
            raise NotFound() from None
        except RuleViolation as refusal:
            refused = sentence(refusal)
    with db().reading() as session:
        review = marking.review(session, actor(), call(), reference, now=clock.now())
    if review.page.sheet.final or not review.page.open:
        return redirect(url_for("marking.sheet", slug=call().slug, reference=reference))
    trail = _trail((review.page.dossier.title, url_for("marking.sheet", slug=call().slug, reference=reference)))
    page = render_template("jury/finish.html", review=review, refused=refused, breadcrumb=[*trail, ("Rendre", None)])
    return (page, 409) if refused else page


def _show(reference: str, form: SheetForm | None = None, *, stale: bool = False) -> str:
    now = clock.now()
    with db().reading() as session:
        found = desk(session, actor(), call(), reference, now=now)
        others = jury.others_sheets(session, actor(), call(), found.page.dossier) if found.page.sheet.final else []
        made = jury.own_revisions(session, actor(), call(), found.page.dossier) if found.page.sheet.final else ()
        masked = not (found.page.sheet.final or call().allows(Deed.READ_OTHERS_MARKS))
        told = None if masked or not found.page.definition.sheet.regions else found.page
        opinion = instruction.given_opinion(session, actor(), told.dossier, told.definition) if told else None
        following = jury.next_reading(session, actor(), call(), after=reference)
    saved, grid = found.page.sheet, found.page.definition.grid
    if form is None:
        form = filled(grid, saved.entries, saved.version)
    elif stale:
        # Sending again now is a choice made with both texts in sight.
        form.version.data, form.version.raw_data = saved.version, None
    return render_template(
        "jury/sheet.html",
        desk=found,
        document=found.document,
        piece_url=partial(_piece_url, reference),
        frozen=call().frozen_at is not None,
        form=form,
        stale=stale,
        others=others,
        opinion=opinion,
        opinion_masked=masked,
        following=following,
        own_total=shown(sheet_total(grid, marks_of(saved.entries))) if saved.final else "",
        revisions=made,
        revised_total=shown(sheet_total(grid, revised(marks_of(saved.entries), made))) if made else "",
        asked_words={axis.axis.key: asked_in_words(grid, axis.asked) for axis in found.axes},
        breadcrumb=_trail((found.page.dossier.title, None)),
    )


def _piece_url(reference: str, piece: str) -> str:
    return url_for("marking.piece", slug=call().slug, reference=reference, piece=piece)


def _grid() -> Grid:
    with db().reading() as session:
        return calls.definition_of(session, call()).grid


def _field_of(refusal: RuleViolation, form: SheetForm) -> str | None:
    name = f"{MARK if refusal.code == 'mark_off_scale' else COMMENT}{refusal.facts.get('criterion', '')}"
    return name if name in form else None


def _trail(last: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    home = url_for("jury.home", slug=call().slug)
    return [("Jury", url_for("jury.calls")), (call().short_title, home), last]
