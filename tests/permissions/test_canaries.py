"""What each person ever reads of a dossier, at each stage, is what the table of rights opens to him, and all of it."""

from __future__ import annotations

import re
from random import Random

import pytest

from ptce_aap.domain.permissions import Relation, Role
from tests.budgets import budget
from tests.permissions.cells import Route
from tests.permissions.conftest import Enter
from tests.permissions.oracle import shown
from tests.permissions.people import WALKERS, Walker
from tests.permissions.running import Site
from tests.permissions.walks import STARTS, addresses
from tests.permissions.world import Marker, Stage
from tests.twins import crawl

_MARKERS = re.compile("|".join(Marker))
_STAGES = list(Stage)
_SAID_AT = {
    Marker.PROPOSAL: Stage.INSTRUCTION,
    Marker.OPINION: Stage.INSTRUCTION,
    Marker.DECISION: Stage.JURY,
    Marker.COMMENT: Stage.JURY,
    Marker.COMMITTEE: Stage.DELIBERATION,
}
"""The stage at which each kind of text is first said; all the others are from the deposits on."""
PREPARES = {Relation.OWNER, Relation.FILER, Relation.EDITOR, Relation.READER}
_FIRST = {(Stage.JURY, "conflicted"): 0, (Stage.JURY, "reader"): 1, (Stage.CLOSED, "onlooker"): 2}
_CELLS = sorted(
    Random(4).sample([(stage, who) for stage in _STAGES for who in WALKERS], len(_STAGES) * len(WALKERS)),
    key=lambda cell: _FIRST.get((cell[0], cell[1].name), len(_FIRST)),
)


def told(site: Site, who: Walker, routes: list[Route]) -> set[Marker]:
    """Return the kinds of text of the dossier that somebody finds on any page and in any file that pages lead to."""
    client = site.app.test_client()
    if not who.visits:
        client.set_cookie("ptce", site.world.secrets[who.name])
    site.database.keeps = False
    # A secret link shows what it shows to whoever holds it: nobody is given it here.
    tried = (path for path in addresses(site, who, routes) if site.world.named["token"] not in path)
    answers = crawl(client.get, [*STARTS, *tried], searched=("Porteur",))
    return {Marker(found) for answer in answers.values() for found in _MARKERS.findall(answer.body)}


def expected(who: Walker, stage: Stage) -> set[Marker]:
    """Return the kinds of text that the table opens to somebody on pages, once they are said."""
    opened = {one for one in shown(who, stage) if _STAGES.index(stage) >= _STAGES.index(_SAID_AT.get(one, Stage.OPEN))}
    before_the_jury = _STAGES.index(stage) < _STAGES.index(Stage.JURY)
    if before_the_jury and Marker.CONTENT not in opened:
        opened.discard(Marker.TITLE)  # the list on which conflicts are declared holds what is found eligible
    if before_the_jury and not any(role is Role.CORRESPONDENT for role, *_ in who.grants):
        opened.discard(Marker.OPINION)  # its author alone reads it until it is given
    if stage is Stage.JURY and who.reads:
        opened.discard(Marker.OPINION)  # a region says nothing to whoever still marks, and this reader does
    if who.people in PREPARES:
        opened.discard(Marker.DECISION)  # its applicants read why where it is not eligible, and this one is
    if not who.reads:
        opened.discard(Marker.COMMENT)  # without reading it oneself, one finds it in the export of the marks alone
    return opened


@pytest.mark.soak
@pytest.mark.target("SEC-04")
def test_what_is_read_on_every_page_is_what_the_table_opens_and_all_of_it(enter: Enter, routes: list[Route]) -> None:
    chosen = _CELLS[: budget("canaries.cells")]
    told_to: dict[tuple[str, str], set[Marker]] = {}
    for stage in dict.fromkeys(stage for stage, _ in chosen):
        site = enter(stage)
        told_to |= {(stage.value, who.name): told(site, who, routes) for at, who in chosen if at is stage}
    assert told_to == {(stage.value, who.name): expected(who, stage) for stage, who in chosen}
    assert any(told_to.values())
