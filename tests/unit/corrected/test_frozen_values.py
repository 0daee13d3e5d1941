"""What the corrected ranking hands to pages and to the database."""

import json

import pytest

from ptce_aap.domain.corrected import storing
from ptce_aap.domain.corrected.aids import LeaveOneOut, LeftOut, Sensitivity
from ptce_aap.domain.corrected.chances import Pairs
from ptce_aap.domain.corrected.values import Component, Corrected, Group, Mode, Model, Placed, ReaderFit, Settings

PLACED = Placed("d1", 3, 4.5, 1, 4.25, 0.1 + 0.2, 1.5, 50.0, 1, 1, 2, 3, 4, 0.75, Group.INDISTINGUISHABLE, True)
CORRECTED = Corrected(
    settings=Settings(low=0, high=5, mode=Mode.SNSF, top=1),
    n_dossiers=1,
    n_readers=1,
    n_scores=3,
    components=(Component(("d1",), ("r1",)),),
    warnings=("Attention.",),
    model=Model(0.8, 0.7, 0.5, 0.6),
    line=1.5,
    dossiers=(PLACED,),
    readers=(ReaderFit("r1", 1, None, None),),
    nodes=12,
)


def test_a_stored_ranking_is_read_back_bit_for_bit():
    text = json.dumps(storing.as_json(CORRECTED))
    assert storing.from_json(Corrected, json.loads(text)) == CORRECTED


def test_values_with_optional_parts_are_read_back():
    left = LeaveOneOut(("d1", "d2"), (1.25, 1.75), (LeftOut("r1", 2, (None, 1.0), ("d2",), ()),))
    assert storing.from_json(LeaveOneOut, json.loads(json.dumps(storing.as_json(left)))) == left


def test_the_published_document_has_the_keys_of_the_contract():
    document = storing.document(CORRECTED)
    assert set(document) == {
        *("mode", "scale", "n_dossiers", "n_readers", "n_scores", "components", "draws", "seed", "warnings", "model"),
        *("dossiers", "readers"),
    }
    assert set(document["dossiers"][0]) == {
        *("dossier", "n", "raw_mean", "raw_rank", "adjusted", "sd", "expected_rank", "pcer"),
        *("rank_q05", "rank_q25", "rank_q50", "rank_q75", "rank_q95", "p_top", "group", "reliable"),
    }
    assert document["readers"] == [{"reader": "r1", "n": 1, "generosity": None, "generosity_sd": None}]
    assert (document["components"], document["mode"], document["scale"]) == (1, "snsf", [0, 5])


def test_a_chance_is_read_from_the_table_either_way():
    stored = b"".join(chance.to_bytes(2, "little") for chance in (7_100, 9_000, 2_500))
    pairs = Pairs(("a", "b", "c"), stored)
    assert pairs.chance("a", "b") == 0.71
    assert pairs.chance("b", "a") == 0.29
    assert pairs.chance("a", "c") == 0.9
    assert pairs.chance("b", "c") == 0.25
    assert pairs.chance("c", "c") == 0.5
    assert Pairs.from_json(pairs.as_json()) == pairs


def test_an_unknown_dossier_has_no_chance():
    with pytest.raises(KeyError):
        Pairs(("a", "c"), b"\0\0").chance("b", "a")


def test_weights_move_the_order_without_a_numerical_library():
    sensitivity = Sensitivity(
        criteria=("x", "y"),
        dossiers=("a", "b"),
        contributions=((4.0, 2.0), (1.0, 5.0)),
        weights=(0.5, 0.5),
        lower_is_better=False,
        top=1,
        draws=100,
        seed=1,
        shares=(0.4, 0.6),
        overtakings=(),
    )
    assert sensitivity.adjusted({"x": 3, "y": 1}) == {"a": 3.25, "b": 2.75}
    assert sensitivity.order({"x": 3, "y": 1}) == ("a", "b")
    assert sensitivity.order({"y": 1}) == ("b", "a")
    with pytest.raises(ValueError):
        sensitivity.adjusted({"x": 0})
