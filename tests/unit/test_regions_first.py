"""Which region a room opens on: one's own before those of somebody absent."""

from __future__ import annotations

from ptce_aap.definitions import load_call
from ptce_aap.domain.permissions import Absent, Actor, Grant, Role
from ptce_aap.models import Call
from ptce_aap.services.instruction import instruction
from ptce_aap.services.regions import resources

OWN, LENT = "82", "42"  # the lent one comes first in the order of the call


def test_one_s_own_regions_come_before_those_of_somebody_absent() -> None:
    definition, call = load_call("ptce-2015"), Call(id=7)
    own, lent = (
        Grant(Role.CORRESPONDENT, 7, OWN),
        Grant(Role.CORRESPONDENT, 7, LENT, absent=Absent("absent", 2)),
    )
    both = Actor(1, "both", "", "", frozenset({own, Grant(Role.CORRESPONDENT, 7, LENT)}))
    acting = Actor(1, "acting", "", "", frozenset({own, lent}))
    assert [region.code for region in instruction.regions_of(definition, both, call)] == [LENT, OWN]
    assert [region.code for region in instruction.regions_of(definition, acting, call)] == [OWN, LENT]
    assert [place.region for place in resources.places_of(definition, acting, call)][:2] == [OWN, LENT]
