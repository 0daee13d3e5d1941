"""The form of a simulation: its fields follow the call's regions and themes, and its values live in the address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from wtforms import Field, RadioField, StringField

from ptce_aap.domain.portfolio.problem import Kind, Level, Limit, Objective
from ptce_aap.services.selection.scenario_inputs import Inputs, Wish, theme_options
from ptce_aap.web.forms import PageForm, typed_text
from ptce_aap.web.management.money import cents, typed

PAIRS = 4
LEVELS = 3
OBJECTIVES = {
    Objective.ORDER: "Suivre l’ordre de la liste, et s’en écarter le moins possible",
    Objective.SCORE: "La plus grande somme des totaux",
    Objective.SCORE_COST: "La plus grande somme de total × montant accordé",
}
_WHOLE = re.compile(r"\d{1,4}")
_DECIMAL = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?")
_ORDERS = [("annonce", "l’ordre annoncé"), ("adopte", "la liste adoptée, sans les dossiers écartés")]


class SelectionForm(PageForm):
    """What is the same in every call; ``form_for`` adds the quotas of one call."""

    enveloppe = StringField("Enveloppe de la simulation, en euros")
    objectif = RadioField("Ce qui est cherché", choices=[(one.value, label) for one, label in OBJECTIVES.items()])
    ordre = RadioField("À partir de", choices=_ORDERS)
    note = StringField("Total minimal")


def form_for(inputs: Inputs, values: Mapping[str, Any] | None = None, wish: Wish | None = None) -> SelectionForm:
    """Return the form of a call: as typed (``values``), else as a wish fills it."""
    fields: dict[str, Any] = {}
    for region in inputs.definition.sheet.regions:
        fields[f"min-{region.code}"] = StringField(f"{region.name} : au moins")
        fields[f"max-{region.code}"] = StringField(f"{region.name} : au plus")
    for key, label in theme_options(inputs):
        fields[f"tmin-{key}"] = StringField(f"{label} : au moins")
        fields[f"tmax-{key}"] = StringField(f"{label} : au plus, en euros")
    for number in range(1, PAIRS + 1):
        fields[f"paire-{number}-a"] = StringField(f"Paire {number}, premier dossier")
        fields[f"paire-{number}-b"] = StringField(f"Paire {number}, second dossier")
    for number in range(1, LEVELS + 1):
        fields[f"part-{number}"] = StringField(f"Niveau {number}, montant")
        fields[f"valeur-{number}"] = StringField(f"Niveau {number}, total")
    made = type("CallSelectionForm", (SelectionForm,), fields)
    if values is not None:
        form: SelectionForm = made(values)
        return form
    filled: SelectionForm = made(formdata=None)
    for name, value in _filled(inputs, wish or default_wish(inputs)):
        if name in filled:
            filled[name].data = value
    return filled


def default_wish(inputs: Inputs) -> Wish:
    """Return what a call's simulation starts from: its envelope, its list in force, no quota."""
    return Wish((Limit(Kind.BUDGET, inputs.call.envelope_cents),), adopted=inputs.departed)


def address_of(inputs: Inputs, wish: Wish) -> dict[str, Any]:
    """Return the values that fill the form with this wish, for an address."""
    return {name: value for name, value in _filled(inputs, wish) if value}


def read_wish(form: SelectionForm, inputs: Inputs) -> Wish | None:
    """Return what is asked for; None where a value cannot be read, and its field says why."""
    reading = _Reading(form, inputs)
    limits = list(reading.limits())
    levels = tuple(reading.levels())
    objective = Objective(form.objectif.data) if form.objectif.data in set(Objective) else Objective.ORDER
    if levels and objective is Objective.ORDER:
        reading.refuse("part-1", "Les niveaux servent aux sommes de totaux : changez ce qui est cherché, ou videz-les.")
    if reading.refused:
        return None
    return Wish(tuple(limits), levels, objective, adopted=form.ordre.data == "adopte")


