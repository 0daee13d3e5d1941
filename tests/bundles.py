"""Bundles of calls drawn at random, with ties, votes, departures, conflicts and revised marks; and their two judges."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

from ptce_aap.definitions import load_call
from ptce_aap.documents import archive
from ptce_aap.domain import journal_chain
from ptce_aap.domain.bundles import computed, layout
from ptce_aap.domain.bundles.computed import Decisions, Listed, Rule
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.services.bundles import checking, known_heads, opening
from ptce_aap.services.bundles.findings import Invalid

ROOT = Path(__file__).resolve().parents[1]
SECOND = ROOT / "tests" / "second_call"
CHAIN = "call-1"


@cache
def small() -> ModuleType:
    """Load the small verifier, which shares no code with the application."""
    place = ROOT / "docs" / "verifier" / layout.VERIFIER
    spec = importlib.util.spec_from_file_location("verify_bundle", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Verdict:
    """What a verifier finds: its exit status, and the file and line of the first thing that is wrong."""

    status: int
    file: str = ""
    line: int | None = None


HOLDS = Verdict(0)


Heads = Mapping[int, str] | list[dict[str, Any]]
"""What is known from outside: digests by line, or heads as they are kept."""


def judge(path: Path, heads: Heads | None = None) -> Verdict:
    """Return what ``ptce-aap verify`` finds; ``heads``: digests known from outside, by line."""
    try:
        for _, head in _known(heads):
            known_heads.require_sound(head)
        found = checking.verify(opening.read(path), heads=[known_heads.Kept(*one) for one in _known(heads)])
    except (RuleViolation, known_heads.Unsound):
        return Verdict(2)
    except Invalid as invalid:
        found = checking.Verified(invalid.problem)
    return HOLDS if found.problem is None else Verdict(1, found.problem.file, found.problem.line)


def judge_alone(path: Path, heads: Heads | None = None) -> Verdict:
    """Return what the small verifier finds."""
    try:
        small().verify(str(path), _known(heads))
    except small().NotABundle:
        return Verdict(2)
    except small().Wrong as wrong:
        name, _, line = wrong.args
        return Verdict(1, name, line or None)
    return HOLDS


def _known(heads: Heads | None) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(heads, list):
        return [(f"temoin-{number}.json", head) for number, head in enumerate(heads, 1)]
    named = [{"chain": CHAIN, "sequence": number, "digest": digest} for number, digest in (heads or {}).items()]
    return [("temoin.json", head) for head in named]


@dataclass
class Journal:
    """A journal in the making."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def write(self, act: str, about: str, *, actor: str = "equipe", **facts: Any) -> dict[str, Any]:
        """Add the line of an act."""
        line = {
            "act": act,
            "actor": actor,
            "at": f"2015-06-{1 + len(self.lines) // 1000:02d}T10:00:00.{len(self.lines) % 1000:06d}Z",
            "chain": CHAIN,
            "facts": facts,
            "object": about,
            "object_kind": "object",
            "role": "team",
            "sequence": len(self.lines) + 1,
            "previous": self.lines[-1]["digest"] if self.lines else journal_chain.FIRST,
        }
        self.lines.append({**line, "digest": journal_chain.digest_of(line)})
        return self.lines[-1]


@dataclass
class Bundle:
    """The files of a bundle: values and definitions as bytes, the lines of its journal."""

    files: dict[str, bytes]
    lines: list[dict[str, Any]]
    call: str = "appel"
    heads: list[dict[str, Any]] = field(default_factory=list)  # those of days, signed, that it holds

    def copy(self) -> Bundle:
        """Return the same bundle, to tamper with."""
        return Bundle(dict(self.files), [dict(line) for line in self.lines], self.call, list(self.heads))

    def chain_again(self, first: int = 0) -> None:
        """Make the chain hold again from a line (from 0) on, as who rewrites it would."""
        for place in range(first, len(self.lines)):
            line = self.lines[place]
            line["sequence"] = place + 1
            line["previous"] = self.lines[place - 1]["digest"] if place else journal_chain.FIRST
            line["digest"] = journal_chain.digest_of(line)

    def seal_again(self) -> None:
        """Write the digests of the files in the last line of the journal again."""
        self.lines[-1]["facts"] = {**self.lines[-1]["facts"], "files": layout.digests(layout.sealed(self.files))}
        self.chain_again(len(self.lines) - 1)

    def wrapped(self) -> dict[str, bytes]:
        """Return every file, manifest and head made for what it holds now."""
        last = self.lines[-1] if self.lines else {}
        files = {
            **self.files,
            layout.JOURNAL: b"".join(journal_chain.canonical(line) + b"\n" for line in self.lines),
            layout.HEADS: layout.text(self.heads),
            layout.HEAD: layout.text({name: last.get(name) for name in ("chain", "digest", "sequence")}),
        }
        return {layout.MANIFEST: layout.manifest(files, call=self.call, version="0"), **files}

    def archive(self) -> bytes:
        """Return the archive of what it holds now."""
        return archive.write(self.wrapped())

    @property
    def head(self) -> dict[int, str]:
        """Return the head as an outside witness keeps it."""
        return {len(self.lines): self.lines[-1]["digest"]}


