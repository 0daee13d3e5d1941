"""Simulations of a selection: shown at once or by the worker, saved by name, apart from the ranking and the list."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ptce_aap.cli import run
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.jobs.context import open_context
from ptce_aap.jobs.run import drain
from ptce_aap.models import Dossier, JournalEntry, OutboxItem, Scenario
from ptce_aap.services import invariants
from ptce_aap.services.ranking import deliberation
from ptce_aap.services.selection import amounts, scenarios
from ptce_aap.typography import spaced
from tests.browsers import Browser, application
from tests.deliberations import NOW, Scene, lay_out
from tests.integration.test_departures import decide

ROOM = "/pilotage/ptce-2015/selection"
# The envelope is 2 700 000 euros: the first three dossiers fit. The fifth is the only one of its region, 82.
AMOUNTS = (900_000, 900_000, 800_000, 400_000, 300_000)
ENVELOPE = {"enveloppe": "2700000", "objectif": "order"}


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database, [90, 80, 70, 60, 50], amounts=AMOUNTS)


@pytest.fixture
def app(scene: Scene, tmp_path: Path) -> Flask:
    return application(scene.database, tmp_path)


def browse(app: Flask, scene: Scene, name: str = "team") -> Browser:
    return Browser(app, scene.database, f"{name}@example.org")


def work(scene: Scene, tmp_path: Path) -> None:
    """Do what the worker of computations does."""
    drain(open_context(load_settings({}, instance=tmp_path), scene.database))


def text_of(page: str) -> str:
    """Return what a page says, on one line."""
    plain = html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<(script|svg|details).*?</\1>", " ", page, flags=re.S)))
    return " ".join(plain.split())


def shown(browser: Browser, **values: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in {**ENVELOPE, **values}.items())
    answer = browser.get(f"{ROOM}?{query}")
    assert answer.status_code == 200
    return text_of(answer.text)


def saved(browser: Browser, name: str, **values: str) -> str:
    """Save what is tried; return the address of the scenario."""
    answer = browser.post(ROOM, {**ENVELOPE, "nom": name, **values})
    assert answer.status_code == 302, text_of(answer.text)
    return answer.location


def rows(page: str) -> list[tuple[str, str]]:
    """Return the list of a simulation: dossier and what happens to it."""
    listed = page.partition("Chaque dossier dans l")[2]
    found = re.findall(r'data-label="Dossier">([^<]*)<.*?data-label="Dans la simulation">(.*?)</td>', listed, re.S)
    return [(html.unescape(name), text_of(told)) for name, told in found]


def test_the_page_says_at_once_what_the_line_becomes(app: Flask, scene: Scene) -> None:
    team = browse(app, scene)
    assert "Les mêmes 3 dossiers sont au-dessus de la ligne." in shown(team)
    page = shown(team, enveloppe="1 900 000")
    assert "La descente de la liste s’arrête au rang 3" in page.replace("\u00a0", " ")
    assert "1 dossier de moins" in page
    assert "Pôle 0003 (fictif) (rang 3)" in page


def test_what_is_passed_over_names_its_limit_in_words(app: Flask, scene: Scene) -> None:
    answer = browse(app, scene).get(f"{ROOM}?enveloppe=2700000&note=75,5&max-93=0&objectif=order")
    told = dict(rows(answer.text))
    assert told["Pôle 0001 (fictif)"] == "Retenu"
    assert told["Pôle 0002 (fictif)"].startswith("Passé")
    assert "au plus 0 dossier" in told["Pôle 0002 (fictif)"].replace("\u00a0", " ")
    assert spaced("total d’au moins 75,50 sur 100") in told["Pôle 0003 (fictif)"]


def test_a_minimum_that_the_order_misses_is_answered_by_the_worker_and_explained(
    app: Flask, scene: Scene, tmp_path: Path
) -> None:
    team = browse(app, scene)
    assert "Suivre l’ordre ne suffit pas" in shown(team, **{"min-82": "1"})
    at = saved(team, "Une place au cinquième", **{"min-82": "1"})
    waiting = team.get(at).text
    assert "data-progress" in waiting
    assert team.get(f"{at}/etat").json["state"] == "waiting"
    work(scene, tmp_path)
    state = team.get(f"{at}/etat").json
    assert (state["state"], state["href"]) == ("done", at)
    page = team.get(at).text
    assert rows(page) == [
        ("Pôle 0001 (fictif)", "Retenu"),
        ("Pôle 0002 (fictif)", "Retenu"),
        ("Pôle 0003 (fictif)", "Sort de la liste"),
        ("Pôle 0005 (fictif)", "Entre dans la liste sous la ligne en vigueur"),
    ]
    assert "au moins 1 dossier" in text_of(page).replace("\u00a0", " ")
    assert _sound(scene)


def test_what_cannot_hold_together_is_said_with_the_ways_out(app: Flask, scene: Scene, tmp_path: Path) -> None:
    team = browse(app, scene)
    at = saved(team, "Trop peu", enveloppe="200000", **{"min-82": "1"})
    work(scene, tmp_path)
    page = text_of(team.get(at).text).replace("\u00a0", " ").replace("\u202f", " ")
    assert "Aucune sélection ne respecte tout cela" in page
    assert "enveloppe de 200 000 €" in page
    assert "augmenter l’enveloppe de la simulation" in page
    assert _sound(scene)


@pytest.mark.parametrize("objective", ["score", "score_cost"])
def test_a_sum_of_totals_is_said_not_to_follow_the_jury(
    app: Flask, scene: Scene, tmp_path: Path, objective: str
) -> None:
    team = browse(app, scene)
    asked = {"objectif": objective, "part-1": "100", "valeur-1": "100", "part-2": "50", "valeur-2": "80,5"}
    assert "ne suit pas l’ordre du jury" in shown(team, **asked)
    at = saved(team, "Somme", **asked)
    work(scene, tmp_path)
    page = team.get(at).text
    assert "ne suit pas l’ordre du jury" in page
    assert {fate for _, fate in rows(page)} <= {"Retenu", "Retenu sous la ligne en vigueur"}
    assert len(rows(page)) >= 3
    assert _sound(scene)


def test_a_saved_scenario_says_who_when_and_on_which_ranking_and_that_it_is_outdated(app: Flask, scene: Scene) -> None:
    team = browse(app, scene)
    at = saved(team, "Comme l’appel")
    page = team.get(at).text
    assert "Calculé sur le classement n° 1" in text_of(page)
    assert "Personne team" in page
    assert "n’est plus à jour" not in page
    scene.database.transaction(
        amounts.propose, scene.actor("team"), scene.call_id(), scene.dossiers[2], 50_000_000, "Moins.",
        version=0, now=NOW,
    )  # fmt: skip
    page = team.get(at).text
    assert "des montants proposés ou la liste adoptée ont changé" in page
    assert len(rows(page)) == 3
    assert team.post(f"{at}/recalculer").status_code == 302
    assert [name for name, _ in rows(team.get(at).text)] == [f"Pôle 000{n} (fictif)" for n in (1, 2, 3, 4)]
    scene.database.transaction(deliberation.compute_again, scene.actor("chair"), scene.call_id(), now=NOW)
    assert spaced("le classement en vigueur est le n° 2") in text_of(team.get(at).text)


def test_a_result_for_what_is_no_longer_asked_is_forgotten(app: Flask, scene: Scene, tmp_path: Path) -> None:
    team = browse(app, scene)
    at = saved(team, "Attendu", **{"min-82": "1"})
    reference = at.rsplit("/", 1)[1]
    with scene.database.reading() as session:
        _, digest = scenarios.waiting(session, reference)
    scene.database.transaction(
        amounts.propose, scene.actor("team"), scene.call_id(), scene.dossiers[4], 1_000_000, "Peu.", version=0, now=NOW
    )
    team.post(f"{at}/recalculer")
    scene.database.transaction(scenarios.record, reference, digest, {"feasible": False}, now=NOW)
    assert team.get(f"{at}/etat").json["state"] == "waiting"
    work(scene, tmp_path)
    assert team.get(f"{at}/etat").json["state"] == "done"


def test_a_search_that_fails_is_said(app: Flask, scene: Scene) -> None:
    team = browse(app, scene)
    at = saved(team, "Trop dur", **{"min-82": "1"})
    reference = at.rsplit("/", 1)[1]
    with scene.database.reading() as session:
        _, digest = scenarios.waiting(session, reference)
    scene.database.transaction(scenarios.record, reference, digest, None, now=NOW)
    assert "Le calcul n’a rendu ni réponse exacte" in team.get(at).text


def test_a_scenario_is_named_again_copied_and_erased(app: Flask, scene: Scene) -> None:
    team, chair = browse(app, scene), browse(app, scene, "chair")
    at = saved(team, "Premier")
    assert chair.post(f"{at}/nom", {"nom": "  Le   nôtre "}).status_code == 302
    assert "Le nôtre" in team.get(ROOM).text
    copy = chair.post(f"{at}/copie").location
    assert "Le nôtre (copie)" in team.get(copy).text
    assert rows(team.get(copy).text) == rows(team.get(at).text)
    assert "Le nôtre (copie 2)" in chair.get(chair.post(f"{at}/copie").location).text
    for taken, told in (("Le nôtre (copie)", "porte déjà ce nom"), (" ", "Donnez un nom"), ("n" * 121, "trop long")):
        refused = team.post(f"{at}/nom", {"nom": taken})
        assert (refused.status_code, told in refused.text) == (422, True)
    assert team.post(ROOM, {**ENVELOPE, "nom": "Le nôtre"}).status_code == 422
    assert "sera effacé" in team.get(f"{copy}/supprimer").text
    assert team.post(f"{copy}/supprimer").status_code == 302
    assert team.get(copy).status_code == 404
    assert team.get(at).status_code == 200


def test_two_scenarios_are_compared_dossier_by_dossier(app: Flask, scene: Scene, tmp_path: Path) -> None:
    team = browse(app, scene)
    assert "Il faut deux scénarios" in team.get(f"{ROOM}/comparer").text
    first = saved(team, "Tel quel").rsplit("/", 1)[1]
    second = saved(team, "Avec le cinquième", **{"min-82": "1"}).rsplit("/", 1)[1]
    assert "n’est pas terminé" in team.get(f"{ROOM}/comparer?a={first}&b={second}").text
    work(scene, tmp_path)
    page = text_of(team.get(f"{ROOM}/comparer?a={first}&b={second}").text)
    assert "2 dossiers n’ont pas le même sort" in page.replace("\u00a0", " ")
    assert page.index("Pôle 0003") < page.index("Pôle 0005")
    assert "ne suit pas l’ordre du jury" not in page
    total = saved(team, "Le plus de points", objectif="score").rsplit("/", 1)[1]
    work(scene, tmp_path)
    page = text_of(team.get(f"{ROOM}/comparer?a={second}&b={total}").text).replace("\u00a0", " ")
    for told in (" : au moins 1 dossier", "La plus grande somme des totaux", "ne suit pas l’ordre du jury"):
        assert told in page
    assert "Les deux scénarios retiennent les mêmes dossiers" in team.get(f"{ROOM}/comparer?a={first}&b={first}").text
    assert team.get(f"{ROOM}/comparer?a={first}&b=x").status_code == 404


def test_the_adopted_list_is_the_starting_point_once_the_committee_has_departed_from_the_ranking(
    app: Flask, scene: Scene
) -> None:
    decide(scene, 4, 1)
    decide(scene, 0, None)
    team = browse(app, scene)
    page = team.get(ROOM).text
    assert [name for name, _ in rows(page)] == [f"Pôle 000{n} (fictif)" for n in (5, 2, 3, 4)]
    assert "Les mêmes 4 dossiers sont au-dessus de la ligne." in text_of(page)
    announced = team.get(f"{ROOM}?enveloppe=2700000&objectif=order&ordre=annonce").text
    assert [name for name, _ in rows(announced)] == [f"Pôle 000{n} (fictif)" for n in (1, 2, 3)]


def test_a_pair_is_given_by_numbers_and_only_one_of_it_is_kept(app: Flask, scene: Scene) -> None:
    team = browse(app, scene)
    pair = {"paire-1-a": "K7Q2-0000", "paire-1-b": "K7Q2-0001"}
    page = shown(team, **pair)
    assert "un seul de ces dossiers" in page
    at = saved(team, "Une paire", **pair)
    again = re.search(r'href="([^"]*)">Repartir de ce scénario', team.get(at).text)
    assert again is not None
    form = team.get(html.unescape(again[1])).text
    assert 'value="K7Q2-0000"' in form
    assert 'value="K7Q2-0001"' in form


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"enveloppe": "beaucoup"}, "Indiquez un montant en euros"),
        ({"enveloppe": ""}, "Indiquez l’enveloppe"),
        ({"min-82": "-1"}, "Indiquez un nombre de dossiers"),
        ({"note": "101"}, "Indiquez un total de 0 à 100"),
        ({"note": "x"}, "Indiquez un total de 0 à 100"),
        ({"paire-1-a": "zzz"}, "Aucun dossier classé n’a ce numéro"),
        ({"paire-1-a": "K7Q2-0000"}, "Indiquez le second dossier"),
        ({"paire-1-a": "K7Q2-0000", "paire-1-b": "K7Q2-0000"}, "deux dossiers différents"),
        ({"part-1": "50", "valeur-1": "50"}, "Les niveaux servent aux sommes"),
        ({"objectif": "score", "part-1": "0", "valeur-1": "50"}, "Indiquez un pourcentage"),
        ({"objectif": "score", "part-1": "50"}, "Indiquez un pourcentage"),
    ],
)
def test_a_value_that_does_not_read_is_told_beside_its_field(
    app: Flask, scene: Scene, values: dict[str, str], told: str
) -> None:
    team = browse(app, scene)
    page = shown(team, **values)
    assert told in page.replace("\u00a0", " ")
    assert "Une valeur ne se lit pas" in page
    answer = team.post(ROOM, {**ENVELOPE, **values, "nom": "Essai"})
    assert answer.status_code == 422
    assert _count(scene, Scenario) == 0


def test_nonsense_in_the_address_breaks_no_page(app: Flask, scene: Scene) -> None:
    team = browse(app, scene)
    for query in ("enveloppe=%00", "enveloppe=1&objectif=x&ordre=y&page=z", "min-82=%F0%9F%98%80&enveloppe=2", "nom=1"):
        assert team.get(f"{ROOM}?{query}").status_code == 200, query
    assert team.post(ROOM, {**ENVELOPE, "nom": "a\x00"}).status_code == 302
    assert team.get(f"{ROOM}/inconnu").status_code == 404


def test_the_auditor_reads_and_writes_nothing_and_others_do_not_enter(app: Flask, scene: Scene) -> None:
    at = saved(browse(app, scene), "À voir")
    auditor = browse(app, scene, "auditor")
    page = auditor.get(at).text
    assert "Renommer" not in page
    assert "Enregistrer ce scénario" not in auditor.get(ROOM).text
    for act, values in ((ROOM, {**ENVELOPE, "nom": "x"}), (f"{at}/nom", {"nom": "x"}), (f"{at}/supprimer", {})):
        assert auditor.post(act, values).status_code == 403
    for name in ("juror-1", "correspondent", "applicant"):
        assert browse(app, scene, name).get(ROOM).status_code == 403
        assert browse(app, scene, name).get(at).status_code == 403


def test_a_person_in_conflict_sees_no_simulation_and_changes_none(app: Flask, scene: Scene) -> None:
    team = browse(app, scene)
    at = saved(team, "À fermer")
    scene.declare_conflict("chair", scene.dossiers[0])
    chair = browse(app, scene, "chair")
    closed = chair.get(ROOM)
    assert closed.status_code == 200
    assert "déport" in closed.text
    assert "Pôle" not in text_of(closed.text)
    for path in (at, f"{at}/etat", f"{at}/supprimer", f"{ROOM}/comparer"):
        assert chair.get(path).status_code == 422
    for path in (ROOM, f"{at}/nom", f"{at}/copie", f"{at}/recalculer", f"{at}/supprimer"):
        assert chair.post(path, {**ENVELOPE, "nom": "Autre"}).status_code == 422
    assert _count(scene, Scenario) == 1


def test_a_scenario_of_another_call_is_not_found(app: Flask, scene: Scene) -> None:
    other = lay_out(scene.database, [90, 80], suffix="-b")
    at = saved(browse(app, scene), "Le mien")
    path = at.replace("ptce-2015", other.slug)
    assert Browser(app, scene.database, "team-b@example.org").get(path).status_code == 404
    assert Browser(app, scene.database, "team-b@example.org").get(at).status_code == 403


def test_before_the_ranking_the_page_says_when_it_will_serve(fresh_database: Database, tmp_path: Path) -> None:
    scene = lay_out(fresh_database, [90, 80], ranked=False)
    app = application(scene.database, tmp_path)
    page = browse(app, scene).get(ROOM)
    assert page.status_code == 200
    assert "Le classement n’est pas encore calculé" in page.text


def test_a_scenario_is_a_working_paper_no_line_of_the_journal_and_nothing_of_the_list_moves(
    app: Flask, scene: Scene
) -> None:
    team = browse(app, scene)
    entries, ranking = _count(scene, JournalEntry), text_of(team.get("/pilotage/ptce-2015/classement").text)
    at = saved(team, "Papier")
    team.post(f"{at}/copie")
    team.post(f"{at}/supprimer")
    assert _count(scene, JournalEntry) == entries
    assert "Papier (copie)" in team.get(ROOM).text
    assert text_of(team.get("/pilotage/ptce-2015/classement").text) == ranking


def test_what_a_scenario_keeps_is_a_file_that_the_command_answers_alike(
    app: Flask, scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved(browse(app, scene), "À vérifier", **{"min-82": "1"})
    work(scene, tmp_path)
    with scene.database.reading() as session:
        scenario = session.scalars(select(Scenario)).one()
    file = tmp_path / "scenario.json"
    file.write_text(scenario.instance, encoding="utf-8")
    capsys.readouterr()
    assert run(["select", str(file)]) == 0
    assert json.loads(capsys.readouterr().out) == scenario.result


def test_a_dossier_counts_for_the_first_theme_that_it_names(app: Flask, scene: Scene) -> None:
    def name(session) -> None:
        first = select(Dossier.id).where(Dossier.reference == scene.dossiers[0]).scalar_subquery()
        session.execute(update(Dossier).where(Dossier.id == first).values(themes=["culture", "numerique"]))

    scene.database.transaction(name)
    team = browse(app, scene)
    assert dict(rows(team.get(f"{ROOM}?enveloppe=2700000&tmax-culture=100000").text))["Pôle 0001 (fictif)"].startswith(
        "Passé"
    )
    assert dict(rows(team.get(f"{ROOM}?enveloppe=2700000&tmax-numerique=1").text))["Pôle 0001 (fictif)"] == "Retenu"


def test_a_call_holds_a_limited_number_of_scenarios(app: Flask, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenarios, "MOST", 1)
    team = browse(app, scene)
    at = saved(team, "Seul")
    assert "le maximum" in team.post(ROOM, {**ENVELOPE, "nom": "Deux"}).text
    assert team.post(f"{at}/copie").status_code == 422


def test_an_erased_scenario_leaves_the_worker_nothing_to_do(app: Flask, scene: Scene, tmp_path: Path) -> None:
    team = browse(app, scene)
    team.post(f"{saved(team, 'Oublié', **{'min-82': '1'})}/supprimer")
    work(scene, tmp_path)
    with scene.database.reading() as session:
        kept = session.scalar(
            select(func.count()).where(OutboxItem.kind == scenarios.KIND, OutboxItem.done_at.is_(None))
        )
    assert kept == 0


def test_a_refusal_has_its_own_words(scene: Scene) -> None:
    with pytest.raises(RuleViolation) as refusal, scene.database.reading() as session:
        scenarios.state(session, scene.actor("applicant"), scene.call(session), "x")
    assert refusal.value.code == "not_allowed"


def _count(scene: Scene, kind: type) -> int:
    with scene.database.reading() as session:
        return session.scalar(select(func.count()).select_from(kind))


def _sound(scene: Scene) -> bool:
    with scene.database.reading() as session:
        return all(one.ok for one in invariants.check_all(session))
