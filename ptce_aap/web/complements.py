"""Complements asked of a dossier: what was asked and what came, choosing the questions, writing, sending, closing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.complements import SENTENCE_LENGTH, Asked, Flaw
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.exchanges import complement_reminders, complements
from ptce_aap.services.exchanges.complement_readings import AskedReading
from ptce_aap.services.exchanges.complements import Choice
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, enter_room, settings
from ptce_aap.web.correspondent.room import trail as trail_of_correspondent
from ptce_aap.web.dossiers import trail as trail_of_management
from ptce_aap.web.forms import typed_text
from ptce_aap.web.messages import sentence

bp = Blueprint("complements", __name__, url_prefix="/complements")


@dataclass(frozen=True, slots=True)
class Written:
    """What the form says of a question, and what is wrong with it."""

    asked: AskedReading
    flaw: Flaw
    sentence: str
    error: str = ""

    @property
    def anchor(self) -> str:
        """The identifier of its field in the page."""
        return "attendu-" + self.asked.question.path.replace(".", "-")


@bp.before_request
def enter() -> None:
    """Show these pages as those of the room where this person follows the dossier."""
    enter_room("management.calls" if _manages() else "correspondent.calls")


@bp.get("/<slug>/<reference>")
@requires(Permission.ASK_COMPLEMENTS, Permission.SEE_MANAGEMENT)
def page(reference: str) -> str:
    """Show what was asked of a dossier, where each request stands, and what its answer changed."""
    return _page(reference)


@bp.get("/<slug>/<reference>/questions")
@requires(Permission.ASK_COMPLEMENTS)
def choose(reference: str) -> str:
    """Choose the questions, stage by stage."""
    found = _choice_or_page(reference)
    return render_template(
        "complements/choose.html",
        choice=found,
        document=found.document,
        chosen=frozenset(request.args.getlist("question")),
        breadcrumb=_trail(reference, found.document.title, "Choisir les questions"),
    )


@bp.get("/<slug>/<reference>/demande")
@requires(Permission.ASK_COMPLEMENTS)
def write(reference: str) -> Response | str:
    """Say of each chosen question what is wrong and what is expected."""
    found = _choice_or_page(reference)
    asked = found.chosen(request.args.getlist("question"))
    if not asked:
        flash("Cochez au moins une question à compléter.", "error")
        return redirect(url_for("complements.choose", slug=call().slug, reference=reference))
    written = [Written(one, one.flaw, "") for one in asked]
    return _form(reference, found, written, found.proposed_day.isoformat())


@bp.post("/<slug>/<reference>/demande")
@requires(Permission.ASK_COMPLEMENTS)
def send(reference: str) -> Response | str | tuple[str, int]:
    """Show the applicant's page before it is sent; ``envoyer`` sends it, ``reprendre`` goes back to the form.

    Where nothing can be asked any more, the page of the refusal shows what was written.
    """
    found = _choice(reference)
    written, day = _received(found), request.form.get("jusqu_au", "").strip()
    if "phrase" in request.form:
        return _form(reference, found, [_with_phrase(found, one) for one in written], day)
    if "reprendre" in request.form:
        return _form(reference, found, written, day)
    asked = [Asked(one.asked.question.path, one.flaw, one.sentence) for one in written]
    try:
        complements.check(found.definition, asked, _day(day), now=clock.now())
        if "envoyer" not in request.form:
            return _preview(reference, found, written, day)
        db().transaction(
            complements.ask,
            actor(),
            call().id,
            reference,
            asked,
            _day(day),
            base_url=settings().base_url,
            now=clock.now(),
        )
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _form(reference, found, written, day, refusal), 422
    flash("La demande est envoyée. Le porteur la reçoit par courriel et sur sa page.", "success")
    return redirect(url_for("complements.page", slug=call().slug, reference=reference))


@bp.post("/<slug>/<reference>/fermer")
@requires(Permission.ASK_COMPLEMENTS)
def close(reference: str) -> Response | tuple[str, int]:
    """Close the request that waits, with a reason."""
    reason = typed_text(request.form.get("motif"))
    try:
        db().transaction(complements.close, actor(), call().id, reference, reason, now=clock.now())
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _page(reference, reason=reason, refused=sentence(refusal)), 422
    flash("La demande est fermée. Le délai de décision court à nouveau.", "success")
    return redirect(url_for("complements.page", slug=call().slug, reference=reference))


@bp.post("/<slug>/<reference>/rappel")
@requires(Permission.ASK_COMPLEMENTS)
def remind(reference: str) -> Response:
    """Recall the request that waits to the people of the dossier."""
    try:
        db().transaction(
            complement_reminders.remind, actor(), call().id, reference, base_url=settings().base_url, now=clock.now()
        )
        flash("Le rappel est envoyé aux personnes du dossier.", "success")
    except NotFound:
        raise
    except RuleViolation as refusal:
        flash(sentence(refusal), "error")
    return redirect(url_for("complements.page", slug=call().slug, reference=reference))


def _page(reference: str, *, reason: str = "", refused: str = "") -> str:
    with db().reading() as session:
        found = complements.page(session, actor(), call(), reference, now=clock.now())
    return render_template(
        "complements/page.html",
        page=found,
        reason=reason,
        refused=refused,
        back=_back(reference),
        breadcrumb=_trail(reference, found.dossier.title),
    )


def _choice(reference: str) -> Choice:
    with db().reading() as session:
        return complements.choice(session, actor(), call(), reference, now=clock.now())


def _choice_or_page(reference: str) -> Choice:
    """Return what may be asked; where nothing may be, the page of the dossier's complements says why."""
    try:
        return _choice(reference)
    except NotFound:
        raise
    except RuleViolation as refusal:
        flash(sentence(refusal), "error")
        abort(redirect(url_for("complements.page", slug=call().slug, reference=reference)))