@cache
def definition(name: str) -> CallDefinition:
    """Load a call's files, once."""
    return load_call(name, SECOND if name == "fabriques-2016" else None)


def drawn(rng: Random) -> Bundle:
    """Draw an honest bundle: few dossiers and short marks, so that ties, votes and departures are common."""
    what = definition(rng.choice(("ptce-2015", "fabriques-2016")))
    return Story(rng, what).told()


@dataclass
class Story:
    """A call as it might have been, told in the journal while it happens."""

    rng: Random
    what: CallDefinition
    journal: Journal = field(default_factory=Journal)
    values: dict[str, Any] = field(default_factory=dict)

    def told(self) -> Bundle:
        """Tell the whole story and return its bundle."""
        sources = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in self.what.sources.items()}
        opened = {"opens_at": "2015-04-21T00:00:00+02:00", "closes_at": "2015-07-01T00:00:00+02:00"}
        self.journal.write("call.opened", "appel", sources=sources, **opened)
        self.values["dates"] = {"opens_at": "2015-04-20T22:00:00.000000Z", "closes_at": "2015-06-30T22:00:00.000000Z"}
        self.values["dates"] |= dict.fromkeys(("frozen_at", "published_at"))
        if self.rng.random() < 0.3:
            self.journal.write("call.extended", "appel", closed=opened["closes_at"], closes="2015-07-08T00:00:00+02:00")
            self.values["dates"]["closes_at"] = "2015-07-07T22:00:00.000000Z"
        self._file()
        self.values["dates"]["marking_opened_at"] = self.journal.write("marking.opened", "appel")["at"]
        self._read()
        self.values["dates"]["marking_closed_at"] = self.journal.write("marking.closed", "appel", sheets=0)["at"]
        ranked = self._rank()
        decisions = self._decide(ranked)
        files = self._files(sources, ranked, decisions)
        self._freeze(files)
        self.journal.write(layout.SEALED_ACT, "appel", files=layout.digests(layout.sealed(files)), software="0")
        return Bundle(files, self.journal.lines)

    def _reference(self) -> str:
        return f"{self.rng.getrandbits(64):016x}"

    def _file(self) -> None:
        dossiers, states = {}, {}
        for number in range(self.rng.randint(1, 7)):
            ref = self._reference()
            for deposit in range(self.rng.choice((1, 1, 2))):
                sha = hashlib.sha256(f"{ref}{deposit}".encode()).hexdigest()
                cents = self.rng.choice((None, 0, 4_000_000, 9_000_050, 12_345_678))
                held = {"number": f"N-{number}", "requested_cents": cents, "sha256": sha}
                line = self.journal.write("dossier.filed", ref, **held, missing=0)
                dossiers[ref] = {**held, "received": line["at"]}
            states[ref] = self.rng.choice(("eligible",) * 6 + ("not_eligible", "filed", "withdrawn"))
            if "eligible" in states[ref]:
                self.journal.write("eligibility.decided", ref, eligible=states[ref] == "eligible", number=f"N-{number}")
            if states[ref] == "withdrawn":
                self.journal.write("dossier.withdrawn", ref, number=f"N-{number}")
        opinions = {}
        for ref in dossiers:
            if self.rng.random() < 0.7:
                opinions[ref] = {"mark": self._reference(), "verdict": self.rng.choice(("favorable", "reserve"))}
                self.journal.write("opinion.given", ref, **opinions[ref])
                if self.rng.random() < 0.2:  # handed back to its region, which may not give it again
                    self.journal.write("opinion.reopened", ref, mark=opinions.pop(ref)["mark"])
        self.values |= {layout.DOSSIERS: dossiers, layout.ELIGIBILITY: states, layout.OPINIONS: opinions}

    def _read(self) -> None:
        grid, marks, conflicts = self.what.grid, {}, set()
        eligible = [ref for ref, state in self.values[layout.ELIGIBILITY].items() if state == "eligible"]
        allowed = self.rng.sample(grid.allowed_marks(), self.rng.choice((1, 2)))  # few marks: totals are often equal
        for ref in eligible:
            for juror in self.rng.sample(("jurée", "juré-2", "juré-3"), self.rng.randint(0, 3)):
                sheet = self._reference()
                whole = {one.key: self.rng.choice(allowed) for one in grid.criteria}
                counts = self.rng.random() > 0.15
                marks[sheet] = {"counts": counts, "dossier": ref, "final": whole, "first": whole, "reader": juror}
                digest = computed.marks_digest(sheet, whole)
                self.journal.write("sheet.final", sheet, actor=juror, dossier=ref, grid="", marks=digest, sha256="")
                if not counts or self.rng.random() < 0.1:
                    conflicts.add((ref, juror))
                    self.journal.write("conflict.declared", ref, actor=juror, late=True)
                if counts and (ref, juror) in conflicts:  # declared by mistake
                    conflicts.discard((ref, juror))
                    self.journal.write("conflict.corrected", ref, person=juror, declared_at="")
        self.values |= {layout.MARKS: marks, layout.CONFLICTS: sorted(map(list, conflicts))}

    def _computed(self, admitted: list[str], sequence: int, seed: int) -> list[Any]:
        states, marks = self.values[layout.ELIGIBILITY], self.values[layout.MARKS]
        sheets: dict[str, Any] = {ref: {} for ref, state in states.items() if state == "eligible"}
        for sheet, one in marks.items():
            if one["counts"]:
                sheets[one["dossier"]][sheet] = one["final"]
        grid_digest = next(digest for path, digest in self.what.digests.items() if "/grille.v" in path)
        lines = computed.ranked(self.what.grid, sheets, admitted, seed=seed)
        entries = [computed.ranking_entry(place, line) for place, line in enumerate(lines, start=1)]
        file = computed.ranking_file(entries, sequence=sequence, seed=seed)
        inputs = computed.inputs_digest(sheets, admitted, grid_digest=grid_digest, seed=seed)
        facts = {"grid": grid_digest, "inputs": inputs, "ranked": 0, "result": layout.digest(file), "seed": seed}
        self.journal.write("ranking.computed", "appel", sequence=sequence, **facts)
        self.values["ranking"] = file
        return entries

    def _rank(self) -> list[Any]:
        """Compute the ranking, then again after what the chair and the jurors change."""
        seed, admitted = self.rng.getrandbits(31), []
        entries = self._computed(admitted, 1, seed)
        for entry in entries:
            if entry["rank"] is None and entry["readings"] and self.rng.random() < 0.5:
                admitted.append(entry["dossier"])
                self.journal.write("dossier.admitted", entry["dossier"], readings=entry["readings"])
        for sheet, one in self.values[layout.MARKS].items():
            if one["counts"] and self.rng.random() < 0.2:
                criterion = self.rng.choice(self.what.grid.criteria).key
                one["final"] = {**one["first"], criterion: self.rng.choice(self.what.grid.allowed_marks())}
                digest = computed.marks_digest(sheet, one["final"])
                self.journal.write("mark.revised", sheet, dossier=one["dossier"], criteria=[criterion], marks=digest)
        entries = self._computed(sorted(admitted), 2, seed)
        self.values["admitted"] = sorted(admitted)
        return entries

    def _decide(self, entries: list[Any]) -> dict[str, Any]:
        ranked = [entry["dossier"] for entry in entries if entry["rank"] is not None]
        amounts = {ref: self.rng.randint(0, 10**7) for ref in ranked if self.rng.random() < 0.3}
        for ref, cents in amounts.items():
            self.journal.write("amount.proposed", ref, before=None, after=cents)
        votes = {}
        for rank in {entry["rank"] for entry in entries if entry["rank"] is not None}:
            tied = [entry["dossier"] for entry in entries if entry["rank"] == rank]
            if len(tied) > 1 and self.rng.random() < 0.6:
                self.rng.shuffle(tied)
                self.journal.write("tie.voted", "appel", order=tied)
                votes |= {ref: place for place, ref in enumerate(tied, start=1)}
        self._learn_of_conflicts()
        departures = []
        for ref in self.rng.sample(ranked, min(len(ranked), self.rng.choice((0, 0, 1, 2)))):
            place = self.rng.choice((None, *range(1, len(ranked) + 1)))
            held = {"departure": self._reference(), "ground": "motif", "ranking": 2}
            self.journal.write("departure.decided", ref, **held, from_place=1, to_place=place)
            if self.rng.random() < 0.2:
                self.journal.write("departure.withdrawn", ref, departure=held["departure"], ranking=2)
            else:
                departures.append({**held, "dossier": ref, "place": place})
        return {"admitted": self.values["admitted"], "amounts": amounts, "departures": departures, "votes": votes}

    def _learn_of_conflicts(self) -> None:
        """Declare a conflict, or correct one, once the ranking is computed: it counts what counted then."""
        held = set(map(tuple, self.values[layout.CONFLICTS]))
        for one in self.values[layout.MARKS].values():
            pair = (one["dossier"], one["reader"])
            if self.rng.random() < 0.1:
                if pair in held:
                    self.journal.write("conflict.corrected", pair[0], person=pair[1], declared_at="")
                else:
                    self.journal.write("conflict.declared", pair[0], actor=pair[1], late=True)
                held ^= {pair}
        self.values[layout.CONFLICTS] = sorted(map(list, held))

    def _files(self, sources: dict[str, str], entries: list[Any], decisions: dict[str, Any]) -> dict[str, bytes]:
        dossiers = self.values[layout.DOSSIERS]
        listed = [
            Listed(ref, dossiers[ref]["number"], dossiers[ref]["requested_cents"], one["rank"], one["position"])
            for one in entries
            if (ref := one["dossier"])
        ]
        sheet = self.what.sheet
        moves = [(one["dossier"], one["place"]) for one in decisions["departures"]]
        decided = Decisions(frozenset(decisions["admitted"]), decisions["votes"], decisions["amounts"], moves)
        rule = Rule(self.what.grid, sheet.envelope_cents, sheet.reserve_size)
        places = {
            name: next(t for p, t in self.what.sources.items() if f"/{name}.v" in p) for name in ("grille", "appel")
        }
        call = {
            "chain": CHAIN,
            "definitions": {layout.place_of(path): digest for path, digest in sources.items()},
            "official_list": None,
            "slug": "appel",
            **self.values["dates"],
        }
        names = (layout.DOSSIERS, layout.ELIGIBILITY, layout.OPINIONS, layout.MARKS, layout.CONFLICTS)
        return {
            layout.CALL: layout.text(call),
            layout.RULE: computed.rule_file(places["grille"], places["appel"]),
            **{name: layout.text(self.values[name]) for name in names},
            layout.DECISIONS: layout.text(decisions),
            layout.RANKING: self.values["ranking"],
            layout.LIST: computed.list_file(computed.adopted_entries(rule, listed, decided)),
            **{layout.place_of(path): text.encode() for path, text in self.what.sources.items()},
        }

    def _freeze(self, files: dict[str, bytes]) -> None:
        if self.rng.random() < 0.6:
            official = hashlib.sha256(files[layout.LIST] + b"avec les noms").hexdigest()
            facts = {"sha256": official, "list": layout.digest(files[layout.LIST])}
            told = {
                "official_list": official,
                "frozen_at": self.journal.write("shortlist.frozen", "appel", **facts)["at"],
            }
            if self.rng.random() < 0.5:
                told["published_at"] = self.journal.write("shortlist.published", "appel", sha256=official)["at"]
            call = opening.value_of(layout.CALL, files[layout.CALL])
            files[layout.CALL] = layout.text({**call, **told})
