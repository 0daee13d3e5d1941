"""Reading the whole over, filing it, and the receipt."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap.documents.dossier import render_dossier
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.applicants import applicant, dossier_content, dossier_people, money_summary
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.deposits import deposit_trace, filed_page, filing, receipts, reopening
from ptce_aap.services.dossiers import printing
from ptce_aap.services.exchanges import complement_answers
from ptce_aap.services.joint_acts import extensions
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.applicant.complements import asked, is_answer, to_request
from ptce_aap.web.applicant.room import bp, load, piece_addresses, trail, trail_of
from ptce_aap.web.context import actor, db, enter, received_at, settings
from ptce_aap.web.formats import instant_fr, instant_long
from ptce_aap.web.messages import sentence

_SOON = 600  # seconds
_WHY = "Dites pourquoi vous retirez ce dossier."


@bp.get("/<reference>/relecture")
@requires(Permission.FILE_DOSSIER)
def review(reference: str) -> Response | str:
    """Show the whole dossier, what is missing first, and the button that files it."""
    page = load(reference)
    return to_request(page) if is_answer(page) else _review(page)


@bp.post("/<reference>/depot")
@requires(Permission.FILE_DOSSIER)
def file(reference: str) -> Response | tuple[str, int]:
    """File the dossier: received when the request reached us; twice is once."""
    try:
        filed = db().transaction(
            filing.file_dossier, actor(), reference, base_url=settings().base_url, received_at=received_at()
        )
    except (NotFound, Conflict):
        raise
    except RuleViolation as refusal:
        page = load(reference)
        if page.revises is not None and is_answer(page):
            return asked(page.revises.reference, refused=sentence(refusal)), 422
        return _review(page, refused=sentence(refusal)), 422
    return redirect(url_for("applicant.receipt", reference=filed.dossier.reference))


@bp.post("/<reference>/modifier")
@requires(Permission.FILE_DOSSIER)
def reopen(reference: str) -> Response:
    """Begin to change what was filed, or go back to the changes under way."""
    revision = db().transaction(reopening.reopen, actor(), reference, now=received_at())
    return redirect(url_for("applicant.dossier", reference=revision.reference))


@bp.get("/<reference>/abandonner")
@requires(Permission.FILE_DOSSIER)
def give_up(reference: str) -> str:
    """Ask once before changes under way are given up."""
    page = load(reference)
    if not page.droppable:
        raise NotFound()
    return render_template("applicant/give_up.html", page=page, breadcrumb=trail(page, ("Abandonner", None)))


@bp.post("/<reference>/abandonner")
@requires(Permission.FILE_DOSSIER)
def confirm_give_up(reference: str) -> Response:
    """Give the changes under way up: the deposit stays as it was."""
    kept = db().transaction(reopening.give_up, actor(), reference, now=received_at())
    flash("Les modifications sont abandonnées. Votre dépôt reste tel qu’il était.", "success")
    return redirect(url_for("applicant.dossier", reference=kept.reference))


@bp.get("/<reference>/retirer")
@requires(Permission.FILE_DOSSIER)
def withdrawal(reference: str) -> str:
    """Ask for the reason before a filed dossier is withdrawn."""
    return _withdrawal(reference)


@bp.post("/<reference>/retirer")
@requires(Permission.FILE_DOSSIER)
def withdraw(reference: str) -> Response | tuple[str, int]:
    """Withdraw a filed dossier."""
    reason = request.form.get("motif", "")
    try:
        db().transaction(
            reopening.withdraw, actor(), reference, reason, base_url=settings().base_url, now=received_at()
        )
    except (NotFound, Conflict):
        raise
    except RuleViolation as refusal:
        if not load(reference).withdrawable:
            raise
        told = _WHY if refusal.code == "reason_needed" else sentence(refusal)
        return _withdrawal(reference, reason=reason, refused=told), 422
    flash("Le dossier est retiré. Un courriel vous le confirme.", "success")
    return redirect(url_for("applicant.dossier", reference=reference))


@bp.get("/<reference>/accuse")
@requires(Permission.FILE_DOSSIER)
def receipt(reference: str) -> str:
    """Show the receipt: number, instant to the second, digest, what happens next."""
    with db().reading() as session:
        page = filed_page.filed_page(session, actor(), reference)
        confirmed = receipts.confirmations(session, page.filing)
        trace = deposit_trace.trace_of(
            session, page.filing, reference=page.dossier.reference, call_id=page.dossier.call_id
        )
    enter(page.call)
    return render_template(
        "applicant/receipt.html",
        page=page,
        steps=receipts.next_steps(page.call, page.definition),
        mentions=receipts.mentions(
            page.definition,
            page.counts_from,
            complement_answers.stops_of(page.requests, now=received_at()),
        ),
        service=receipts.service_lines(page.definition.sheet),
        confirmations=confirmed,
        trace=trace,
        local=receipts.local_instant(page.definition.sheet, page.dossier.region, page.filing.filed_at),
        breadcrumb=trail_of(page.dossier, ("Accusé de réception", None)),
    )


@bp.get("/<reference>/accuse.pdf")
@requires(Permission.FILE_DOSSIER)
def receipt_document(reference: str) -> Response:
    """Give the receipt as a document, once it is made."""
    with db().reading() as session:
        page = filed_page.filed_page(session, actor(), reference)
    asked = request.args.get("depot", page.filing.sequence, type=int)
    filed = next((one for one in (page.filing, *page.earlier) if one.sequence == asked), None)
    if filed is None or filed.receipt_file is None:
        raise NotFound()
    name = f"accuse-de-reception-{page.dossier.number}{f'-depot-{asked}' if page.earlier else ''}.pdf"
    return downloads.send(filed.receipt_file, filename=name, media_type="application/pdf")


@bp.get("/<reference>/dossier.pdf")
@requires(Permission.FILE_DOSSIER)
def dossier_document(reference: str) -> Response:
    """Give the whole dossier as a document: a deposit as it was frozen, a draft as it stands.

    Made at once: measured, forty pages take a third of a second, the longest dossier that the form admits 1.4 s.
    """
    with db().reading() as session:
        held = applicant.own_dossier(session, actor(), reference)
        if held.filed_at is not None:
            printed = printing.of_deposit(session, held, request.args.get("depot", type=int))
        else:
            page = applicant.dossier_page(session, actor(), reference, now=received_at())
            printed = printing.of_draft(page, now=received_at())
    name = f"dossier-{printed.number}.pdf" if printed.number else "dossier-brouillon.pdf"
    return downloads.made(render_dossier(printed), filename=name, media_type="application/pdf")


@bp.get("/<reference>/echeance")
@requires(Permission.FILE_DOSSIER)
def deadline_state(reference: str) -> dict[str, object]:
    """Tell an open page the time of the server and the closing in force."""
    with db().reading() as session:
        state = extensions.deadline_of(session, actor(), reference, now=received_at())
    left = (state.closes_at - state.now).total_seconds()
    words, warning = instant_long(state.last_moment), ""
    if left <= 0:
        warning = f"La clôture est passée depuis {words}. Ce que vous avez enregistré reste lisible."
    elif left <= _SOON:
        clock = f"il est {instant_fr(state.now, seconds=True).partition(' à ')[2]} au service"
        warning = (
            f"Il reste moins de 10 minutes pour déposer ({clock}). Un dossier incomplet peut être déposé en l’état."
        )
    return {
        "now": state.now.isoformat(),
        "closes": state.last_moment.isoformat(),
        "words": words,
        "left": round(left),
        "extended": f"La clôture a changé : prolongé jusqu’au {words}.",
        "warning": warning,
    }


def _withdrawal(reference: str, *, reason: str = "", refused: str | None = None) -> str:
    page = load(reference)
    if not page.withdrawable:
        raise NotFound()
    return render_template(
        "applicant/withdraw.html",
        page=page,
        reason=reason,
        refused=refused,
        breadcrumb=trail(page, ("Retirer le dossier", None)),
    )


def _review(page: DossierPage, *, refused: str | None = None) -> str:
    return render_template(
        "applicant/review.html",
        page=page,
        files=piece_addresses(page),
        refused=refused,
        people=_people(page),
        budget=money_summary.money_tables(page.definition.questionnaire, page.answers),
        content=dossier_content.digest_of(page.definition, page.answers, page.pieces) if page.peopled else "",
        breadcrumb=trail(page, ("Relire et déposer", None)),
    )


def _people(page: DossierPage) -> tuple[dossier_people.Line, ...]:
    """Return the people of the dossier, for what those who were asked to confirm it answered."""
    if not page.peopled:
        return ()
    with db().reading() as session:
        return dossier_people.lines_of(session, page.dossier, page.call, actor(), page.right, now=received_at())
