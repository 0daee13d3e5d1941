"""A dossier opened by its correspondent, with the eligibility sheet beside it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.dossiers import reading
from ptce_aap.services.instruction import instruction, proposals, register_answers
from ptce_aap.services.instruction.evidence import roles_held
from ptce_aap.services.instruction.instruction import WorkPage
from ptce_aap.services.instruction.register_answers import RegisterAnswers
from ptce_aap.web import downloads
from ptce_aap.web.access import requires
from ptce_aap.web.charts.roles import roles as role_chart
from ptce_aap.web.context import actor, call, db, register
from ptce_aap.web.correspondent.forms import ProposalsForm
from ptce_aap.web.correspondent.room import bp, trail


@bp.get("/<slug>/dossiers/<reference>")
@requires(Permission.INSTRUCT)
def dossier(reference: str) -> str:
    """Show a dossier as a document, with its eligibility sheet."""
    page = open_page(reference)
    return _shown(page, ProposalsForm(page.document.rules, page.instruction))


@bp.post("/<slug>/dossiers/<reference>")
@requires(Permission.INSTRUCT)
def propose(reference: str) -> Response | str:
    """Save what is proposed rule by rule; ``avis`` leads on to the opinion once no rule waits any more."""
    page = open_page(reference)
    form = ProposalsForm(page.document.rules, page.instruction)
    form.receive(request.form, as_computed="calcul" in request.form)
    try:
        whole = db().transaction(
            proposals.propose,
            actor(),
            call().id,
            reference,
            form.proposals(),
            shown=request.form.get("vu", ""),
            now=clock.now(),
        )
    except NotFound:
        raise
    except RuleViolation as refusal:
        form.refuse(refusal)
        return _shown(page, form)
    flash(
        "La fiche de recevabilité est complète. Vous pouvez écrire votre avis."
        if whole
        else "La fiche de recevabilité est enregistrée. Certaines règles attendent encore votre réponse.",
        "success",
    )
    onward = "correspondent.opinion" if whole and "avis" in request.form else "correspondent.dossier"
    return redirect(url_for(onward, slug=call().slug, reference=reference))


@bp.get("/<slug>/dossiers/<reference>/registre")
@requires(Permission.INSTRUCT)
def ask_register(reference: str) -> str:
    """Ask the register the numbers that the rules read, and show beside the sheet what it tells; nothing is kept."""
    page = open_page(reference)
    if not register().available:
        raise NotFound()
    asked = register_answers.ask(page.definition, page.document.answers, register())
    return _shown(page, ProposalsForm(page.document.rules, page.instruction), asked)


@bp.get("/<slug>/dossiers/<reference>/pieces/<piece>")
@requires(Permission.INSTRUCT)
def piece(reference: str, piece: str) -> Response:
    """Send a piece of a dossier."""
    with db().reading() as session:
        visible = instruction.visible(session, actor(), call(), now=clock.now())
        found = reading.piece_of(session, visible, reference, piece)
    return downloads.send(found.sha256, filename=found.filename, media_type=found.media_type)


def open_page(reference: str) -> WorkPage:
    """Load a dossier of the correspondent's regions."""
    with db().reading() as session:
        return instruction.work_page(session, actor(), call(), reference, now=clock.now())


def piece_url(reference: str) -> object:
    """Return what gives the address of a piece of this dossier."""
    slug = call().slug
    return lambda piece: url_for("correspondent.piece", slug=slug, reference=reference, piece=piece)


def _shown(page: WorkPage, form: ProposalsForm, asked: RegisterAnswers | None = None) -> str:
    answers = page.document.answers
    return render_template(
        "correspondent/eligibility.html",
        page=page,
        document=page.document,
        roles=[role_chart(held) for held in roles_held(page.definition, answers)],
        registered=register().available and bool(register_answers.numbered(page.definition, answers)),
        asked=asked,
        form=form,
        piece_url=piece_url(page.document.reference),
        breadcrumb=trail((page.document.title, None)),
    )
