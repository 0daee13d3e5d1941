"""What is asked about a dossier of services and of funders: where each stands, asking, sending again, taking back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ptce_aap import clock
from ptce_aap.domain.consultations import Standing
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Permission
from ptce_aap.services.instruction import consultation_pages, consultations
from ptce_aap.services.instruction.consultation_pages import ConsultationsPage
from ptce_aap.services.instruction.consultations import LONGEST_NAME, LONGEST_QUESTION, Request, Wanted
from ptce_aap.web.access import requires
from ptce_aap.web.context import actor, call, db, enter_room, settings
from ptce_aap.web.correspondent.room import trail as trail_of_correspondent
from ptce_aap.web.dossiers import trail as trail_of_management
from ptce_aap.web.forms import typed_text
from ptce_aap.web.messages import sentence

bp = Blueprint("consultations", __name__, url_prefix="/avis-demandes")
_PLACES = 3  # how many services the form asks at once


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form of a request holds, as it was typed."""

    wanted: tuple[Wanted, ...]
    question: str = ""
    stages: tuple[str, ...] = ()
    day: str = ""

    @classmethod
    def of(cls, sent: MultiDict[str, str]) -> Typed:
        """Return what a browser sent."""
        columns = [sent.getlist(name) for name in ("domaine", "organisme", "personne", "courriel", "ligne")]
        longest = min(max(map(len, columns), default=0), consultations.MOST_AT_ONCE + 1)
        rows = [[typed_text(column[place]) if place < len(column) else "" for column in columns]
                for place in range(longest)]  # fmt: skip
        wanted = tuple(
            Wanted(kind=kind, service=service, addressee=person, email=email, line=line)
            for kind, service, person, email, line in rows
        )
        stages = tuple(sent.getlist("etape"))
        return cls(wanted, typed_text(sent.get("demande")), stages, sent.get("jusqu_au", "").strip())

    @property
    def filled(self) -> tuple[Wanted, ...]:
        """Return the rows in which somebody is named."""
        return tuple(one for one in self.wanted if one.service or one.addressee or one.email)

    def request(self) -> Request:
        """Return what is asked of all of them."""
        return Request(self.question, self.stages, _day(self.day))


@bp.before_request
def enter() -> None:
    """Show these pages as those of the room where this person follows the dossier."""
    enter_room("management.calls" if _manages() else "correspondent.calls")


@bp.get("/<slug>")
@requires(Permission.INSTRUCT)
def waiting() -> str:
    """List what is asked and not answered on the dossiers of one's regions, by date."""
    with db().reading() as session:
        lines = consultation_pages.waiting(session, actor(), call(), now=clock.now())
    return render_template(
        "consultations/waiting.html", lines=lines, breadcrumb=trail_of_correspondent(("Avis demandés", None))
    )


@bp.get("/<slug>/<reference>")
@requires(Permission.CONSULT, Permission.SEE_MANAGEMENT)
def page(reference: str) -> str:
    """Show what was asked about a dossier, where each request stands, and the answers."""
    return _page(reference)


@bp.route("/<slug>/<reference>/services", methods=["GET", "POST"])
@requires(Permission.CONSULT)
def ask(reference: str) -> Response | str | tuple[str, int]:
    """Ask the opinion of one or several services."""
    found = _load(reference)
    return _ask(found, "consultations/ask.html", "Demander un avis")


@bp.route("/<slug>/<reference>/financeurs", methods=["GET", "POST"])
@requires(Permission.CONSULT)
def ask_funder(reference: str) -> Response | str | tuple[str, int]:
    """Ask a funder to confirm a line of the financial plan."""
    found = _load(reference)
    if found.settings.funders is None:
        raise NotFound()
    return _ask(found, "consultations/ask_funder.html", "Faire confirmer un cofinancement")


@bp.post("/<slug>/<reference>/<identifier>/relancer")
@requires(Permission.CONSULT)
def send_again(reference: str, identifier: str) -> Response | tuple[str, int]:
    """Send a new link to somebody who has not answered."""
    return _act(
        reference,
        "Un nouveau lien est envoyé. Le précédent ne s’ouvre plus.",
        lambda: db().transaction(
            consultations.send_again,
            actor(),
            call().id,
            reference,
            identifier,
            base_url=settings().base_url,
            now=clock.now(),
        ),
    )


