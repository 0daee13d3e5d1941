"""What a dossier's file may not contain: each is refused, and the key is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ptce_aap.definitions import load_call
from ptce_aap.domain.exchange import read_document
from ptce_aap.domain.refusals import BadAnswers

FORM = load_call("ptce-2015").questionnaire


def document(stage: str, **answers: Any) -> str:
    return json.dumps({"submitted_at": None, "answers": {stage: answers}})


def places(text: str | bytes) -> list[str]:
    with pytest.raises(BadAnswers) as caught:
        read_document(text, FORM)
    return [refusal.place for refusal in caught.value.refusals]


def row(**cells: Any) -> dict[str, Any]:
    return {"membres": [None, cells]}


@pytest.mark.parametrize(
    ("stage", "answers", "place"),
    [
        # unknown keys and options
        ("identification", {"inconnue": None}, "identification.inconnue"),
        ("identification", {"porteur": {"inconnue": "x"}}, "identification.porteur.inconnue"),
        ("membres", row(inconnue=""), "membres.membres[1].inconnue"),
        ("membres", row(_id="x"), "membres.membres[1]._id"),
        ("identification", {"stade": "naissance"}, "identification.stade"),
        ("identification", {"stade": "Emergence"}, "identification.stade"),
        ("identification", {"region": "99"}, "identification.region"),
        ("identification", {"region": "1"}, "identification.region"),
        ("identification", {"regions_associees": ["31", "99"]}, "identification.regions_associees"),
        ("projet", {"innovation": ["sociale", "autre"]}, "projet.innovation"),
        ("identification", {"porteur": {"forme_juridique": "sarl"}}, "identification.porteur.forme_juridique"),
        # wrong types
        ("identification", {"nom_pole": 3}, "identification.nom_pole"),
        ("identification", {"nom_pole": True}, "identification.nom_pole"),
        ("identification", {"nom_pole": ["x"]}, "identification.nom_pole"),
        ("identification", {"nom_pole": {}}, "identification.nom_pole"),
        ("identification", {"region": 31}, "identification.region"),
        ("identification", {"aide_anterieure": "oui"}, "identification.aide_anterieure"),
        ("identification", {"aide_anterieure": "true"}, "identification.aide_anterieure"),
        ("identification", {"aide_anterieure": 1}, "identification.aide_anterieure"),
        ("identification", {"aide_anterieure": 0}, "identification.aide_anterieure"),
        ("identification", {"porteur": "x"}, "identification.porteur"),
        ("identification", {"porteur": ["x"]}, "identification.porteur"),
        ("membres", {"membres": {"denomination": "x"}}, "membres.membres"),
        ("membres", {"membres": ["x"]}, "membres.membres[0]"),
        ("membres", {"membres": [[]]}, "membres.membres[0]"),
        ("projet", {"innovation": "sociale"}, "projet.innovation"),
        ("projet", {"innovation": [1]}, "projet.innovation"),
        ("projet", {"innovation": [["sociale"]]}, "projet.innovation"),
        ("pieces", {"statuts": "statuts.pdf"}, "pieces.statuts"),
        ("pieces", {"statuts": [True]}, "pieces.statuts"),
        # integers
        ("membres", row(voix="3"), "membres.membres[1].voix"),
        ("membres", row(voix=True), "membres.membres[1].voix"),
        ("membres", row(voix=2.5), "membres.membres[1].voix"),
        ("membres", row(voix=-1), "membres.membres[1].voix"),
        ("membres", row(voix=1_000_000_001), "membres.membres[1].voix"),
        ("membres", row(voix=10**30), "membres.membres[1].voix"),
        # decimals and money
        ("impact_essaimage", {"emplois_crees": "1.00001"}, "impact_essaimage.emplois_crees"),
        ("impact_essaimage", {"emplois_crees": True}, "impact_essaimage.emplois_crees"),
        ("budget", {"de_minimis_trois_ans": "1.001"}, "budget.de_minimis_trois_ans"),
        ("budget", {"de_minimis_trois_ans": 0.001}, "budget.de_minimis_trois_ans"),
        ("budget", {"de_minimis_trois_ans": "1000000000000"}, "budget.de_minimis_trois_ans"),
        ("budget", {"de_minimis_trois_ans": 10**12}, "budget.de_minimis_trois_ans"),
        ("budget", {"de_minimis_trois_ans": -1}, "budget.de_minimis_trois_ans"),
        ("budget", {"de_minimis_trois_ans": False}, "budget.de_minimis_trois_ans"),
        *[
            ("budget", {"de_minimis_trois_ans": text}, "budget.de_minimis_trois_ans")
            for text in ("-1", "+1", "1,5", "1 000", "1e3", ".5", "5.", "0x10", "١٢", "１２", "NaN", "Infinity", "1_0")
        ],
        # identifiers
        ("identification", {"porteur": {"siren": "732829321"}}, "identification.porteur.siren"),
        ("identification", {"porteur": {"siren": "73282932"}}, "identification.porteur.siren"),
        ("identification", {"porteur": {"siren": "732.829.320"}}, "identification.porteur.siren"),
        ("identification", {"porteur": {"siren": "٧٣٢٨٢٩٣٢٠"}}, "identification.porteur.siren"),
        ("identification", {"porteur": {"siren": 732829320}}, "identification.porteur.siren"),
        ("identification", {"porteur": {"siret": "73282932000079"}}, "identification.porteur.siret"),
        ("identification", {"porteur": {"siret": "35600000000049"}}, "identification.porteur.siret"),
        ("identification", {"porteur": {"rna": "W12345678"}}, "identification.porteur.rna"),
        ("identification", {"porteur": {"rna": "w123456789"}}, "identification.porteur.rna"),
        ("identification", {"porteur": {"rna": "WA23456789"}}, "identification.porteur.rna"),
        ("identification", {"porteur": {"code_postal": "5900"}}, "identification.porteur.code_postal"),
        ("identification", {"porteur": {"code_postal": "2A000"}}, "identification.porteur.code_postal"),
        ("identification", {"porteur": {"commune": "2a004"}}, "identification.porteur.commune"),
        ("identification", {"porteur": {"commune": "5935"}}, "identification.porteur.commune"),
        ("identification", {"porteur": {"commune": "2C004"}}, "identification.porteur.commune"),
        ("territoire", {"communes": [{"code_insee": "Lille"}]}, "territoire.communes[0].code_insee"),
        *[
            ("identification", {"porteur": {"contact_courriel": text}}, "identification.porteur.contact_courriel")
            for text in ("a.b.fr", "a@b", "a@b@c.fr", "a.b@c", "@c.fr")
        ],
        *[
            ("identification", {"porteur": {"contact_telephone": text}}, "identification.porteur.contact_telephone")
            for text in ("12345", "03 20 00 00 00 ext 2", "1" * 21, "03-20-00-00-00", "(0)320000000")
        ],
        # dates
        *[
            ("identification", {"date_creation": text}, "identification.date_creation")
            for text in (
                "2015-02-29", "2015-13-01", "2015-00-10", "0000-01-01", "2015-1-1", "20150101", "01/02/2015",
                "2015-01-01T00:00:00", "٢٠١٥-01-01", 2015,
            )
        ],
        # texts
        ("identification", {"nom_pole": "x" * 201}, "identification.nom_pole"),
        ("identification", {"porteur": {"denomination": "x" * 301}}, "identification.porteur.denomination"),
        ("projet", {"resume": "x" * 2001}, "projet.resume"),
        ("projet", {"strategie": "x" * 6001}, "projet.strategie"),
        ("identification", {"nom_pole": "\ud800"}, "identification.nom_pole"),
        ("identification", {"stade": "\udfff"}, "identification.stade"),
        ("identification", {"\ud800": "x"}, "identification.\ud800"),
        ("pieces", {"statuts": ["\ud83d"]}, "pieces.statuts"),
        # rows
        ("membres", {"membres": [{"role": "x"}] * 201}, "membres.membres"),
        ("territoire", {"communes": [{"nom": "x"}] * 501}, "territoire.communes"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_at_its_place(stage: str, answers: dict[str, Any], place: str) -> None:
    assert places(document(stage, **answers)) == [place]


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e400", "1" * 5000, "1e99999999999999999999", "-1"]
)
@pytest.mark.parametrize(
    ("stage", "key"),
    [
        ("budget", "de_minimis_trois_ans"),
        ("impact_essaimage", "emplois_crees"),
        ("identification", "nom_pole"),
        ("identification", "aide_anterieure"),
        ("identification", "region"),
        ("membres", "membres"),
    ],
)
def test_a_number_that_is_none_is_refused_wherever_it_stands(number: str, stage: str, key: str) -> None:
    assert places(f'{{"answers": {{"{stage}": {{"{key}": {number}}}}}}}') == [f"{stage}.{key}"]


@pytest.mark.parametrize("number", ["NaN", "1e400", "1" * 5000, "1.5", "-1", "1e99999999999999999999"])
def test_an_integer_out_of_range_names_its_cell(number: str) -> None:
    text = f'{{"answers": {{"membres": {{"membres": [{{"voix": {number}}}]}}}}}}'
    assert places(text) == ["membres.membres[0].voix"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"answers": {"identification": {"nom_pole": "a", "nom_pole": "a"}}}', "nom_pole"),
        ('{"answers": {"membres": {"membres": [{"voix": 1, "voix": 2}]}}}', "voix"),
        ('{"answers": {"projet": {}, "projet": {}}}', "projet"),
        ('{"answers": {}, "answers": {}}', "answers"),
        ('{"submitted_at": null, "submitted_at": null}', "submitted_at"),
        ('{"answers": {"inconnue": {}}}', "inconnue"),
        ('{"answers": {"inconnue": null}}', "inconnue"),
        ('{"answers": {}, "autre": 1}', "autre"),
        ('{"answers": {"projet": []}}', "projet"),
        ('{"answers": {"projet": "x"}}', "projet"),
        ('{"answers": ["x"]}', "answers"),
        ('{"answers": NaN}', "answers"),
    ],
)
def test_a_key_of_the_file_itself_is_named(text: str, place: str) -> None:
    assert places(text) == [place]


@pytest.mark.parametrize(
    "instant",
    [
        "2015-06-30T23:59:59", "2015-06-30", "2015-06-30T23:59:59+25:00", "2015-06-31T10:00:00Z", "hier", "",
        "2015-06-30T23:60:00Z", "2015-06-30T24:00:01Z", "2015-06-30T10:00:00+02:75", 1435701599, True, [], {},
    ],
)  # fmt: skip
def test_an_instant_without_a_zone_or_that_does_not_exist_is_refused(instant: Any) -> None:
    assert places(json.dumps({"submitted_at": instant, "answers": {}})) == ["submitted_at"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a": \xe9}'])
def test_a_file_that_is_no_json_object_is_refused(data: bytes) -> None:
    assert len(places(data)) == 1


def test_every_wrong_value_is_told_at_once() -> None:
    assert places(document("identification", stade="x", nom_pole=1, region="31")) == [
        "identification.stade",
        "identification.nom_pole",
    ]
