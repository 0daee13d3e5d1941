"""Places of a dossier are named in the words of its form."""

from __future__ import annotations

import pytest

from ptce_aap.definitions import load_call
from ptce_aap.domain import places


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("identification.nom_pole", "Nom du pôle"),
        ("identification.porteur.siren", "Porteur du dossier – Numéro SIREN"),
        ("membres.membres", "Membres"),
        ("membres.membres[1].categorie", "Membres, ligne 2 – Catégorie"),
        ("membres.ailleurs", "membres.ailleurs"),
        ("rien", "rien"),
    ],
)
def test_a_place_has_its_words_and_an_unknown_one_stays_as_it_is(place: str, words: str) -> None:
    assert places.words_of(load_call("ptce-2015").questionnaire, place) == words
