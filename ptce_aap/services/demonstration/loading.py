"""Loading the demonstration, and filling one call with as many fictional dossiers as one likes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.definitions import load_call
from ptce_aap.documents.specimen import specimen
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.questionnaire import QuestionKind
from ptce_aap.models import Call, Filing
from ptce_aap.services.calls import calls
from ptce_aap.services.demonstration import consulting, directories, marking, story
from ptce_aap.services.demonstration.chance import seeded
from ptce_aap.services.demonstration.content import Author
from ptce_aap.services.demonstration.deposits import Shelf, Told, put
from ptce_aap.services.demonstration.instructing import Desk, instruct
from ptce_aap.services.demonstration.ledger import Ledger
from ptce_aap.services.demonstration.people import cast
from ptce_aap.services.demonstration.recipes import Recipes, calls_with_recipes, read_recipes
from ptce_aap.services.demonstration.times import times_of
from ptce_aap.services.deposits import deposit_letters
from ptce_aap.services.running import outbox
from ptce_aap.storage import Storage, Stored

READINGS = 3
# Names and numbers follow one another from call to call: nobody is in two of them by chance.
_SEED = "démonstration"
_MARKED, _PUBLISHED, _OPEN = "deliberation", "publie", "ouvert"


def is_loaded(session: Session) -> bool:
    """Tell whether the database holds a call already."""
    return session.scalar(select(Call.id).limit(1)) is not None


def load(session: Session, storage: Storage, *, now: datetime, operator: Path | None = None) -> None:
    """Write the fictional calls of every call that comes with recipes. Errors: ``BadRecipe``, ``BadDefinition``."""
    for name in calls_with_recipes(operator):
        _load_one(session, name, storage, now=now, operator=operator)


def _load_one(session: Session, name: str, storage: Storage, *, now: datetime, operator: Path | None) -> None:
    definition, recipes = load_call(name, operator), read_recipes(name, operator)
    author = Author(recipes, definition.questionnaire, seed=_SEED)
    pieces = _store_pieces(storage, definition, recipes)
    for recipe in recipes["appels"]:
        times = times_of(recipe, now=now)
        call = story.open_call(session, definition, recipe, times)
        shelf = Shelf(call, definition, times, pieces)
        _live(session, shelf, recipes, recipe, author, visited=True)


def generate(
    session: Session,
    call: Call,
    count: int,
    readings: int = READINGS,
    *,
    now: datetime,
    operator: Path | None = None,
) -> None:
    """Fill a call that nothing was filed on: ``count`` dossiers filed, instructed, marked and ranked.

    Its calendar becomes that of the demonstration's marked call. Nobody has a password, no piece has bytes.
    """
    definition, recipes = calls.definition_of(session, call), read_recipes(call.name, operator)
    recipe = {**next(one for one in recipes["appels"] if one["etape"] == _MARKED), "dossiers": count}
    times = times_of(recipe, now=now)
    call.opens_at, call.closes_at, call.fictional = times.opens_at, times.closes_at, True
    session.flush()
    calls.record_opening(session, calls.SYSTEM, call, now=now)
    author = Author(recipes, definition.questionnaire, seed=f"{_SEED}-{call.slug}")
    shelf = Shelf(call, definition, times, {})
    _live(session, shelf, recipes, recipe, author, visited=False, readings=readings)


def _live(
    session: Session,
    shelf: Shelf,
    recipes: Recipes,
    recipe: Mapping[str, Any],
    author: Author,
    *,
    visited: bool,
    readings: int = READINGS,
) -> None:
    """Tell the life of one call as far as its phase goes; ``visited``: people will sign in and look at it."""
    ledger, rng = Ledger(shelf.call.id), seeded(_SEED, shelf.call.slug)
    opened = shelf.times.opens_at
    people = cast(
        session,
        shelf.call,
        shelf.definition,
        recipes,
        author.grammar(),
        ledger,
        with_passwords=visited,
        now=opened,
    )
    fictions = author.write(int(recipe["dossiers"]), day=opened.date())
    drafts = int(recipe.get("brouillons", 0))
    owned = _owned(people.applicant, drafts) if visited else {}
    told = put(session, shelf, fictions, ledger, drafts=drafts, owned=owned, rng=rng)
    if visited:
        directories.fill(session, shelf, people, recipes, ledger)
        _owe_receipts(session, told, people.applicant, at=shelf.times.now)
    desk = Desk(shelf, people, recipes, ledger, rng)
    stage = recipe["etape"]
    if stage != _OPEN:
        marked = stage in {_MARKED, _PUBLISHED}
        story.set_opinion_term(session, desk)
        instruct(session, desk, told, story.progress(told, decided=marked))
        if marked:
            pairs = marking.appoint(session, desk, told, readings)
            story.open_marking(session, desk)
            marking.mark(session, desk, pairs)
            story.close_marking(session, desk)
            story.lower_some_amounts(session, desk)
        elif visited:
            story.leave_for_some_days(session, desk)
            consulting.consult(session, desk, told)
        if stage == _PUBLISHED:
            story.freeze(session, desk)
    ledger.write(session)
    session.flush()


def _owned(applicant: Actor, drafts: int) -> dict[int, Actor]:
    """Give the account of the sign-in page the first deposit of a call, and a draft where there are any."""
    return {drafts: applicant, **({drafts // 2: applicant} if drafts else {})}


def _owe_receipts(session: Session, told: list[Told], applicant: Actor, *, at: datetime) -> None:
    """Owe the receipt documents of the deposits that somebody can open; the others are never made."""
    mine = [one.dossier.id for one in told if one.owner.person_id == applicant.person_id]
    for identifier in session.scalars(select(Filing.id).where(Filing.dossier_id.in_(mine)).order_by(Filing.id)):
        outbox.emit(session, deposit_letters.RECEIPT, {"filing": identifier}, at=at)


def _store_pieces(storage: Storage, definition: CallDefinition, recipes: Recipes) -> dict[str, Stored]:
    """Keep one specimen a kind of piece; every dossier joins the same."""
    asked = [question for question in definition.questionnaire.questions if question.kind is QuestionKind.ATTACHMENT]
    title = recipes["appels"][0]["titre"]
    return {question.path: storage.put(BytesIO(specimen(question.label, title))) for question in asked}
