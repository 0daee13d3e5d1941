"""The regional opinion: written beside the dossier, saved as a draft, given once."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain import places
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.instruction import consultation_pages, opinion_terms, opinions, work_queue
from ptce_aap.services.instruction.consultation_readings import ConsultationReading
from ptce_aap.services.instruction.instruction import WorkPage
from ptce_aap.services.instruction.opinion_terms import TermNotice
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, received_at
from ptce_aap.web.correspondent.dossiers import open_page, piece_url
from ptce_aap.web.correspondent.forms import OpinionForm
from ptce_aap.web.correspondent.queue import next_act
from ptce_aap.web.correspondent.room import bp, trail
from ptce_aap.web.messages import sentence


@bp.get("/<slug>/dossiers/<reference>/avis")
@requires(Permission.INSTRUCT)
def opinion(reference: str) -> str:
    """Show the opinion beside the dossier: its form, or what was given."""
    page = open_page(reference)
    stored = page.instruction.opinion
    answers = dict(stored.answers) if stored is not None else {}
    author = page.definition.sheet.projection.opinion_author
    if not answers and author is not None:
        answers[author] = actor().name
    return _shown(page, OpinionForm.showing(page.definition.opinion, answers))


@bp.post("/<slug>/dossiers/<reference>/avis")
@requires(Permission.INSTRUCT)
def save_opinion(reference: str) -> Response | str:
    """Save the draft of the opinion; ``rendre`` leads on to the page that gives it."""
    page = open_page(reference)
    form = OpinionForm.receiving(page.definition.opinion, request.form)
    answers = form.read()
    if form.errors:
        return _shown(page, form, form.errors)
    shown = request.form.get("vu", "")
    try:
        db().transaction(opinions.save_opinion, actor(), call().id, reference, answers, shown=shown, now=received_at())
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _shown(open_page(reference), form, [("", sentence(refusal))], refused=True)
    if "rendre" in request.form:
        return redirect(url_for("correspondent.confirm_opinion", slug=call().slug, reference=reference))
    flash("Votre brouillon est enregistré. Vous seul et les correspondants de la région le voyez.", "success")
    return redirect(url_for("correspondent.opinion", slug=call().slug, reference=reference))


@bp.get("/<slug>/dossiers/<reference>/avis/rendre")
@requires(Permission.INSTRUCT)
def confirm_opinion(reference: str) -> Response | str:
    """Show what is about to be given, or what it still lacks."""
    page = open_page(reference)
    stored = page.instruction.opinion
    if stored is None or stored.given_at is not None or not page.opinions_open:
        return redirect(url_for("correspondent.opinion", slug=call().slug, reference=reference))
    return _confirmation(page)


@bp.post("/<slug>/dossiers/<reference>/avis/rendre")
@requires(Permission.INSTRUCT)
def give_opinion(reference: str) -> Response | str:
    """Give the opinion: it does not change any more."""
    shown = request.form.get("vu", "")
    try:
        db().transaction(opinions.give_opinion, actor(), call().id, reference, shown=shown, now=received_at())
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _confirmation(open_page(reference), [("", sentence(refusal))])
    flash("Votre avis est rendu.", "success")
    return redirect(url_for("correspondent.opinion", slug=call().slug, reference=reference))


def _notice() -> TermNotice:
    with db().reading() as session:
        return opinion_terms.notice(session, call(), now=clock.now())


def _onward(reference: str) -> tuple[str, str, str] | None:
    """Return the dossier that comes first after this one: its title, what it asks for and where."""
    with db().reading() as session:
        work = work_queue.after(session, actor(), call(), reference, now=clock.now())
    if work is None:
        return None
    words, address = next_act(work)
    return (work.line.title, words, address) if address is not None else None


def _answered(page: WorkPage) -> tuple[ConsultationReading, ...]:
    if page.definition.consultations is None:
        return ()
    with db().reading() as session:
        return consultation_pages.answered(session, actor(), call(), page.document.reference, now=clock.now())


def _shown(
    page: WorkPage, form: OpinionForm, errors: list[tuple[str, str]] | None = None, *, refused: bool = False
) -> str:
    stored = page.instruction.opinion
    return render_template(
        "correspondent/opinion.html",
        page=page,
        document=page.document,
        opinion=stored,
        onward=_onward(page.document.reference) if stored is not None and stored.given_at is not None else None,
        form=form,
        notice=_notice(),
        answered=_answered(page),
        errors=errors or [],
        refused=refused,
        piece_url=piece_url(page.document.reference),
        breadcrumb=trail((page.document.title, None)),
    )


def _confirmation(page: WorkPage, errors: list[tuple[str, str]] | None = None) -> str:
    stored, form = page.instruction.opinion, page.definition.opinion
    missing = form.missing(stored.answers if stored is not None else {})
    here = url_for("correspondent.opinion", slug=call().slug, reference=page.document.reference)
    return render_template(
        "correspondent/opinion_confirm.html",
        page=page,
        document=page.document,
        opinion=stored,
        missing=[places.words_of(form, place) for place in missing],
        errors=errors or [],
        breadcrumb=trail((page.document.title, here), ("Rendre l’avis", None)),
    )
