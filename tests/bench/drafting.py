"""What it costs to save what an applicant types: one question by the page's script, sixty by the form."""

from __future__ import annotations

import itertools
import json
import re
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from ptce_aap.definitions import load_call
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import filing
from tests import long_stage
from tests.bench.browsing import Answer, Browser
from tests.bench.forms import fields_of
from tests.bench.world import NOW, World, person

Ask = Callable[[], Answer]
_WORDS = {
    "entier": "12",
    "nombre": "12,5",
    "montant": "1 250,50",
    "date": "12/06/2015",
    "oui_non": "oui",
    "choix": "un",
    "choix_multiple": "deux",
    "siren": "000 000 018",
    "siret": "000 000 018 00010",
    "rna": "W751234567",
    "courriel": "contact@example.org",
    "telephone": "01 02 03 04 05",
    "commune": "59350",
    "code_postal": "59000",
}


def autosaver(browser: Browser, at: str) -> Ask:
    """Change one text each time, as the page's script does."""
    fields = fields_of(browser.get(at).text, "etape")
    name = next(key for key, values in fields.items() if values[0].startswith("Exemple fictif"))
    sent = {key: fields[key][0] for key in ("csrf_token", "_de", f"_vu-{name}")}
    numbers = itertools.count(1)

    def save() -> Answer:
        answer = browser.post(f"{at}/saisie", {**sent, name: f"Exemple fictif tapé {next(numbers)}"})
        sent[f"_vu-{name}"] = json.loads(answer.body)["marks"][name]
        return answer

    return save


def long_saver(world: World, browser: Browser) -> tuple[Callable[[], None], Ask]:
    """Change every text and number of a stage of sixty questions each time."""
    at = f"/candidature/{world.database.transaction(_start)}/etape/{long_stage.STAGE}"
    turns, marks = itertools.count(1), {}

    def opened() -> None:
        page = browser.get(at).text
        marks.update(re.findall(r'name="(csrf_token|_de|_vu-[^"]*)" value="([^"]*)"', page))

    def save() -> Answer:
        turn = next(turns)
        typed = {key: f"{_WORDS.get(kind) or f'Un texte fictif {turn}'}" for key, kind in long_stage.simple_questions()}
        grouped = {f"{long_stage.GROUP}-c_{kind}": words for kind, words in _WORDS.items()}
        texts = {f"{long_stage.GROUP}-c_texte": f"Un autre {turn}"}
        return browser.post(at, {**marks, **typed, **grouped, **texts, "_acte": "rester"})

    return opened, save


def _start(session: Session) -> str:
    """Open the call of the long stage, and start a dossier there."""
    with tempfile.TemporaryDirectory(prefix="ptce-long-", dir="/tmp") as folder:
        definition = load_call(long_stage.CALL, long_stage.write(Path(folder)))
    opens, closes = NOW - timedelta(days=1), NOW + timedelta(days=5)
    call = calls.open_call(session, calls.SYSTEM, definition, now=opens, opens_at=opens, closes_at=closes)
    actor = accounts.actor_of(person(session, "candidat"))
    return filing.new_dossier(session, actor, call, owner_id=actor.person_id, now=NOW).reference
