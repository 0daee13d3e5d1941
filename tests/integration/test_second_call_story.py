"""A second, different call (marks on 20, no region, one reading) goes through the whole story without any Python."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ptce_aap import cli, clock
from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.jobs import run
from ptce_aap.jobs.context import open_context
from ptce_aap.models import Call, Dossier, SignIn
from ptce_aap.services.calls import calls
from tests.browsers import Browser
from tests.bundles import HOLDS, judge_alone
from tests.forms import forms_of, submit
from tests.two_persons import freeze_in_pages, publish_in_pages

CALL = "fabriques-2016"
FILES = Path(__file__).parents[1] / "second_call"
PASSWORD = "une phrase facile à retenir"


@pytest.fixture
def installation(fresh_database: Database, tmp_path: Path, monkeypatch, capsys):
    """The application with the call's files in its operator's folder, and its command line."""
    environment = {
        "PTCE_INSTANCE": str(tmp_path / "instance"),
        "PTCE_DATABASE_URL": fresh_database.url,
        "PTCE_DEFINITIONS": str(FILES),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    app = create_app(load_settings(environment), database=fresh_database)

    def command(*arguments: object) -> str:
        status = cli.run([str(argument) for argument in arguments])
        told = capsys.readouterr()
        assert status == 0, told.err or told.out
        return told.out

    return app, command


def test_another_call_goes_from_its_files_to_its_laureates(
    fresh_database: Database, installation, tmp_path: Path
) -> None:
    app, command = installation
    now = clock.now()
    command("call", "open", CALL, "--opens", now - timedelta(days=1), "--closes", now + timedelta(days=1))
    team = enter(app, fresh_database, command("user", "add", "equipe@example.org", "--role", "team"))
    juror_link = command("user", "add", "jury@example.org", "--role", "juror:quartiers", "--call", CALL)
    chair_link = command("user", "add", "presidence@example.org", "--role", "chair", "--call", CALL)

    references = [file_workshop(app, fresh_database, name) for name in ("La Forge", "Le Fournil", "La Filature")]
    fresh_database.transaction(close_now)

    for reference in references:
        page = f"/pilotage/{CALL}/recevabilite/{reference}"
        submit(team, page, "Enregistrer la décision", eligible="oui", reason="Les deux règles sont remplies.")
    juror = enter(app, fresh_database, juror_link)
    assert "La Forge" in juror.get(f"/jury/{CALL}/conflits").text
    submit(juror, f"/jury/{CALL}/conflits", "J’ai terminé ma déclaration")
    proposed = submit(team, f"/pilotage/{CALL}/affectation/repartir", "Préparer une proposition")
    run.drain(open_context(load_settings(), fresh_database))
    submit(team, f"{proposed.request.path}/appliquer", "Confier 3 lectures")
    submit(team, f"/pilotage/{CALL}/lectures/ouvrir", "Ouvrir la notation")
    for reference, marks in zip(references, ((32, 40), (28, 24), (28, 24)), strict=True):
        mark(juror, reference, *marks)
    submit(team, f"/pilotage/{CALL}/lectures/clore", "Clore la notation et calculer le classement")

    chair = enter(app, fresh_database, chair_link)
    ranking = chair.get(f"/pilotage/{CALL}/classement").text
    # 16 and 20 on 20 at weights 3 and 2: (3 × 16 + 2 × 20) / 5; then 14 and 12.
    assert [words(one) for one in re.findall(r'data-label="Total"><strong>([^<]+)', ranking)] == [
        "17,60",
        "13,20",
        "13,20",
    ]
    assert "Région" not in ranking
    run.drain(open_context(load_settings(), fresh_database))
    room = f"/pilotage/{CALL}/classement/salle"
    shown = chair.get(room).text
    assert "total sur 20" in shown
    assert shown.count('<span class="app-cell-detail">une seule lecture') == 3
    assert "avec une seule lecture" in chair.get(f"{room}/dossiers/{references[0]}").text
    assert [chair.get(room + page).status_code for page in ("/comparer", "/lecteurs", "/etat")] == [200, 200, 200]
    revise(chair, references[0])
    assert "18,80" in words(chair.get(f"/pilotage/{CALL}/classement").text)  # 18 and 20: (3 × 18 + 2 × 20) / 5
    # 40 000 € each under 90 000,50 €: the draw, drawn at the opening, parts the two that are equal.
    raised = bring_up_the_last(chair)
    freeze_in_pages(team, chair, f"/pilotage/{CALL}")
    publish_in_pages(team, chair, f"/pilotage/{CALL}")
    laureates = Browser(app, fresh_database).get(f"/appels/{CALL}/laureats").text
    assert "La Forge" in laureates
    assert ("Le Fournil" in laureates) != ("La Filature" in laureates)
    assert raised in laureates

    command("shortlist", CALL, "--format", "json", "-o", tmp_path / "liste.json")
    frozen = json.loads((tmp_path / "liste.json").read_bytes())
    assert "La Forge" in json.dumps(frozen, ensure_ascii=False)
    told = [(one["title"], one["after"], one["ground"]) for one in frozen["departures"]]
    assert told == [(raised, 1, "Équilibre entre les quartiers")]
    assert [one for one in json.loads(command("invariants")) if not one["ok"]] == []

    command("bundle", CALL, "-o", tmp_path / "appel.zip")
    found = json.loads(command("verify", tmp_path / "appel.zip", "--format", "json"))
    assert (found["valid"], found["first_problem"]) == (True, None)
    assert judge_alone(tmp_path / "appel.zip") == HOLDS


def close_now(session) -> None:
    """Let the closing come at once; the journal holds the calendar that the call has, as it does of every call."""
    session.execute(update(Call).values(closes_at=clock.now()))
    calls.record_opening(session, calls.SYSTEM, calls.call_by_slug(session, CALL), now=clock.now())


def enter(app, database: Database, link: str) -> Browser:
    """Choose a password by an invitation link."""
    browser = Browser(app, database)
    path = "/" + link.strip().split("/", 3)[3]
    submit(browser, path, "Commencer", name="Personne Fictive", password=PASSWORD)
    # A second factor has its own tests: here it counts as given.
    database.transaction(lambda session: session.execute(update(SignIn).values(strong=True)))
    return browser


def file_workshop(app, database: Database, name: str) -> str:
    """Create an account, fill both stages, file; return the dossier's reference."""
    browser = Browser(app, database)
    email = f"{name.lower().replace(' ', '-')}@example.org"
    submit(browser, "/compte/creer", "Créer mon compte", name="Gérante Fictive", email=email, password=PASSWORD)
    submit(browser, f"/candidature/nouveau/{CALL}", "Commencer le dossier")
    with database.reading() as session:
        reference = session.scalars(select(Dossier.reference).order_by(Dossier.id.desc())).first()
    here = f"/candidature/{reference}"
    submit(
        browser,
        f"{here}/etape/atelier",
        "Enregistrer et continuer",
        enseigne=name,
        gerance__raison_sociale=f"{name} (fictif)",
        gerance__messagerie=email,
    )
    submit(browser, f"{here}/etape/ouvrage/machines/nouvelle", "Enregistrer la ligne", designation="Tour")
    submit(
        browser,
        f"{here}/etape/ouvrage",
        "Enregistrer et continuer",
        propos="Un atelier ouvert au quartier.",
        publics=["enfants", "voisins"],
        subvention="40 000",
    )
    filed = submit(browser, f"{here}/relecture", "Déposer le dossier")
    assert "Votre dossier est déposé" in filed.text
    return reference


