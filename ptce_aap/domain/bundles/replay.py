"""What the journal of a call says by itself: the acts that its ranking and its list are made from, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ptce_aap.domain.dossier import State
from ptce_aap.domain.journal_chain import instant_text

Line = Mapping[str, Any]


@dataclass(slots=True)
class Sheet:
    """A sheet that its juror made final: whose, of what, and the digests of its marks before and after discussion."""

    dossier: str
    reader: str
    first: str
    final: str


@dataclass(slots=True)
class Told:
    """Everything that a bundle can be compared with. Dossiers, persons and sheets are named by reference."""

    chain: str = ""
    slug: str = ""
    dates: dict[str, str] = field(default_factory=dict)  # as call.json names them
    sources: Mapping[str, str] = field(default_factory=dict)
    dossiers: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)  # of dossiers, as the last act left them
    opinions: dict[str, dict[str, Any]] = field(default_factory=dict)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    conflicts: set[tuple[str, str]] = field(default_factory=set)  # dossier, person; as declared and not corrected
    people: set[tuple[str, str]] = field(default_factory=set)  # dossier, who works on it: a conflict nobody declares
    away: frozenset[tuple[str, str]] = frozenset()  # both, as they stood when the ranking was computed
    admitted: set[str] = field(default_factory=set)
    votes: dict[str, int] = field(default_factory=dict)
    amounts: dict[str, int] = field(default_factory=dict)
    departures: dict[str, dict[str, Any]] = field(default_factory=dict)
    ranking: Mapping[str, Any] | None = None
    frozen: Mapping[str, Any] | None = None
    sealed: Mapping[str, Any] | None = None


def replay(lines: Iterable[Line], told: Told) -> Told:
    """Add what these lines tell, in their order. Errors: ``KeyError``, ``TypeError`` for facts that are not there."""
    for line in lines:
        told.chain = line["chain"]
        if act := _ACTS.get(line["act"]):
            act(told, line["object"], line["facts"], line)
    return told


def _opened(told: Told, call: str, facts: Line, _line: Line) -> None:
    told.slug, told.sources = call, facts["sources"]
    for name in ("opens_at", "closes_at"):
        told.dates[name] = _instant(facts[name])


def _extended(told: Told, _call: str, facts: Line, _line: Line) -> None:
    told.dates["closes_at"] = _instant(facts["closes"])


def _instant(written: str) -> str:
    return instant_text(datetime.fromisoformat(written))


def _marking_opened(told: Told, _call: str, _facts: Line, line: Line) -> None:
    told.dates["marking_opened_at"] = line["at"]


def _marking_closed(told: Told, _call: str, _facts: Line, line: Line) -> None:
    told.dates["marking_closed_at"] = line["at"]


def _published(told: Told, _call: str, _facts: Line, line: Line) -> None:
    told.dates["published_at"] = line["at"]


def _filed(told: Told, dossier: str, facts: Line, line: Line) -> None:
    deposit = {name: facts[name] for name in ("number", "requested_cents", "sha256")}
    told.dossiers[dossier] = {**deposit, "received": line["at"]}
    told.states[dossier] = State.FILED.value


def _withdrawn(told: Told, dossier: str, _facts: Line, _line: Line) -> None:
    told.states[dossier] = State.WITHDRAWN.value


def _decided(told: Told, dossier: str, facts: Line, _line: Line) -> None:
    words = {True: State.ELIGIBLE.value, False: State.NOT_ELIGIBLE.value}
    told.states[dossier] = words[facts["eligible"]] if isinstance(facts["eligible"], bool) else ""


def _opinion(told: Told, dossier: str, facts: Line, _line: Line) -> None:
    told.opinions[dossier] = {"mark": facts["mark"], "verdict": facts["verdict"]}


def _reopened(told: Told, dossier: str, _facts: Line, _line: Line) -> None:
    told.opinions.pop(dossier, None)


def _final(told: Told, sheet: str, facts: Line, line: Line) -> None:
    told.sheets[sheet] = Sheet(facts["dossier"], line["actor"], facts["marks"], facts["marks"])


def _revised(told: Told, sheet: str, facts: Line, _line: Line) -> None:
    told.sheets[sheet].final = facts["marks"]


def _conflict(told: Told, dossier: str, _facts: Line, line: Line) -> None:
    told.conflicts.add((dossier, line["actor"]))


def _no_conflict(told: Told, dossier: str, facts: Line, _line: Line) -> None:
    told.conflicts.discard((dossier, facts["person"]))


def _joined(told: Told, dossier: str, _facts: Line, line: Line) -> None:
    told.people.add((dossier, line["actor"]))


def _admitted(told: Told, dossier: str, _facts: Line, _line: Line) -> None:
    told.admitted.add(dossier)


def _computed(told: Told, _call: str, facts: Line, _line: Line) -> None:
    told.ranking, told.away = facts, frozenset(told.conflicts | told.people)
    told.votes.clear()  # a vote is about one ranking


def _voted(told: Told, _call: str, facts: Line, _line: Line) -> None:
    told.votes.update({dossier: place for place, dossier in enumerate(facts["order"], start=1)})


def _amount(told: Told, dossier: str, facts: Line, _line: Line) -> None:
    told.amounts[dossier] = facts["after"]


def _departure(told: Told, dossier: str, facts: Line, _line: Line) -> None:
    told.departures[facts["departure"]] = {
        "departure": facts["departure"],
        "dossier": dossier,
        "ground": facts["ground"],
        "place": facts["to_place"],
        "ranking": facts["ranking"],
    }


def _taken_back(told: Told, _dossier: str, facts: Line, _line: Line) -> None:
    del told.departures[facts["departure"]]


def _frozen(told: Told, _call: str, facts: Line, line: Line) -> None:
    told.frozen, told.dates["frozen_at"] = facts, line["at"]


def _sealed(told: Told, _call: str, facts: Line, _line: Line) -> None:
    told.sealed = facts


_ACTS: Mapping[str, Callable[[Told, str, Line, Line], None]] = {
    "amount.proposed": _amount,
    "bundle.sealed": _sealed,
    "call.extended": _extended,
    "call.opened": _opened,
    "conflict.corrected": _no_conflict,
    "conflict.declared": _conflict,
    "departure.decided": _departure,
    "departure.withdrawn": _taken_back,
    "dossier.admitted": _admitted,
    "dossier.filed": _filed,
    "dossier.withdrawn": _withdrawn,
    "eligibility.decided": _decided,
    "mark.revised": _revised,
    "marking.closed": _marking_closed,
    "marking.opened": _marking_opened,
    "opinion.given": _opinion,
    "opinion.reopened": _reopened,
    "person.joined": _joined,
    "ranking.computed": _computed,
    "sheet.final": _final,
    "shortlist.frozen": _frozen,
    "shortlist.published": _published,
    "tie.voted": _voted,
}
