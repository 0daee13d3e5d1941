"""Who holds which role: each person counted for one role only, the surest first, and the finding that is drawn."""

from __future__ import annotations

from typing import Any

from ptce_aap.definitions import load_call
from ptce_aap.domain.questionnaire import Answers
from ptce_aap.domain.roles import RoleTable
from ptce_aap.domain.statements import Strength
from ptce_aap.services.instruction.evidence import roles_held
from ptce_aap.web.charts.roles import MOST_DRAWN, roles

ESS = {"categorie": "entreprise_ess", "famille_ess": "cooperative"}
MAYBE_ESS = {"categorie": "entreprise_ess"}
OTHER = {"categorie": "entreprise_hors_ess"}
TOWN = {"categorie": "collectivite"}


def table(*members: dict[str, Any]) -> RoleTable:
    definition = load_call("ptce-2015")
    rows = [{"denomination": f"Membre {place}", **member} for place, member in enumerate(members)]
    answers: Answers = definition.questionnaire.parse({"membres": {"membres": rows}})
    (found,) = roles_held(definition, answers)
    return found


def test_three_members_who_hold_a_role_each_are_three_distinct_holders() -> None:
    found = table(ESS, OTHER, TOWN)
    assert [person.chosen for person in found.persons] == [0, 1, 2]
    assert [column.held for column in found.columns] == [Strength.CERTAIN] * 3
    assert roles(found).title == "Les 3 rôles sont tenus par 3 personnes différentes"


def test_one_member_on_two_rows_is_counted_for_one_role() -> None:
    found = table(ESS, {**OTHER, "denomination": "Membre 0"}, TOWN)
    assert len(found.persons) == 2
    assert found.persons[0].strengths == (Strength.CERTAIN, Strength.CERTAIN, None)
    assert found.distinct == 2
    assert roles(found).title.startswith("2 rôles sur 3 : personne d’autre ne tient")


def test_a_certain_holder_is_counted_before_a_possible_one() -> None:
    found = table(MAYBE_ESS, ESS, TOWN)
    assert [person.chosen for person in found.persons] == [None, 0, 2]


def test_roles_that_are_held_perhaps_are_to_verify() -> None:
    assert roles(table(MAYBE_ESS, OTHER, TOWN)).title.endswith(": à vérifier")


def test_each_role_tells_the_rules_that_look_for_it() -> None:
    definition = load_call("ptce-2015")
    asked = {key for column in table(ESS).columns for key in column.rules}
    assert asked <= {rule.key for rule in definition.eligibility}
    assert all(column.rules for column in table(ESS).columns)


def test_the_drawing_keeps_whoever_is_counted_and_the_table_tells_everybody() -> None:
    found = table(*[MAYBE_ESS] * (MOST_DRAWN + 5), ESS, OTHER, TOWN, {"categorie": "entreprise_ess"})
    chart = roles(found)
    assert len(chart.lines) == MOST_DRAWN
    assert sum(line.counted for line in chart.lines) == 3
    assert chart.others == len(found.persons) - MOST_DRAWN
    assert len(chart.rows) == len(found.persons)
