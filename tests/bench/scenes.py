"""The requests that are measured, phase by phase of one call."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.models import Dossier
from ptce_aap.services.accounts import accounts
from ptce_aap.services.applicants import drafts
from ptce_aap.services.applicants.stored import Stored, stored_form
from ptce_aap.services.calls import calls
from ptce_aap.services.ranking import deliberation
from tests.bench import drafting, freshness
from tests.bench.browsing import Answer, Browser
from tests.bench.forms import fields_of
from tests.bench.world import NOW, World, juror, person

Ask = Callable[[], Answer]

_LONG_TABLE = "budget.charges"


@dataclass(frozen=True, slots=True)
class Scene:
    """One kind of request: ``most_*`` are its budget, None where none was announced.

    ``prepare`` opens the page from which the request is sent: not measured.
    """

    key: str
    label: str
    ask: Ask
    expected: int = 200
    times: int = 30
    most_statements: int | None = None
    most_ms: int | None = None
    prepare: Callable[[], object] = lambda: None


def scenes(world: World, app: Flask) -> Iterator[Scene]:
    """Give what is measured; the call moves from phase to phase meanwhile: each scene is played before the next."""
    yield from _while_open(world, app)
    yield from _in_instruction(world, app)
    yield from _while_marking(world, app)
    yield from _in_deliberation(world, app)


def close_marking(session: Session, slug: str) -> None:
    """Close the marking and compute the ranking, as the call team does."""
    call = calls.call_by_slug(session, slug)
    call.marking_closed_at = NOW
    session.flush()
    deliberation.compute_ranking(session, accounts.actor_of(person(session, "equipe")), call, now=NOW)


def _while_open(world: World, app: Flask) -> Iterator[Scene]:
    world.change_call(closes_at=datetime.now(UTC) + timedelta(days=5), marking_opened_at=None)
    browser = _browser(world, app, "candidat")
    drafts = iter(world.drafts)
    kept = next(drafts)
    stage = next(iter(_stages(world)))
    at = f"/candidature/{kept}/etape/{stage}"
    token = browser.token(at)
    yield Scene("stage", "Page d’une étape", lambda: browser.get(at))
    opened, save = _stage_saver(browser, at)
    yield Scene("save_stage", "Enregistrer une étape", save, expected=302, times=15, prepare=opened)
    yield Scene("autosave", "Une question, pendant qu’on tape", drafting.autosaver(browser, at), most_ms=15)
    opened, save = drafting.long_saver(world, browser)
    label = "Enregistrer une étape de 60 questions"
    yield Scene("long_stage", label, save, expected=302, times=15, most_ms=40, prepare=opened)
    yield Scene("review", "Relire son dossier entier", lambda: browser.get(f"/candidature/{kept}/relecture"))
    yield from _filling_a_table(world, browser, kept, token)
    yield Scene(
        "deposit",
        "Déposer un dossier complet",
        lambda: browser.post(f"/candidature/{next(drafts)}/depot", {"csrf_token": token}),
        expected=302,
        times=25,
    )
    world.change_call(closes_at=NOW - timedelta(days=10))


def _filling_a_table(world: World, browser: Browser, draft: str, token: str) -> Iterator[Scene]:
    """A budget of 200 lines: its page, and its figures while a line is typed."""
    stage, table = _LONG_TABLE.split(".")
    at = f"/candidature/{draft}/etape/{stage}"
    world.database.transaction(_lengthen, world, draft)
    typed = {f"{table}-nouvelle-an1": "1 200,50", "csrf_token": token}
    yield Scene(
        "table", "Page d’une étape, tableau de 200 lignes", lambda: browser.get(at), most_statements=5, most_ms=60
    )
    yield Scene("figures", "Ses chiffres, pendant la saisie", lambda: browser.post(f"{at}/chiffres", typed))


def _lengthen(session: Session, world: World, reference: str) -> None:
    actor = accounts.actor_of(person(session, "candidat"))
    draft = drafts.hold(session, actor, reference, now=NOW)
    rows = tuple({"libelle": f"Dépense {n} du pôle", "an1": n * 100, "an2": 120_050} for n in range(200))
    value = stored_form(draft.question(_LONG_TABLE), rows)
    drafts.write(session, actor, draft, {_LONG_TABLE: Stored(value)}, now=NOW)


def _stage_saver(browser: Browser, at: str) -> tuple[Callable[[], None], Ask]:
    """Change one text each time."""
    numbers, fields = itertools.count(1), {}

    def opened() -> None:
        fields.update(fields_of(browser.get(at).text, "etape"))

    def save() -> Answer:
        name = next(key for key, values in fields.items() if values[0].startswith("Exemple fictif"))
        return browser.post(at, {**fields, name: f"Exemple fictif {next(numbers)}", "_acte": "rester"})

    return opened, save


def _in_instruction(world: World, app: Flask) -> Iterator[Scene]:
    browser, room = _browser(world, app, "correspondant"), f"/correspondant/{world.slug}"
    here = _references(world, region=world.region)
    mine = itertools.cycle(here[:50])
    team, whole = _browser(world, app, "equipe"), f"/pilotage/{world.slug}/synthese"
    yield Scene("synthesis", "Synthèse de tout l’appel", lambda: team.get(whole), times=5, most_ms=300)
    yield Scene("synthesis_region", "Synthèse d’une région", lambda: browser.get(f"{room}/synthese"), times=15)
    yield Scene("queue", "Liste du correspondant", lambda: browser.get(f"{room}?vue=rendus"))
    yield Scene("queue_search", "La même, triée, cherchée", lambda: browser.get(f"{room}?vue=rendus&tri=title&q=pole"))
    yield Scene(
        "dossier_correspondent",
        "Page d’un dossier (correspondant)",
        lambda: browser.get(f"{room}/dossiers/{next(mine)}"),
        most_statements=15,
        most_ms=30,
    )
    world.change_call(marking_opened_at=NOW - timedelta(days=9))


def _while_marking(world: World, app: Flask) -> Iterator[Scene]:
    name = juror(0)
    browser, room = _browser(world, app, name), f"/jury/{world.slug}"
    given = itertools.cycle(world.to_mark[name][1:])
    first = f"{room}/dossiers/{world.to_mark[name][0]}"
    yield Scene("juror_home", "Accueil d’un juré", lambda: browser.get(room))
    yield Scene(
        "dossier_juror",
        "Page d’un dossier avec sa grille (juré)",
        lambda: browser.get(f"{room}/dossiers/{next(given)}"),
        most_statements=15,
        most_ms=30,
    )
    yield Scene(
        "mark", "Enregistrer une note", marker(browser, world, first), times=100, most_statements=10, most_ms=15
    )
    opened, save = _sheet_saver(browser, world, first)
    yield Scene("sheet", "Enregistrer toute la fiche", save, expected=302, prepare=opened)
    world.database.transaction(close_marking, world.slug)


def marker(browser: Browser, world: World, at: str) -> Ask:
    """Give one mark after another, each time another value, as the page's own script does."""
    token, criteria = browser.token(at), [criterion.key for criterion in _definition(world).grid.criteria]
    state = {"version": 0}
    turns = itertools.count()

    def save() -> Answer:
        turn = next(turns)
        criterion = criteria[turn % len(criteria)]
        form = {
            "csrf_token": token,
            "version": state["version"],
            f"mark-{criterion}": turn % 7,
            f"comment-{criterion}": f"Commentaire fictif {turn}",
        }
        answer = browser.post(f"{at}/criteres/{criterion}", form)
        state["version"] = json.loads(answer.body).get("version", 0)
        return answer

    return save


