"""The synthesis: how dossiers are counted together, and what of it may be published."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from ptce_aap.definitions import load_call
from ptce_aap.definitions.reader import Problem
from ptce_aap.definitions.syntheses import read_synthesis, run_synthesis_examples
from ptce_aap.documents import synthesis as document
from ptce_aap.domain import small_numbers, synthesis
from ptce_aap.domain.small_numbers import Counted
from ptce_aap.resources import shipped
from tests.pdf_reading import body

FILE = "forms/ptce-2015/syntheses.v1.toml"


@pytest.fixture(scope="module")
def definition():
    return load_call("ptce-2015")


def _section(definition, key):
    return next(section for section in definition.synthesis.sections if section.key == key)


def test_two_rows_of_one_dossier_with_the_same_answer_count_one_dossier(definition):
    rows = [{"nature_soutien": "locaux", "_id": "a"}, {"nature_soutien": "locaux", "_id": "b"}]
    table = synthesis.table_of(
        _section(definition, "soutiens"),
        [{"territoire.services_mobilises": rows}, {"territoire.services_mobilises": []}],
    )
    assert (table.value("locaux"), table.answered, table.asked) == (1, 1, 2)


def test_amounts_are_summed_to_the_cent_and_what_is_not_granted_remains(definition):
    rows = [
        {"dispositif": "feder", "montant": "0.10", "etat": "accorde"},
        {"dispositif": "feder", "montant": "0.20", "etat": "sollicite"},
        {"dispositif": "banque", "etat": "accorde"},
        {"montant": "5", "etat": "accorde"},
    ]
    table = synthesis.table_of(_section(definition, "tour_de_table"), [{"budget.tour_de_table": rows}] * 3)
    assert (table.whole, table.settled, table.remaining) == (90, 30, 60)
    assert table.value("banque") == 0


def test_a_policy_crossed_with_itself_is_not_what_the_table_shows_first(definition):
    answers = [{"projet.politiques_publiques": one} for one in (["emploi", "energie"], ["emploi"], ["emploi"])]
    table = synthesis.table_of(_section(definition, "politiques"), answers)
    assert document.finding(table) == "Emploi et Énergie\u00a0: 1\u00a0dossier sur 3"


def test_a_commune_is_counted_in_its_department_overseas_too(definition):
    communes = [{"code_insee": code} for code in ("2A004", "97411", "59350", "59512")]
    answers = {"territoire.communes": communes, "impact_essaimage.besoins_accompagnement": ["outillage"]}
    table = synthesis.table_of(_section(definition, "besoins_par_lieu"), [answers])
    assert [line.label for line in table.lines] == ["Département 2A", "Département 59", "Département 974"]
    assert document.head(table)[0] == "Département"  # not the « Code Insee » that the form asks for


def test_a_synthesis_of_nothing_says_so(definition):
    for section in definition.synthesis.sections:
        assert document.finding(synthesis.table_of(section, [])) == "Aucun dossier ne l’a dit."


def test_an_example_that_does_not_hold_is_told_with_its_place(definition):
    text = (
        (shipped("forms").parent / FILE)
        .read_text(encoding="utf-8")
        .replace('ligne = "outillage", valeur = 2', 'ligne = "outillage", valeur = 3')
    )
    problems: list[Problem] = []
    codes = [region.code for region in definition.sheet.regions]
    sheet = read_synthesis(text, FILE, problems, definition.questionnaire, codes)
    assert problems == []
    run_synthesis_examples(sheet, FILE, problems)
    assert [str(problem) for problem in problems] == [
        f"{FILE} : section[besoins].exemple[1] : « outillage » «  » : 3 attendu, 2 trouvé."
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("projet.origine_cooperation", "projet.origine", "n'est pas une question de cette sorte"),
        ('obtenu = ["accorde"]', 'obtenu = ["donne"]', "n'est pas une réponse proposée"),
        ("budget.tour_de_table.montant", "budget.tour_de_table.financeur", "n'est pas un montant d'un tableau"),
        ('ressort = "94"', 'ressort = "95"', "n'est pas un ressort de l'appel"),
        ("ligne = 6\ncolonne = 6", "ligne = 1\ncolonne = 4", "écrit deux fois"),
        ('compte = "territoire.zone_rurale"', "", "une clé, et une seule"),
    ],
)
def test_a_section_that_cannot_be_counted_is_refused_with_its_reason(definition, before, after, told):
    text = (shipped("forms").parent / FILE).read_text(encoding="utf-8")
    assert before in text
    problems: list[Problem] = []
    codes = [region.code for region in definition.sheet.regions]
    read_synthesis(text.replace(before, after), FILE, problems, definition.questionnaire, codes)
    assert any(told in str(problem) for problem in problems), [str(problem) for problem in problems]


def test_a_line_without_its_amount_stands_behind_no_sum(definition):
    said = [{"budget.tour_de_table": [{"dispositif": "feder", "etat": "sollicite"}]}] * 4
    alone = {"budget.tour_de_table": [{"dispositif": "feder", "montant": "12000", "etat": "sollicite"}]}
    table = synthesis.table_of(_section(definition, "tour_de_table"), [*said, alone])
    (line,) = table.lines
    assert (table.answered, line.whole, line.dossiers) == (5, 1_200_000, 1)
    assert small_numbers.published([Counted(line.label, line.dossiers, line.whole)]).rows == ()


def test_no_row_of_few_dossiers_is_published_and_none_is_found_by_whoever_knows_the_total():
    """Every table of five rows of 0 to 7 dossiers: no small row has one value only in all those that look the same."""
    alike: dict[object, list[tuple[int, ...]]] = {}
    for counts in product(range(8), repeat=5):
        told = small_numbers.published([Counted(str(place), count, count) for place, count in enumerate(counts)])
        assert all(row.dossiers >= small_numbers.LEAST for row in told.rows)
        seen = (tuple(row.label for row in told.rows), tuple(row.dossiers for row in told.rows), told.grouped)
        alike.setdefault((*seen, sum(counts)), []).append(counts)
    found = [
        (tables[0], place)
        for (labels, *_), tables in alike.items()
        for place in range(5)
        if str(place) not in labels
        and len({table[place] for table in tables}) == 1
        and 0 < tables[0][place] < small_numbers.LEAST
    ]
    assert found == []


def test_a_table_without_small_rows_is_published_whole():
    rows = [Counted("a", 5, 50), Counted("b", 9, 90)]
    assert small_numbers.published(rows) == small_numbers.Published(tuple(rows), 0)


def test_a_table_of_many_columns_is_printed_in_parts_that_all_give_the_whole_of_each_row(definition):
    communes = [{"code_insee": f"{number:02}001"} for number in range(1, 96)]
    answers = {"territoire.communes": communes, "impact_essaimage.besoins_accompagnement": ["outillage"]}
    section = _section(definition, "besoins_par_lieu")
    turned = replace(section, rows=section.columns, columns=section.rows)
    content = document.Content(
        *("Synthèse", "Appel", "Service", "Tous les dossiers", datetime(2015, 9, 1, tzinfo=UTC), 1, 0),
        *((synthesis.table_of(turned, [answers]),), (), (), False, True),
    )
    printed = body(document.render_pdf(content))
    assert all(f"Département{number:02}" in printed for number in (1, 50, 95))
    assert printed.count("Dossiers") > 95 // 9
