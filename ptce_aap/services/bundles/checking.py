"""Verifying a bundle: its journal, its seal, what the journal tells of each value, then ranking and list made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ptce_aap.definitions.grids import read_grid
from ptce_aap.definitions.reader import Problem as BadKey
from ptce_aap.definitions.sheets import read_sheet
from ptce_aap.domain.bundles import computed, layout
from ptce_aap.domain.bundles.computed import Decisions, Listed, Rule
from ptce_aap.domain.bundles.replay import Told, replay
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.services.bundles.findings import Invalid, Problem
from ptce_aap.services.bundles.known_heads import Kept
from ptce_aap.services.bundles.opening import Opened
from ptce_aap.services.bundles.reading import WRONG_SHAPE, Covered, read_journal

_DATES = ("opens_at", "closes_at", "marking_opened_at", "marking_closed_at", "frozen_at", "published_at")


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: nothing wrong, or the first thing that is; and the last line of the journal."""

    problem: Problem | None
    chain: str = ""
    sequence: int = 0
    digest: str = ""
    covered: Covered = field(default_factory=Covered)
    frozen: bool = False  # the journal says that the list was frozen: it is no provisional one

    @property
    def valid(self) -> bool:
        """Tell whether everything holds."""
        return self.problem is None


def verify(bundle: Opened, *, heads: Sequence[Kept] = (), key: str | None = None) -> Verified:
    """Return what is wrong first in a bundle, if anything.

    ``heads``: those known from outside, each of one chain or whole, which were checked (``known_heads.require_sound``).
    ``key``: that which signed the heads of the bundle, in hexadecimal digits. Errors: ``RuleViolation``
    (``head_of_another_chain``) where no head is about this journal.
    """
    try:
        lines, covered = read_journal(bundle, heads, key)
        told = _told(lines)
        _require_seal(bundle, lines[-1], told)
        _shaped(layout.CALL, _check_definitions, bundle, told)
        rule = _rule(bundle)
        for name, check in _CHECKS.items():
            _shaped(name, check, bundle, told, rule)
    except Invalid as found:
        return Verified(found.problem)
    last = lines[-1]
    frozen = told.frozen is not None
    return Verified(None, str(last["chain"]), int(last["sequence"]), str(last["digest"]), covered, frozen)


def _shaped(name: str, check: Any, *arguments: Any) -> None:
    try:
        check(*arguments)
    except WRONG_SHAPE:
        raise Invalid("wrong_shape", name) from None
    except RuleViolation:  # marks that no grid can total
        raise Invalid("wrong_shape", layout.MARKS) from None


def _told(lines: list[dict[str, Any]]) -> Told:
    told, sequence = Told(), 0
    try:
        for line in lines:
            sequence += 1
            told = replay([line], told)
    except WRONG_SHAPE:
        raise Invalid("journal_facts", layout.JOURNAL, sequence) from None
    return told


def _require_seal(bundle: Opened, last: Mapping[str, Any], told: Told) -> None:
    digests = layout.digests(layout.sealed(bundle.files))
    listed = told.sealed.get("files") if told.sealed is not None else None
    if last["act"] != layout.SEALED_ACT or not isinstance(listed, dict):
        raise Invalid("not_sealed", layout.JOURNAL, last["sequence"])
    for name in sorted(set(listed) | set(digests)):
        if listed.get(name) != digests.get(name):
            raise Invalid("seal_differs", name, line=None, sequence=last["sequence"])