def _sheet_saver(browser: Browser, world: World, at: str) -> tuple[Callable[[], None], Ask]:
    """Give every mark another value each time."""
    criteria = [criterion.key for criterion in _definition(world).grid.criteria]
    turns, fields = itertools.count(), {}

    def opened() -> None:
        fields.update(fields_of(browser.get(at).text, "fiche"))

    def save() -> Answer:
        turn = next(turns)
        marks = {f"mark-{key}": (turn + number) % 9 for number, key in enumerate(criteria)}
        comments = {f"comment-{key}": f"Commentaire fictif {turn}" for key in criteria}
        return browser.post(at, {**fields, **marks, **comments})

    return opened, save


def _in_deliberation(world: World, app: Flask) -> Iterator[Scene]:
    browser, room = _browser(world, app, "equipe"), f"/pilotage/{world.slug}"
    every = itertools.cycle(_references(world)[:50])
    ranking = f"{room}/classement"
    yield Scene("dashboard", "Tableau de bord de l’appel", lambda: browser.get(room))
    yield Scene("list", "Liste de tous les dossiers", lambda: browser.get(f"{room}/dossiers"))
    yield Scene(
        "dossier_team", "Page d’un dossier (équipe)", lambda: browser.get(f"{room}/dossiers/{next(every)}"),
        most_statements=15, most_ms=30,
    )  # fmt: skip
    yield Scene("ranking", "Classement", lambda: browser.get(ranking), most_statements=12, most_ms=40)
    yield Scene(
        "ranking_search", "Le même, trié et cherché", lambda: browser.get(f"{ranking}?sort=title&search=pole"),
        most_statements=12, most_ms=40,
    )  # fmt: skip
    yield Scene("place", "Un rang expliqué", lambda: browser.get(f"{ranking}/{next(every)}"))
    yield from _simulations(browser, room)
    freshness.prepare(world, whole=False)
    hall = f"{ranking}/salle"
    yield Scene("room", "Salle de classement", lambda: browser.get(hall))
    yield Scene("room_state", "Son état, demandé par la page", lambda: browser.get(f"{hall}/etat"))
    yield Scene("room_dossier", "Un rang corrigé expliqué", lambda: browser.get(f"{hall}/dossiers/{next(every)}"))
    yield Scene(
        "room_pair", "Deux dossiers comparés", lambda: browser.get(f"{hall}/comparer?a={next(every)}&b={next(every)}")
    )


def _simulations(browser: Browser, room: str) -> Iterator[Scene]:
    """A selection tried, saved, and read again."""
    tried, numbers = f"{room}/selection", itertools.count(1)
    asked = {"csrf_token": browser.token(tried), "enveloppe": "2000000", "objectif": "order"}

    def save() -> Answer:
        return browser.post(tried, {**asked, "nom": f"Scénario {next(numbers)}"})

    saved = save().location
    yield Scene("simulation", "Simulation d’une sélection", lambda: browser.get(f"{tried}?enveloppe=1500000"))
    yield Scene("save_scenario", "Enregistrer un scénario", save, expected=302, times=15)
    yield Scene("scenario", "Un scénario et ses raisons", lambda: browser.get(saved))


def _browser(world: World, app: Flask, name: str) -> Browser:
    return Browser(app, world.secret(name))


def _definition(world: World) -> Any:
    with world.database.reading() as session:
        return calls.definition_of(session, calls.call_by_slug(session, world.slug))


def _stages(world: World) -> Iterator[str]:
    """Give the stages that ask for a text."""
    for stage in _definition(world).questionnaire.stages:
        if any(question.kind.value == "texte_long" for question in stage.questions):
            yield stage.key


def _references(world: World, region: str | None = None) -> list[str]:
    query = select(Dossier.reference).where(Dossier.state == "eligible").order_by(Dossier.id)
    with world.database.reading() as session:
        return list(session.scalars(query.where(Dossier.region == region) if region else query))