def mark(juror: Browser, reference: str, service: int, price: int) -> None:
    """Mark both criteria, in half points, and make the sheet final."""
    here = f"/jury/{CALL}/dossiers/{reference}"
    said = "Le dossier le montre."
    submit(
        juror,
        here,
        "Enregistrer",
        mark__service_rendu=service,
        mark__juste_prix=price,
        comment__service_rendu=said,
        comment__juste_prix=said,
    )
    done = submit(juror, f"{here}/rendre", "Rendre ma fiche")
    assert "Votre fiche est rendue" in done.text


def revise(chair: Browser, reference: str) -> None:
    """Record the mark that the juror of a dossier revises in session."""
    sheet = re.search(r"/deliberation/fiches/[^\"]+", chair.get(f"/pilotage/{CALL}/classement/{reference}").text)
    assert sheet is not None
    page = f"/pilotage/{CALL}{sheet[0]}"
    done = submit(chair, page, "Enregistrer les notes révisées", mark__service_rendu=36, reason="Entendu en séance.")
    assert "16 avant la discussion, 18 après" in words(re.sub(r"<[^>]+>", "", chair.get(page).text))
    assert done.status_code == 200


def bring_up_the_last(chair: Browser) -> str:
    """Place the last dossier of the list first, on the ground that the call gives; return its title."""
    listed = chair.get(f"/pilotage/{CALL}/deliberation").text
    reference, title = re.findall(r'id="d-([^"]+)".*?<th [^>]*><a [^>]*>([^<]+)</a>', listed, re.S)[-1]
    asked = {"decision": "place", "place": "1", "ground": "equilibre_des_quartiers", "reason": "Le seul de sa rue."}
    here = f"/pilotage/{CALL}/deliberation/{reference}"
    shown = chair.post(here, asked, page=here)
    form = next(form for form in forms_of(shown.text) if form.action.endswith("/decider"))
    assert chair.client.post(form.action, data=form.fields).status_code == 302
    return title


def words(text: str) -> str:
    """Return a number as it is read, whatever its blanks."""
    return re.sub(r"\s", " ", text).strip()
