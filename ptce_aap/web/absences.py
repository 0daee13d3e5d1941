"""The form of an absence, shared by the correspondents and the team."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from ptce_aap import clock
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.services.joint_acts import absences
from ptce_aap.services.joint_acts.absences import Colleague, Days
from ptce_aap.web.context import actor, call, db, settings
from ptce_aap.web.forms import PageForm

_FIELDS = {
    "absence_same_person": "substitute",
    "absence_substitute_marks": "substitute",
    "grant_to_self": "substitute",
    "absence_in_the_past": "first_day",
    "absence_too_far": "first_day",
}


class AbsenceForm(PageForm):
    """Who acts, and from which day to which, in Paris, both included."""

    substitute = SelectField("Personne qui supplée", [InputRequired("Choisissez une personne.")], validate_choice=False)
    first_day = DateField("Premier jour", [InputRequired("Indiquez le premier jour.")])
    last_day = DateField("Dernier jour", [InputRequired("Indiquez le dernier jour.")], description="Ce jour compris.")

    def offer(self, colleagues: Sequence[Colleague]) -> None:
        """Offer these correspondents."""
        self.substitute.choices = offered(colleagues)

    def write(self, act: Callable[..., Any], *args: str) -> bool:
        """Name who acts; False where it is refused, with the reason beside its field."""
        days = Days(self.first_day.data, self.last_day.data)
        named = (*args, self.substitute.data or "", days)
        try:
            db().transaction(act, actor(), call().id, *named, base_url=settings().base_url, now=clock.now())
        except NotFound:
            self.substitute.errors = ["Choisissez une personne de la liste."]
        except RuleViolation as refusal:
            self.refuse(refusal, _FIELDS.get(refusal.code, "last_day"))
        else:
            flash("La suppléance est prévue. Les personnes concernées en sont averties par courriel.", "success")
            return True
        return False


class TeamAbsenceForm(AbsenceForm):
    """The same for whoever is absent and cannot name anybody."""

    absent = SelectField("Personne absente", [InputRequired("Choisissez une personne.")], validate_choice=False)

    def offer(self, colleagues: Sequence[Colleague]) -> None:
        """Offer these correspondents, as absent and as acting."""
        super().offer(colleagues)
        self.absent.choices = offered(colleagues)


def offered(colleagues: Sequence[Colleague]) -> list[tuple[str, str]]:
    """Return the choices of a list of correspondents, each with his regions."""
    named = [(one.reference, f"{one.name} ({', '.join(one.regions)})") for one in colleagues]
    return [("", "Choisir"), *named]


def ended(reference: str, address: str) -> Response:
    """End an absence and go back to the page it was shown on."""
    try:
        db().transaction(absences.end, actor(), call().id, reference, base_url=settings().base_url, now=clock.now())
    except NotFound:
        raise
    except RuleViolation as refusal:
        if refusal.code != "already_done":
            raise
    flash("La suppléance est terminée : elle n’ouvre plus rien.", "success")
    return redirect(address)