class _Reading:
    """Reads one form; what it refuses stands beside its field."""

    def __init__(self, form: SelectionForm, inputs: Inputs) -> None:
        self.form, self.inputs, self.refused = form, inputs, False

    def refuse(self, name: str, message: str) -> None:
        field: Field = self.form[name]
        field.errors = [*field.errors, message]
        self.refused = True

    def limits(self) -> Iterator[Limit]:
        envelope = self._money("enveloppe")
        if envelope is None and not self.form.enveloppe.errors:
            self.refuse("enveloppe", "Indiquez l’enveloppe de la simulation.")
        yield Limit(Kind.BUDGET, envelope or 0)
        for region in self.inputs.definition.sheet.regions:
            yield from self._counted(Kind.REGION_MIN, f"min-{region.code}", region.code)
            yield from self._counted(Kind.REGION_MAX, f"max-{region.code}", region.code)
        for key, _ in theme_options(self.inputs):
            yield from self._counted(Kind.THEME_MIN, f"tmin-{key}", key)
            money = self._money(f"tmax-{key}")
            if money is not None:
                yield Limit(Kind.THEME_MAX, money, (key,))
        yield from self._minimal_total()
        for number in range(1, PAIRS + 1):
            yield from self._pair(f"paire-{number}-a", f"paire-{number}-b")

    def levels(self) -> Iterator[Level]:
        for number in range(1, LEVELS + 1):
            names = f"part-{number}", f"valeur-{number}"
            texts = [self._text(name) for name in names]
            if not any(texts):
                continue
            shares = [self._share(name, text) for name, text in zip(names, texts, strict=True)]
            if shares[0] is not None and shares[1] is not None:
                yield Level(shares[0], shares[1])

    def _text(self, name: str) -> str:
        return typed_text(self.form[name].data)

    def _counted(self, kind: Kind, name: str, about: str) -> Iterator[Limit]:
        text = self._text(name)
        if not text:
            return
        if _WHOLE.fullmatch(text):
            yield Limit(kind, int(text), (about,))
        else:
            self.refuse(name, "Indiquez un nombre de dossiers, ou laissez vide.")

    def _money(self, name: str) -> int | None:
        text = self._text(name)
        if not text:
            return None
        try:
            return cents(text)
        except ValueError:
            self.refuse(name, "Indiquez un montant en euros, par exemple 250 000.")
            return None

    def _minimal_total(self) -> Iterator[Limit]:
        text, most = self._text("note"), self.inputs.definition.grid.total_on
        if not text:
            return
        found = _DECIMAL.fullmatch(text)
        hundredths = _hundredths(found) if found else most * 100 + 1
        if hundredths > most * 100:
            self.refuse("note", f"Indiquez un total de 0 à {most}, avec deux décimales au plus.")
        else:
            yield Limit(Kind.MIN_SCORE, hundredths)

    def _pair(self, *names: str) -> Iterator[Limit]:
        texts = [self._text(name) for name in names]
        if not any(texts):
            return
        found = [self.inputs.by_number.get(text) for text in texts]
        for name, text, dossier in zip(names, texts, found, strict=True):
            if dossier is None:
                missing = (
                    "Indiquez le second dossier de la paire." if not text else "Aucun dossier classé n’a ce numéro."
                )
                self.refuse(name, missing)
        if texts[0] == texts[1]:
            self.refuse(names[1], "Une paire compte deux dossiers différents.")
        if found[0] is not None and found[1] is not None:
            yield Limit(Kind.AT_MOST_ONE, 1, (found[0].reference, found[1].reference))

    def _share(self, name: str, text: str) -> Fraction | None:
        found = _DECIMAL.fullmatch(text)
        share = Fraction(_hundredths(found), 10_000) if found else Fraction(0)
        if 0 < share <= 1:
            return share
        self.refuse(name, "Indiquez un pourcentage au-dessus de 0 et d’au plus 100.")
        return None


def _hundredths(found: re.Match[str]) -> int:
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _filled(inputs: Inputs, wish: Wish) -> Iterator[tuple[str, str]]:
    """The fields of a wish, as they would be typed."""
    yield "enveloppe", typed(wish.envelope_cents)
    yield "objectif", wish.objective.value
    yield "ordre", "adopte" if wish.adopted else "annonce"
    prefixes = {Kind.REGION_MIN: "min", Kind.REGION_MAX: "max", Kind.THEME_MIN: "tmin"}
    pair = 0
    for limit in wish.limits:
        match limit.kind:
            case Kind.REGION_MIN | Kind.REGION_MAX | Kind.THEME_MIN:
                yield f"{prefixes[limit.kind]}-{limit.about[0]}", str(limit.bound)
            case Kind.THEME_MAX:
                yield f"tmax-{limit.about[0]}", typed(limit.bound)
            case Kind.MIN_SCORE:
                yield "note", typed(limit.bound)  # hundredths of a point, as cents are of a euro
            case Kind.AT_MOST_ONE:
                numbers = [one.number for ref in limit.about if (one := inputs.by_reference.get(ref)) is not None]
                if len(numbers) == 2 and pair < PAIRS:
                    pair += 1
                    yield f"paire-{pair}-a", numbers[0]
                    yield f"paire-{pair}-b", numbers[1]
            case Kind.BUDGET:
                continue
    for number, level in enumerate(wish.levels, start=1):
        yield f"part-{number}", typed(int(level.share_of_cost * 10_000))
        yield f"valeur-{number}", typed(int(level.share_of_score * 10_000))
