"""What a public register tells of the numbers that the eligibility rules read: asked by hand, nothing is kept."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.persons import fold
from ptce_aap.domain.questionnaire import Answers, Question, Value, filled_rows
from ptce_aap.domain.registers import Completion, Fact, Facts
from ptce_aap.registers import Register, RegisterSilent, UnknownNumber
from ptce_aap.services.applicants import register_completion
from ptce_aap.services.applicants.register_completion import Proposal, Target

MOST_ASKED = 12
"""Numbers that one press asks at most."""
SECONDS = 5.0
"""No look-up begins later than this after the first one; each has a deadline of its own."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A group or a row whose number is looked up, as the dossier tells it."""

    completion: Completion
    holder: Question
    values: Mapping[str, Value]
    number: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the register tells beside one place of a dossier; ``facts`` is None where it does not know the number."""

    about: Numbered
    facts: Facts | None
    legal_form: tuple[Question, str] | None = None  # in the words of the call, where it has some for this code
    created: date | None = None
    differences: tuple[Proposal, ...] = ()  # what the dossier tells otherwise


@dataclass(frozen=True, slots=True)
class RegisterAnswers:
    """What came of one press: what was told, and how many places got no answer."""

    told: tuple[Told, ...]
    left: int


def numbered(definition: CallDefinition, answers: Answers) -> tuple[Numbered, ...]:
    """Return the places with a number that the call lets a register fill and that an eligibility rule reads."""
    read = {field for rule in definition.eligibility for field in rule.fields}
    found = []
    for completion in definition.completions:
        path = completion.holder
        holder = definition.questionnaire.question(path)
        if holder is None or not any(field == path or field.startswith(f"{path}.") for field in read):
            continue
        held = filled_rows(answers.get(path)) if holder.is_table else (answers.get(path) or {},)
        for values in held:
            number = values.get(completion.number.key)
            if number:
                found.append(Numbered(completion, holder, values, str(number)))
    return tuple(found)


def ask(definition: CallDefinition, answers: Answers, register: Register) -> RegisterAnswers:
    """Ask the register each number once, within ``MOST_ASKED`` and ``SECONDS``; the first silence ends it."""
    places = numbered(definition, answers)
    known: dict[str, Facts | None] = {}
    latest = time.monotonic() + SECONDS
    for number in tuple(dict.fromkeys(place.number for place in places))[:MOST_ASKED]:
        if time.monotonic() > latest:
            break
        try:
            known[number] = register.look_up(number)
        except UnknownNumber:
            known[number] = None
        except RegisterSilent:
            break
    told = tuple(_told(place, known[place.number]) for place in places if place.number in known)
    return RegisterAnswers(told, len(places) - len(told))


def _told(about: Numbered, facts: Facts | None) -> Told:
    if facts is None:
        return Told(about, None)
    target = Target(about.completion, about.holder, None, about.values, mark="")
    proposals = register_completion.proposals(target, facts)
    legal = next((field for field in about.completion.fields if field.fact is Fact.LEGAL_FORM), None)
    form = legal.proposed(facts) if legal is not None else None
    return Told(
        about,
        facts,
        legal_form=(legal.question, form) if legal is not None and form is not None else None,
        created=_date(facts.get(Fact.CREATED, "")),
        differences=tuple(one for one in proposals if not one.fills and not _same(one)),
    )


def _same(one: Proposal) -> bool:
    """Tell whether both say the same: a register writes in capitals and without accents."""
    return one.same or fold(str(one.current)) == fold(one.proposed)


def _date(told: str) -> date | None:
    try:
        return date.fromisoformat(told)
    except ValueError:
        return None
