"""The page that a personal link opens to somebody who is consulted: what he is shown, his answer, passing it on."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.services.instruction import consultation_links
from ptce_aap.services.instruction.consultation_links import DEAD, LinkPage
from ptce_aap.services.instruction.consultations import LONGEST_NAME
from ptce_aap.web import limits
from ptce_aap.web.access import public
from ptce_aap.web.context import db, enter, received_at, settings
from ptce_aap.web.correspondent.forms import OpinionForm
from ptce_aap.web.forms import typed_text
from ptce_aap.web.messages import sentence

bp = Blueprint("consulted", __name__, url_prefix="/dossier/consultation")


@bp.after_request
def kept_by_nobody(response: Response) -> Response:
    """A page that a secret opens is kept by no cache, and found by no search."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@bp.get("/<token>")
@public
def page(token: str) -> str:
    """Show what the link opens, and the form of the answer as it was last kept; nothing changes."""
    found = _load(token)
    return _shown(token, found, OpinionForm.showing(found.form, found.given))


@bp.post("/<token>")
@public
def answer(token: str) -> Response | tuple[str, int]:
    """Keep the draft, or give the answer (``rendre``)."""
    found = _load(token)
    form = OpinionForm.receiving(found.form, request.form)
    answers = form.read()
    respondent = typed_text(request.form.get("repondant"))
    if form.errors:
        return _shown(token, found, form, form.errors, respondent=respondent), 422
    given = "rendre" in request.form

    def act() -> None:
        if given:
            db().transaction(
                consultation_links.answer,
                token,
                answers,
                respondent,
                base_url=settings().base_url,
                now=received_at(),
            )
        else:
            db().transaction(consultation_links.save, token, answers, now=received_at())

    refused = _refusal(act)
    if refused is not None:
        anchor = "repondant" if refused.code.startswith("name_") else ""
        return _shown(token, _load(token), form, [(anchor, sentence(refused))], respondent=respondent), 422
    flash(
        "Votre réponse est rendue. Merci." if given else "Votre brouillon est enregistré. Ce lien le retrouvera.",
        "success",
    )
    return redirect(url_for("consulted.page", token=token))


@bp.post("/<token>/transmettre")
@public
def pass_on(token: str) -> Response | str | tuple[str, int]:
    """Send the link to a colleague of the same service; this one opens nothing any more."""
    found = _load(token)
    person, email = typed_text(request.form.get("personne")), typed_text(request.form.get("courriel"))

    def act() -> None:
        base = settings().base_url
        db().transaction(consultation_links.pass_on, token, person, email, base_url=base, now=received_at())

    refused = _refusal(act)
    if refused is not None:
        errors = [("transmettre", sentence(refused))]
        form = OpinionForm.showing(found.form, found.given)
        return _shown(token, found, form, errors, person=person, email=email), 422
    enter(found.call)
    return render_template("consultations/passed_on.html", person=person)


def _load(token: str) -> LinkPage:
    with limits.only_failures(limits.of_link()), db().reading() as session:
        return consultation_links.page(session, token, now=received_at())


def _refusal(act: Callable[[], None]) -> RuleViolation | None:
    """Do something; return why not. A link that has died meanwhile has its own page, with what was typed."""
    try:
        act()
    except RuleViolation as refusal:
        if refusal.code in {DEAD, "consultation_answered"}:
            raise
        return refusal
    return None


def _shown(
    token: str, found: LinkPage, form: OpinionForm, errors: list[tuple[str, str]] | None = None, **typed: str
) -> str:
    enter(found.call)
    return render_template(
        "consultations/link.html",
        page=found,
        form=form,
        token=token,
        errors=errors or [],
        typed=typed,
        longest_name=LONGEST_NAME,
    )