@bp.post("/<slug>/<reference>/<identifier>/prolonger")
@requires(Permission.CONSULT)
def prolong(reference: str, identifier: str) -> Response | tuple[str, int]:
    """Give somebody until a later day."""
    return _act(
        reference,
        "La nouvelle date est envoyée, avec un nouveau lien.",
        lambda: db().transaction(
            consultations.prolong,
            actor(),
            call().id,
            reference,
            identifier,
            _day(request.form.get("jusqu_au", "").strip()),
            base_url=settings().base_url,
            now=clock.now(),
        ),
    )


@bp.post("/<slug>/<reference>/<identifier>/retirer")
@requires(Permission.CONSULT)
def withdraw(reference: str, identifier: str) -> Response | tuple[str, int]:
    """Take a request back."""
    return _act(
        reference,
        "La demande est retirée. Son lien ne s’ouvre plus.",
        lambda: db().transaction(consultations.withdraw, actor(), call().id, reference, identifier, now=clock.now()),
    )


def _ask(found: ConsultationsPage, template: str, title: str) -> Response | str | tuple[str, int]:
    reference = found.dossier.reference
    if request.method == "GET":
        if not found.asks:
            return redirect(url_for("consultations.page", slug=call().slug, reference=reference))
        blank = Typed(tuple(Wanted("", "", "") for _ in range(_PLACES)), day=found.proposed_day.isoformat())
        return _form(found, template, title, blank)
    typed = Typed.of(request.form)
    try:
        db().transaction(
            consultations.ask,
            actor(),
            call().id,
            reference,
            typed.filled,
            typed.request(),
            base_url=settings().base_url,
            now=clock.now(),
        )
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _form(found, template, title, typed, refusal), 422
    count = len(typed.filled)
    flash("La demande est envoyée." if count == 1 else f"Les {count} demandes sont envoyées.", "success")
    return redirect(url_for("consultations.page", slug=call().slug, reference=reference))


def _form(
    found: ConsultationsPage, template: str, title: str, typed: Typed, refusal: RuleViolation | None = None
) -> str:
    rows = (*typed.wanted, *(Wanted("", "", "") for _ in range(_PLACES - len(typed.wanted))))
    return render_template(
        template,
        page=found,
        typed=typed,
        rows=rows,
        errors=[("", sentence(refusal))] if refusal is not None else [],
        longest_name=LONGEST_NAME,
        longest_question=LONGEST_QUESTION,
        breadcrumb=_trail(found, title),
    )


def _act(reference: str, done: str, act: object) -> Response | tuple[str, int]:
    assert callable(act)
    try:
        act()
    except NotFound:
        raise
    except RuleViolation as refusal:
        return _page(reference, refused=sentence(refusal)), 422
    flash(done, "success")
    return redirect(url_for("consultations.page", slug=call().slug, reference=reference))


def _page(reference: str, *, refused: str = "") -> str:
    found = _load(reference)
    return render_template(
        "consultations/page.html",
        page=found,
        waiting=found.count(Standing.WAITING),
        refused=refused,
        back=_back(reference),
        breadcrumb=_trail(found),
    )


def _load(reference: str) -> ConsultationsPage:
    with db().reading() as session:
        return consultation_pages.page(session, actor(), call(), reference, now=clock.now())


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _manages() -> bool:
    return actor().may(Permission.SEE_MANAGEMENT, call().id)


def _back(reference: str) -> str:
    """Return the address of the dossier in the room of this reader."""
    endpoint = "dossiers.dossier" if _manages() else "correspondent.dossier"
    return url_for(endpoint, slug=call().slug, reference=reference)


def _trail(found: ConsultationsPage, *last: str) -> list[tuple[str, str | None]]:
    reference = found.dossier.reference
    here = url_for("consultations.page", slug=call().slug, reference=reference) if last else None
    steps = ((found.dossier.title, _back(reference)), ("Avis demandés", here), *((one, None) for one in last))
    return trail_of_management(*steps) if _manages() else trail_of_correspondent(*steps)
