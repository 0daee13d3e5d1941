"""Confirming a dossier: asking its representative, reading the whole, answering yes or no."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.domain.sharing import Answer, Kind, Right
from ptce_aap.services.applicants import applicant, dossier_confirming
from ptce_aap.services.applicants.dossier_confirming import LONGEST_NAME, LONGEST_SENTENCE, ToConfirm, Word
from ptce_aap.services.dossiers import dossiers
from ptce_aap.web import limits
from ptce_aap.web.access import public, requires
from ptce_aap.web.applicant.people import invited, own_page, way
from ptce_aap.web.applicant.room import bp, by_link
from ptce_aap.web.context import actor, db, enter, received_at, settings
from ptce_aap.web.forms import PageForm, typed_text

_FIELD_OF = {
    "name_missing": "name",
    "name_too_long": "name",
    "sentence_missing": "sentence",
    "sentence_too_long": "sentence",
}


class AskForm(PageForm):
    """Where the representative's link is sent."""

    email = EmailField(
        "Adresse de courriel du représentant légal",
        [InputRequired("Indiquez l’adresse du représentant légal."), Length(max=254)],
    )


class WordForm(PageForm):
    """Who answers, what, and on which content."""

    name = StringField("Prénom et nom", [Length(max=LONGEST_NAME)])
    quality = StringField("Qualité", [Length(max=LONGEST_NAME)], description="Par exemple : présidente, gérant.")
    sentence = TextAreaField(
        "Un mot d’explication",
        [Length(max=LONGEST_SENTENCE)],
        description="Facultatif si vous confirmez, demandé si vous ne confirmez pas.",
    )
    shown = HiddenField()

    def word(self, answer: Answer) -> Word:
        """Return what was answered."""
        return Word(
            answer=answer,
            name=typed_text(self.name.data),
            quality=typed_text(self.quality.data),
            sentence=typed_text(self.sentence.data),
            shown=self.shown.data or "",
        )


@bp.route("/<reference>/personnes/representant", methods=["GET", "POST"])
@requires(Permission.FILE_DOSSIER)
def ask_representative(reference: str) -> Response | str:
    """Ask the legal representative to confirm the dossier."""
    page = own_page(reference)
    form = AskForm()
    if request.method == "GET":
        form.email.data = _representative_email(reference)
    if form.validate_on_submit() and invited(form, reference, Kind.REPRESENTATIVE, Right.READ):
        flash(f"La demande part à l’adresse {form.email.data}. Le lien vaut jusqu’à la clôture.", "success")
        return redirect(url_for("applicant.people", reference=reference))
    return render_template(
        "applicant/ask_representative.html",
        page=page,
        form=form,
        breadcrumb=way(page, ("Demander une confirmation", None)),
    )


@bp.route("/<reference>/personnes/confirmer", methods=["GET", "POST"])
@requires(Permission.FILE_DOSSIER)
def confirm_as_carrier(reference: str) -> Response | str | tuple[str, int]:
    """Read the dossier whole as its co-carrier, and answer."""

    def show() -> ToConfirm:
        with db().reading() as session:
            return dossier_confirming.for_carrier(session, actor(), reference, now=received_at())

    def answer(word: Word) -> None:
        base = settings().base_url
        db().transaction(
            dossier_confirming.answer_as_carrier, actor(), reference, word, base_url=base, now=received_at()
        )

    return _confirm(show, answer, url_for("applicant.people", reference=reference), representative=False)


@by_link.route("/confirmation/<token>", methods=["GET", "POST"])
@public
def confirm_as_representative(token: str) -> Response | str | tuple[str, int]:
    """Read the dossier whole by a personal link, and answer."""

    def show() -> ToConfirm:
        with limits.only_failures(limits.of_link()), db().reading() as session:
            return dossier_confirming.for_representative(session, token, now=received_at())

    def answer(word: Word) -> None:
        base = settings().base_url
        db().transaction(dossier_confirming.answer_by_link, token, word, base_url=base, now=received_at())

    here = url_for("by_link.confirm_as_representative", token=token)
    return _confirm(show, answer, here, representative=True)


def _confirm(
    show: Callable[[], ToConfirm], answer: Callable[[Word], None], after: str, *, representative: bool
) -> Response | str | tuple[str, int]:
    page = show()
    enter(page.call)
    form = WordForm()
    given = request.form.get("reponse", "")
    if request.method == "POST":
        if given not in set(Answer):
            raise NotFound()
        if form.validate():
            try:
                answer(form.word(Answer(given)))
                flash("Votre réponse est enregistrée. Merci.", "success")
                return redirect(after)
            except RuleViolation as refusal:
                if refusal.code == "not_found":
                    raise
                form.refuse(refusal, _FIELD_OF.get(refusal.code))
                page = show()
                if not page.open:
                    raise  # the page has no form any more: that of the refusal shows what was typed
    elif page.last is not None:
        form.name.data, form.quality.data = page.last.name, page.last.quality
    elif not representative:
        form.name.data = actor().name
    form.shown.data = page.content_sha256
    shown = render_template("applicant/confirm.html", page=page, form=form, representative=representative)
    return (shown, 422) if request.method == "POST" else shown


def _representative_email(reference: str) -> str:
    """Return the representative's address where the dossier states it."""
    with db().reading() as session:
        page = applicant.dossier_page(session, actor(), reference, now=received_at())
    path = page.definition.sheet.projection.representative_email
    return str(dossiers.value_at(page.answers, path) or "")