def _check_definitions(bundle: Opened, told: Told) -> None:
    held = {name: layout.digest(content) for name, content in bundle.files.items() if layout.DEFINITION.fullmatch(name)}
    call = bundle.value(layout.CALL)
    if (call["slug"], call["slug"], call["chain"]) != (bundle.call, told.slug, told.chain):
        raise Invalid("call_differs", layout.CALL)
    for name in _DATES:
        if call[name] != told.dates.get(name):
            raise Invalid("told_otherwise", layout.CALL, what=name)
    told_places = {layout.place_of(path): digest for path, digest in told.sources.items()}
    for name in sorted(set(held) | set(call["definitions"]) | set(told_places)):
        if not held.get(name) == call["definitions"].get(name) == told_places.get(name):
            raise Invalid("definition_differs", name)
    official = None if told.frozen is None else told.frozen["sha256"]
    if call["official_list"] != official:
        raise Invalid("told_otherwise", layout.CALL, what="la liste figée")


def _rule(bundle: Opened) -> Rule:
    """Return the rule as the definitions give it, which is what ``rule.json`` must say."""
    grid_file, sheet_file = (_definition(bundle, name) for name in (layout.GRID, layout.SHEET))
    texts = [bundle.files[name].decode("utf-8", "replace") for name in (grid_file, sheet_file)]
    problems: list[BadKey] = []
    grid, sheet = read_grid(texts[0], grid_file, problems), read_sheet(texts[1], sheet_file, problems)
    if problems:
        raise Invalid("definition_unreadable", problems[0].file)
    again = computed.rule_file(*texts)
    if again != bundle.files[layout.RULE]:
        raise Invalid("rule_differs", layout.RULE)
    return Rule(grid, sheet.envelope_cents, sheet.reserve_size)


def _definition(bundle: Opened, name: str) -> str:
    """Return the place of a definition: there is one of each."""
    found = [place for place in bundle.files if layout.DEFINITION.fullmatch(place) and f"/{name}.v" in place]
    if len(found) != 1:
        raise Invalid("definition_missing", f"definitions/…/{name}.vN.toml")
    return found[0]


def _check_dossiers(bundle: Opened, told: Told, _rule: Rule) -> None:
    held = bundle.table(layout.DOSSIERS)
    for reference in sorted(set(held) | set(told.dossiers)):
        if held.get(reference) != told.dossiers.get(reference):
            raise Invalid("told_otherwise", layout.DOSSIERS, what=reference)


def _check_eligibility(bundle: Opened, told: Told, _rule: Rule) -> None:
    held = bundle.table(layout.ELIGIBILITY)
    for reference in sorted(set(held) | set(told.dossiers)):
        state = held.get(reference)
        if state is None or state != told.states.get(reference) or reference not in told.dossiers:
            raise Invalid("told_otherwise", layout.ELIGIBILITY, what=reference)


def _check_opinions(bundle: Opened, told: Told, _rule: Rule) -> None:
    held = bundle.table(layout.OPINIONS)
    for reference in sorted(set(held) | set(told.opinions)):
        if held.get(reference) != told.opinions.get(reference):
            raise Invalid("told_otherwise", layout.OPINIONS, what=reference)


def _check_marks(bundle: Opened, told: Told, _rule: Rule) -> None:
    held = bundle.table(layout.MARKS)
    for reference in sorted(set(held) | set(told.sheets)):
        one, sheet = held.get(reference), told.sheets.get(reference)
        if one is None or sheet is None or (one["dossier"], one["reader"]) != (sheet.dossier, sheet.reader):
            raise Invalid("told_otherwise", layout.MARKS, what=reference)
        for marks, digest in ((one["first"], sheet.first), (one["final"], sheet.final)):
            if computed.marks_digest(reference, marks) != digest:
                raise Invalid("told_otherwise", layout.MARKS, what=reference)
        eligible = told.states.get(sheet.dossier) == State.ELIGIBLE
        if one["counts"] is not (eligible and (sheet.dossier, sheet.reader) not in told.away):
            raise Invalid("counts_otherwise", layout.MARKS, what=reference)


def _check_conflicts(bundle: Opened, told: Told, _rule: Rule) -> None:
    if bundle.value(layout.CONFLICTS) != sorted([dossier, person] for dossier, person in told.conflicts):
        raise Invalid("told_otherwise", layout.CONFLICTS, what="la liste des conflits")


