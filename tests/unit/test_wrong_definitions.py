"""A wrong definition file is refused: file, key and reason are told; changing data changes what is computed."""

from __future__ import annotations

import pytest

from ptce_aap import definitions
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.resources import shipped

CALL = definitions.load_call("ptce-2015")
RULES, INDICATORS, DEMANDS, FORM = (
    "scoring/ptce-2015/recevabilite.v1.toml",
    "scoring/ptce-2015/indicateurs.v1.toml",
    "scoring/ptce-2015/exigences.v1.toml",
    "forms/ptce-2015/candidature.v1.toml",
)


def changed(file: str, old: str, new: str) -> dict[str, str]:
    assert old in CALL.sources[file], old
    return {**CALL.sources, file: CALL.sources[file].replace(old, new)}


def problems(sources: dict[str, str]) -> list[definitions.Problem]:
    with pytest.raises(definitions.BadDefinition) as caught:
        definitions.parse_sources(sources)
    return list(caught.value.problems)


def test_the_shipped_call_is_right_and_every_example_holds() -> None:
    assert definitions.check_call("ptce-2015") == ()


def test_the_same_sources_are_read_once() -> None:
    assert definitions.parse_sources(dict(CALL.sources)) is definitions.parse_sources(dict(CALL.sources))


def test_the_sources_that_a_call_carries_declare_the_same_call() -> None:
    assert definitions.parse_sources(CALL.sources).digests == CALL.digests


@pytest.mark.parametrize(
    ("file", "old", "new", "key"),
    [
        (INDICATORS, 'champ = "statut"', 'champ = "status"', "indicateur[moyens_effectifs].calcul.ou.tout[2].champ"),
        (INDICATORS, 'egal = "effectif"', 'egal = "effectifs"', "indicateur[moyens_effectifs].calcul.ou.tout[2].egal"),
        (INDICATORS, "[1, 2, 3, 5, 8]", "[1, 2, 3, 5]", "indicateur[moyens_effectifs].paliers"),
        (INDICATORS, "[1, 2, 3, 5, 8]", "[1, 3, 2, 5, 8]", "indicateur[moyens_effectifs].paliers"),
        (INDICATORS, 'unite = "moyens"', 'unité = "moyens"', ""),
        (INDICATORS, 'unite = "moyens"', 'unites = "moyens"', "indicateur[moyens_effectifs].unite"),
        (INDICATORS, 'choisis = "projet', 'choisis = "projets', "indicateur[politiques_croisees].calcul.choisis"),
        (RULES, '"a_verifier"\nsi = { depot', '"peut_etre"\nsi = { depot', "regle[E1].cas[1].resultat"),
        (RULES, 'fichier = "laureats-2013.csv"', 'fichier = "x.csv"', "liste[laureats_2013].fichier"),
        (RULES, "{connus} sur 23", "{connu} sur 23", "regle[E8].cas[6].phrase"),
        (RULES, '["ess"], force = "certain"', '["es"], force = "certain"', "regle[E4].cas[1].si.couplage"),
        (RULES, 'force = "possible"', 'force = "peut-être"', "regle[E4].cas[2].si.force"),
        (DEMANDS, "plafond = 1\n", "plafond = 9\n", "exigence[moyens_pas_seulement_demarches].plafond"),
        (DEMANDS, 'gravite = "erreur"', 'gravite = "grave"', "controle[equilibre_numeraire_an1].gravite"),
        (FORM, 'type = "oui_non"', 'type = "oui"', None),
    ],
)  # fmt: skip
def test_a_wrong_key_or_word_is_told_with_its_file(file: str, old: str, new: str, key: str | None) -> None:
    found = problems(changed(file, old, new))
    assert file in {problem.file for problem in found}
    assert key is None or key in {problem.key for problem in found}


@pytest.mark.parametrize(
    ("file", "declared", "kept"),
    [
        (RULES, '[[regle]]\ncle = "E7"', "remplie"),
        (INDICATORS, '[[indicateur]]\ncle = "emplois_crees"', "2.5"),
        (DEMANDS, '[[exigence]]\ncle = "controle_ess"', "respectee"),
    ],
)
def test_what_carries_no_two_sided_examples_is_refused(file: str, declared: str, kept: str) -> None:
    text = CALL.sources[file]
    start = text.index(declared)
    first = text.index("exemple]]", start)
    second = text.index("exemple]]", first + 1)
    end = text.find("\n[[", second + 1)
    cut = text.rindex("\n[[", 0, second)
    found = problems({**CALL.sources, file: text[:cut] + (text[end:] if end > 0 else "")})
    assert [problem.file for problem in found] == [file]
    assert found[0].key.endswith(".exemple")
    assert kept in text[first:second]


def test_an_example_that_no_longer_holds_is_told(tmp_path) -> None:
    folder = tmp_path / "scoring" / "ptce-2015"
    folder.mkdir(parents=True)
    text = CALL.sources[INDICATORS].replace("attendu = 1\n", "attendu = 7\n", 1)
    (folder / "indicateurs.v1.toml").write_text(text, encoding="utf-8")
    (found,) = definitions.check_call("ptce-2015", tmp_path)
    assert (found.file, found.key) == (INDICATORS, "indicateur[moyens_effectifs].exemple[1]")
    assert "7" in found.message


def test_unreadable_and_missing_files_are_told() -> None:
    assert [p.file for p in problems({**CALL.sources, RULES: "cle = "})] == [RULES]
    without = {file: text for file, text in CALL.sources.items() if file != DEMANDS}
    assert [p.file for p in problems(without)] == [DEMANDS]


def test_an_unknown_call_is_told() -> None:
    with pytest.raises(definitions.BadDefinition, match="appels connus : ptce-2015"):
        definitions.load_call("ptce-2099")
    with pytest.raises(definitions.BadDefinition):
        definitions.load_call("../ptce-2015")


def test_an_operator_sets_a_newer_version_in_place_of_the_shipped_one(tmp_path) -> None:
    folder = tmp_path / "scoring" / "ptce-2015"
    folder.mkdir(parents=True)
    text = CALL.sources[INDICATORS].replace("[1, 2, 3, 5, 8]", "[2, 3, 4, 5, 8]", 1)
    text = text.replace("version = 1", "version = 2", 1)
    (folder / "indicateurs.v2.toml").write_text(text, encoding="utf-8")
    definition = definitions.load_call("ptce-2015", tmp_path)
    answers = definition.questionnaire.parse(
        {"mutualisation": {"moyens": [{"nature": "emploi", "statut": "effectif"}]}}
    )
    assert evaluate(definition, answers).measure("moyens_effectifs").level == 0
    assert evaluate(CALL, answers).measure("moyens_effectifs").level == 1
    assert "scoring/ptce-2015/indicateurs.v2.toml" in definition.sources
    assert INDICATORS not in definition.sources


def test_a_changed_rule_changes_a_verdict() -> None:
    answers = CALL.questionnaire.parse({"identification": {"porteur": {"forme_juridique": "epci"}}})
    other = definitions.parse_sources(changed(RULES, '["commune", "epci", ', '["commune", '))
    assert evaluate(CALL, answers).verdict("E2").result == "not_met"
    assert evaluate(other, answers).verdict("E2").result == "met"


def test_every_call_that_has_files_is_named() -> None:
    assert "ptce-2015" in definitions.call_names()
    assert (shipped("forms") / "ptce-2015").is_dir()
