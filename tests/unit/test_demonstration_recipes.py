"""Recipes of the demonstration: what each form of recipe gives, and how texts and budgets come out of them."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pytest
from stdnum import luhn

from ptce_aap.definitions import load_call
from ptce_aap.services.demonstration.budgets import balanced
from ptce_aap.services.demonstration.content import Author
from ptce_aap.services.demonstration.draws import Draws
from ptce_aap.services.demonstration.grammar import BadRecipe, Grammar, Words
from ptce_aap.services.demonstration.numbers import Numbers
from ptce_aap.services.demonstration.recipes import calls_with_recipes, read_recipes

SYLLABLES = {"tetes": ["Va", "Bri"], "milieux": ["li"], "queues": ["lombe", "tonge"]}


def grammar(**lexicon: Any) -> Grammar:
    return Grammar(lexicon, Words(SYLLABLES, Random(1)), Random(1))


def draws(quality: float = 0.5, **lexicon: Any) -> Draws:
    return Draws(grammar(**lexicon), Numbers(), Random(2), quality, date(2026, 3, 1))


@pytest.mark.parametrize(
    ("template", "read"),
    [
        ("la ville de~{nom}", "la ville d’Alès"),
        ("la ville de {nom}", "la ville d’Alès"),
        ("la ville de {autre}", "la ville de Lyon"),
        ("la ville de {port}", "la ville du Havre"),
        ("aller à {port}", "aller au Havre"),
        ("près de~{monts}", "près des monts"),
        ("{Monts} au loin", "Les monts au loin"),
        ("pole@{domaine:nom}.example.org", "pole@ales.example.org"),
        ("{1500..1500} €", "1\u202f500 €"),
    ],
)
def test_a_template_reads_as_french(template: str, read: str) -> None:
    assert grammar(nom="Alès", autre="Lyon", port="Le Havre", monts="les monts").text(template) == read


def test_a_list_is_dealt_without_repeating_itself() -> None:
    found = grammar(jours=["lundi", "mardi", "jeudi"]).text("{jours}, {jours}, {jours}").split(", ")
    assert sorted(found) == ["jeudi", "lundi", "mardi"]


def test_fragments_hold_fragments_and_what_is_bound_comes_first() -> None:
    spoken = grammar(qui="personne", phrase=["{qui} vient"])
    spoken.bind("qui", "Camille")
    assert spoken.text("{phrase}.") == "Camille vient."


@pytest.mark.parametrize("template", ["{inconnu}", "{boucle}"])
def test_a_hole_that_nobody_can_fill_is_told(template: str) -> None:
    with pytest.raises(BadRecipe):
        grammar(boucle="{boucle}").text(template)


def test_invented_words_never_come_twice() -> None:
    words = Words(SYLLABLES, Random(3))
    found = [words.new() for _ in range(12)]
    assert len(set(found)) == 12


def test_fictional_numbers_begin_with_three_zeros_and_are_right() -> None:
    numbers = Numbers()
    found = [numbers.siren() for _ in range(5_000)]
    assert len(set(found)) == 5_000
    assert all(number.startswith("000") and luhn.is_valid(number) for number in found)
    assert luhn.is_valid(numbers.siret(found[0]))


def test_each_form_of_recipe_gives_its_kind_of_value() -> None:
    made = draws(total=1_000)
    assert made.value({"parmi": ["a"]}) == "a"
    assert made.value({"plusieurs": ["a", "b"], "nombre": [2, 2]}) == ["a", "b"]
    assert made.value({"entre": [4, 4]}) == 4
    assert made.value({"entre": [0.5, 0.5], "pas": 0.1}) == "0.50"
    assert made.value({"part": [0.5, 0.5], "de": "total"}) == 500
    assert made.value({"jours": [10, 10]}) == "2026-03-11"
    assert made.value({"chance": 1.0}) is True
    assert made.value({"texte": "oui", "rempli": 0.0}) is None
    with pytest.raises(BadRecipe):
        made.value({"invente": 1})


def test_a_better_dossier_draws_nearer_the_second_bound() -> None:
    recipe = {"entre": [0, 1000], "selon": "qualite"}
    poor = [draws(0.1).value(recipe) for _ in range(20)]
    excellent = [draws(0.9).value(recipe) for _ in range(20)]
    assert sum(poor) < sum(excellent)


def test_both_sides_of_a_budget_have_the_same_sums_to_the_cent() -> None:
    recipe = {
        "total": "total",
        "colonnes": ["x", "y"],
        "rythme": [[0.3, 0.4]],
        "depenses": "b.out",
        "ressources": "b.in",
        "ligne": [
            {"dans": "depenses", "poids": [1, 9], "cellules": {"nom": "un"}},
            {"dans": "depenses", "poids": [1, 9], "tendance": [2, 1], "cellules": {"nom": "deux"}},
            {"dans": "ressources", "montant": "aide", "rythme": [[0.5, 0.5]], "cellules": {"nom": "aide"}},
            {"dans": "ressources", "poids": [1, 1], "cellules": {"nom": "reste"}},
        ],
    }
    tables = balanced(draws(total=90_001, aide=20_000), recipe)
    for column in ("x", "y"):
        paid = sum(round(float(row[column]) * 100) for row in tables["b.out"])
        received = sum(round(float(row[column]) * 100) for row in tables["b.in"])
        assert paid == received
    assert sum(float(row[column]) for row in tables["b.in"] for column in ("x", "y")) == 90_001


def test_every_recipe_is_about_a_question_that_the_call_asks() -> None:
    for name in calls_with_recipes():
        questionnaire, recipes = load_call(name).questionnaire, read_recipes(name)
        paths = [*recipes["reponses"], *recipes["lignes"]]
        assert [path for path in paths if questionnaire.question(path) is None] == []


def test_the_same_seed_writes_the_same_dossiers_and_another_writes_others() -> None:
    (name,) = calls_with_recipes()
    questionnaire, recipes = load_call(name).questionnaire, read_recipes(name)

    def written(seed: str) -> list[Any]:
        author = Author(recipes, questionnaire, seed=seed)
        return [fiction.answers for fiction in author.write(6, day=date(2026, 3, 1))]

    assert written("un") == written("un")
    assert written("un") != written("deux")