def _check_decisions(bundle: Opened, told: Told, _rule: Rule) -> None:
    held = bundle.value(layout.DECISIONS)
    said = {
        "admitted": sorted(told.admitted),
        "amounts": told.amounts,
        "departures": list(told.departures.values()),
        "votes": told.votes,
    }
    for name in sorted(set(held) | set(said)):
        if held.get(name) != said.get(name):
            raise Invalid("told_otherwise", layout.DECISIONS, what=name)


def _check_ranking(bundle: Opened, told: Told, rule: Rule) -> None:
    """Make the ranking again from the marks that counted when it was computed."""
    if told.ranking is None:
        raise Invalid("no_ranking", layout.RANKING)
    facts, admitted = told.ranking, sorted(told.admitted)
    states = bundle.value(layout.ELIGIBILITY)
    sheets: dict[str, dict[str, dict[str, int]]] = {ref: {} for ref in states if states[ref] == State.ELIGIBLE}
    for reference, one in bundle.value(layout.MARKS).items():
        if one["counts"]:
            sheets[one["dossier"]][reference] = one["final"]
    grid_digest, seed = layout.digest(bundle.files[_definition(bundle, layout.GRID)]), facts["seed"]
    inputs = computed.inputs_digest(sheets, admitted, grid_digest=grid_digest, seed=seed)
    if (inputs, grid_digest) != (facts["inputs"], facts["grid"]):
        raise Invalid("inputs_differ", layout.MARKS)
    lines = computed.ranked(rule.grid, sheets, admitted, seed=seed)
    entries = [computed.ranking_entry(position, line) for position, line in enumerate(lines, start=1)]
    again = computed.ranking_file(entries, sequence=facts["sequence"], seed=seed)
    if again != bundle.files[layout.RANKING]:
        raise Invalid("ranking_differs", layout.RANKING, _first_difference(bundle.value(layout.RANKING), entries))
    if facts["result"] != layout.digest(again):
        raise Invalid("result_differs", layout.RANKING)


def _check_list(bundle: Opened, told: Told, rule: Rule) -> None:
    """Make the list again from the ranking and the decisions."""
    dossiers, decisions = bundle.value(layout.DOSSIERS), bundle.value(layout.DECISIONS)
    ranking = bundle.value(layout.RANKING)
    listed = [
        Listed(
            one["dossier"],
            dossiers[one["dossier"]]["number"],
            dossiers[one["dossier"]]["requested_cents"],
            one["rank"],
            one["position"],
        )
        for one in ranking["entries"]
    ]
    departures = [(one["dossier"], one["place"]) for one in decisions["departures"]]
    decided = Decisions(frozenset(decisions["admitted"]), decisions["votes"], decisions["amounts"], departures)
    entries = computed.adopted_entries(rule, listed, decided)
    again = computed.list_file(entries)
    if again != bundle.files[layout.LIST]:
        raise Invalid("list_differs", layout.LIST, _first_difference(bundle.value(layout.LIST), entries))
    if told.frozen is not None and told.frozen["list"] != layout.digest(again):
        raise Invalid("result_differs", layout.LIST)


def _first_difference(held: Any, entries: list[dict[str, Any]]) -> int | None:
    """Return the place, from 1, of the first entry that is not what it should be; None where none is."""
    said = held.get("entries") if isinstance(held, dict) else None
    said = said if isinstance(said, list) else []
    for place in range(max(len(said), len(entries))):
        if said[place : place + 1] != entries[place : place + 1]:
            return place + 1
    return None


_CHECKS = {
    layout.DOSSIERS: _check_dossiers,
    layout.ELIGIBILITY: _check_eligibility,
    layout.OPINIONS: _check_opinions,
    layout.MARKS: _check_marks,
    layout.CONFLICTS: _check_conflicts,
    layout.DECISIONS: _check_decisions,
    layout.RANKING: _check_ranking,
    layout.LIST: _check_list,
}