def _received(found: Choice) -> list[Written]:
    """Return what the form says, of the questions that it names."""
    written = []
    for one in found.chosen(request.form.getlist("question")):
        flaw = request.form.get(f"defaut-{one.question.path}", "")
        told = typed_text(request.form.get(f"attendu-{one.question.path}"))
        written.append(Written(one, Flaw(flaw) if flaw in set(Flaw) else one.flaw, told))
    return written


def _proposed(found: Choice, one: Written) -> list[str]:
    """Return the sentences proposed for a question: those of its own first, those of the flaw chosen before others."""
    question = one.asked.question
    phrases = [phrase for phrase in found.definition.phrases if phrase.of(question.path, question.label)]
    phrases.sort(key=lambda phrase: (phrase.flaw is not one.flaw, phrase.path is None))
    return [phrase.text.replace("{libelle}", question.label) for phrase in phrases]


def _with_phrase(found: Choice, one: Written) -> Written:
    """Return what is written of a question, with the sentence that was asked for after it."""
    place, _, path = request.form.get("phrase", "").partition(":")
    proposed = _proposed(found, one)
    if path != one.asked.question.path or not place.isdecimal() or int(place) >= len(proposed):
        return one
    told = " ".join(part for part in (one.sentence, proposed[int(place)]) if part)
    return replace(one, sentence=told)


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _form(
    reference: str, found: Choice, written: Sequence[Written], day: str, refusal: RuleViolation | None = None
) -> str:
    errors: list[tuple[str, str]] = []
    if refusal is not None:
        anchor = "jusqu_au" if refusal.code.startswith("complement_") else ""
        for one in written:
            if refusal.facts.get("path") == one.asked.question.path:
                anchor = one.anchor
        errors.append((anchor, sentence(refusal)))
    return render_template(
        "complements/write.html",
        choice=found,
        document=found.document,
        written=written,
        proposed={one.anchor: _proposed(found, one) for one in written},
        day=day,
        errors=errors,
        maximum=SENTENCE_LENGTH,
        breadcrumb=_trail(reference, found.document.title, "Écrire la demande"),
    )


def _preview(reference: str, found: Choice, written: Sequence[Written], day: str) -> str:
    return render_template(
        "complements/preview.html",
        choice=found,
        document=found.document,
        written=written,
        day=day,
        last_day=_day(day),
        breadcrumb=_trail(reference, found.document.title, "Relire et envoyer"),
    )


def _manages() -> bool:
    return actor().may(Permission.SEE_MANAGEMENT, call().id)


def _back(reference: str) -> str:
    """Return the address of the dossier in the room of this reader."""
    endpoint = "dossiers.dossier" if _manages() else "correspondent.dossier"
    return url_for(endpoint, slug=call().slug, reference=reference)


def _trail(reference: str, title: str, *last: str) -> list[tuple[str, str | None]]:
    here = url_for("complements.page", slug=call().slug, reference=reference) if last else None
    steps = ((title, _back(reference)), ("Compléments", here), *((one, None) for one in last))
    return trail_of_management(*steps) if _manages() else trail_of_correspondent(*steps)
