"""What stands beside a table comes from what the call declares: totals, balances, indicators."""

from __future__ import annotations

from pathlib import Path

from ptce_aap.definitions import load_call
from ptce_aap.domain.figures import of_stage

SECOND_CALL = Path(__file__).resolve().parents[1] / "second_call"


def figures(name, stage, answers, operator=None):
    call = load_call(name, operator)
    found = of_stage(
        call, call.questionnaire.parse(answers), call.questionnaire.stage(stage), closes_at=call.sheet.closes_at
    )
    return {path.rpartition(".")[2]: one for path, one in found.items()}


def plain(text):
    return text.replace("\u202f", " ").replace("\xa0", " ")


def told(one):
    return {item.indicator.key: plain(item.shown) for item in one.known}


def test_a_budget_has_its_totals_its_balance_by_year_and_both_self_financing_ratios():
    charges = [
        {"poste": "personnel", "an1": "1000", "an3": "900"},
        {"poste": "emploi_contributions_nature", "an1": "50"},
    ]
    products = [
        {"source": "ventes_prestations", "an1": "400", "an3": "300"},
        {"source": "aide_demandee", "an1": "500", "an3": "600"},
        {"source": "contributions_nature", "an1": "50", "an3": "100"},
    ]
    found = figures("ptce-2015", "budget", {"budget": {"charges": charges, "produits": products}})
    assert [(one.column.key, plain(one.shown)) for one in found["charges"].totals] == [
        ("an1", "1 050 €"),
        ("an3", "900 €"),
    ]
    told_of = {
        one.label: (tuple(plain(shown) for _, shown in one.sides), one.gap, one.lesser)
        for one in found["produits"].balances
    }
    assert told_of == {
        "Année 1, en argent": (("1 000 €", "900 €"), "100\xa0€", "Produits"),
        "Année 3, en argent": (("900 €", "900 €"), None, "Charges"),
        "Année 1, en nature": (("50 €", "50 €"), None, "Charges"),
        "Année 3, en nature": (("0 €", "100 €"), "100\xa0€", "Charges"),
    }
    assert found["charges"].balances == found["produits"].balances
    assert told(found["produits"]) == {
        "autofinancement_an3": "33,3 % — 300 € sur 900 €",
        "autofinancement_an3_nature": "40 % — 400 € sur 1 000 €",
        "aide_demandee": "1 100 €",
    }
    assert not found["tour_de_table"]


def test_members_have_the_total_of_their_votes_and_the_share_of_those_outside():
    members = [
        {"denomination": "A", "categorie": "entreprise_hors_ess", "voix": 1, "membres_groupement": 4},
        {"denomination": "B", "categorie": "entreprise_ess", "voix": 3},
    ]
    found = figures("ptce-2015", "membres", {"membres": {"membres": members}})["membres"]
    # What no rule adds up has no total: the sum of the sizes of groups says nothing.
    assert [(one.column.key, one.shown) for one in found.totals] == [("voix", "4")]
    assert told(found)["part_voix_hors_ess"] == "25 % — 1 sur 4"
    assert [(one.column.key, plain(one.shown)) for one in found.shares] == [("voix", "B 75 %, A 25 %")]


def test_of_many_votes_the_greatest_shares_are_told():
    members = [{"denomination": f"Membre {n}", "voix": n} for n in range(8)]
    (shares,) = figures("ptce-2015", "membres", {"membres": {"membres": members}})["membres"].shares
    assert (
        plain(shares.shown)
        == "Membre 7 25 %, Membre 6 21,4 %, Membre 5 17,9 %, Membre 4 14,3 %, Membre 3 10,7 % et 2 autres"
    )


def test_another_call_has_its_own_figures():
    machines = [{"designation": "Four", "prix_estime": "10.50"}, {"prix_estime": "1"}]
    found = figures("fabriques-2016", "ouvrage", {"ouvrage": {"machines": machines}}, SECOND_CALL)["machines"]
    assert [plain(one.shown) for one in found.totals] == ["11,50 €"]
