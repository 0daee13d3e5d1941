"""What a bundle holds of a call, read from the database: digests, marks, decisions; nobody's name, no text.

Field by field, and why: ``docs/decisions/0021-a-call-leaves-as-an-archive.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.bundles import computed, layout
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.journal_chain import instant_text
from ptce_aap.models import (
    Admission,
    AmountProposal,
    Call,
    Conflict,
    DefinitionSource,
    DiscussionMark,
    Dossier,
    Filing,
    JournalEntry,
    Mark,
    Opinion,
    Person,
    Ranking,
    RankingEntry,
    Sheet,
    Shortlist,
    TieVote,
)
from ptce_aap.services.calls import calls
from ptce_aap.services.instruction import instruction
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import deliberation, standings
from ptce_aap.services.selection import adoption, shortlist_content
from ptce_aap.services.selection.adoption import AdoptedList


def sealed_files(session: Session, call: Call) -> dict[str, bytes]:
    """Return the files that the journal seals: definitions and values, the same bytes for the same state.

    A number of statements that does not grow with the call. Errors: ``no_ranking`` before the marking is closed.
    """
    ranking = standings.latest(session, call.id)
    if ranking is None:
        raise RuleViolation("no_ranking")
    definition = calls.definition_of(session, call)
    adopted = adoption.adopted_list(session, ranking)
    values = {
        layout.CALL: _call(session, call),
        layout.DOSSIERS: _dossiers(session, call),
        layout.ELIGIBILITY: _eligibility(session, call),
        layout.OPINIONS: _opinions(session, call),
        layout.MARKS: _marks(session, call, ranking),
        layout.CONFLICTS: _conflicts(session, call),
        layout.DECISIONS: _decisions(session, call, adopted),
    }
    return {
        **{name: layout.text(value) for name, value in values.items()},
        layout.RULE: _rule(definition),
        layout.RANKING: ranking_file(session, ranking),
        layout.LIST: list_file(session, call, adopted),
        **_definitions(session, call),
    }


def ranking_file(session: Session, ranking: Ranking) -> bytes:
    """Return the bytes of ``ranking.json`` from the ranking as it was stored."""
    query = (
        select(RankingEntry, Dossier.reference)
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .where(RankingEntry.ranking_id == ranking.id)
        .order_by(RankingEntry.position)
    )
    entries = [
        {
            "axis_means": entry.axis_means,
            "dossier": reference,
            "position": entry.position,
            "rank": entry.rank,
            "readings": entry.readings,
            "total": entry.total,
        }
        for entry, reference in session.execute(query)
    ]
    return computed.ranking_file(entries, sequence=ranking.sequence, seed=ranking.seed)


def list_file(session: Session, call: Call, adopted: AdoptedList) -> bytes:
    """Return the bytes of ``list.json``: the frozen list, else the list as it stands."""
    frozen = session.get(Shortlist, call.id)
    if frozen is not None:
        return list_bytes(frozen.content)
    line = standings.line_of(session, call, adopted.ranking)
    assert line is not None
    return list_bytes(shortlist_content.collect(session, call, line, adopted))


def list_bytes(content: Mapping[str, Any]) -> bytes:
    """Return the bytes of ``list.json`` from the content of a list, frozen or not: what can be computed again of it."""
    return computed.list_file({name: entry[name] for name in _LISTED} for entry in content["entries"])


_LISTED = ("adopted_place", "amount_cents", "cumulated_cents", "dossier", "number", "outcome", "rank")


def _rule(definition: CallDefinition) -> bytes:
    grid, sheet = (
        next(text for path, text in definition.sources.items() if path.endswith(f"/{name}.v{version}.toml"))
        for name, version in ((layout.GRID, definition.grid.version), (layout.SHEET, definition.sheet.version))
    )
    return computed.rule_file(grid, sheet)


def _definitions(session: Session, call: Call) -> dict[str, bytes]:
    query = select(DefinitionSource).where(DefinitionSource.digest.in_(call.sources.values()))
    stored = {source.digest: source.content for source in session.scalars(query)}
    return {layout.place_of(path): stored[digest].encode("utf-8") for path, digest in call.sources.items()}


def _call(session: Session, call: Call) -> dict[str, Any]:
    frozen = session.get(Shortlist, call.id)
    instants = {
        name: getattr(call, name)
        for name in ("opens_at", "closes_at", "marking_opened_at", "marking_closed_at", "frozen_at", "published_at")
    }
    return {
        "chain": journal.chain_of(call.id),
        "definitions": {layout.place_of(path): digest for path, digest in call.sources.items()},
        "fictional": call.fictional,
        "name": call.name,
        "official_list": None if frozen is None else frozen.sha256,
        "slug": call.slug,
        "title": call.title,
        **{name: None if at is None else instant_text(at) for name, at in instants.items()},
    }


def _dossiers(session: Session, call: Call) -> dict[str, Any]:
    """The dossiers that were filed, each with its last deposit, which is the one that counts."""
    query = (
        select(Dossier, Filing.filed_at, Filing.sha256)
        .join(Filing, Filing.dossier_id == Dossier.id)
        .where(Dossier.call_id == call.id)
        .order_by(Filing.dossier_id, Filing.sequence)
    )
    return {
        dossier.reference: {
            "number": dossier.number,
            "received": instant_text(filed_at),
            "requested_cents": dossier.amount_cents,
            "sha256": sha256,
        }
        for dossier, filed_at, sha256 in session.execute(query)
    }


def _eligibility(session: Session, call: Call) -> dict[str, str]:
    query = select(Dossier.reference, Dossier.state).where(Dossier.call_id == call.id, Dossier.number.is_not(None))
    return {row[0]: row[1] for row in session.execute(query)}


def _opinions(session: Session, call: Call) -> dict[str, Any]:
    query = (
        select(Opinion, Dossier.reference)
        .join(Dossier, Dossier.id == Opinion.dossier_id)
        .where(Opinion.call_id == call.id, Opinion.given_at.is_not(None))
    )
    return {
        reference: {"mark": instruction.opinion_mark(opinion), "verdict": opinion.verdict}
        for opinion, reference in session.execute(query)
    }


def _marks(session: Session, call: Call, ranking: Ranking) -> dict[str, Any]:
    """The final sheets, and whether they count in the ranking: those of readers in conflict do not."""
    inputs = deliberation.inputs_of(session, call, until=ranking.computed_at)
    counting = {sheet for by_sheet in inputs.sheets.values() for sheet in by_sheet}
    final = (Sheet.call_id == call.id, Sheet.state == "final")
    people = (
        select(Sheet.reference, Dossier.reference, Person.reference)
        .join(Dossier, Dossier.id == Sheet.dossier_id)
        .join(Person, Person.id == Sheet.person_id)
        .where(*final)
    )
    found: dict[str, Any] = {
        sheet: {"counts": sheet in counting, "dossier": dossier, "final": {}, "first": {}, "reader": reader}
        for sheet, dossier, reader in session.execute(people)
    }
    first = select(Sheet.reference, Mark.criterion, Mark.half_points).join(Mark, Mark.sheet_id == Sheet.id)
    for sheet, criterion, half_points in session.execute(first.where(*final, Mark.half_points.is_not(None))):
        found[sheet]["first"][criterion] = found[sheet]["final"][criterion] = half_points
    revised = (
        select(Sheet.reference, DiscussionMark.criterion, DiscussionMark.half_points)
        .join(DiscussionMark, DiscussionMark.sheet_id == Sheet.id)
        .where(*final)
        .order_by(DiscussionMark.sequence)
    )
    for sheet, criterion, half_points in session.execute(revised):
        found[sheet]["final"][criterion] = half_points
    return found


def _conflicts(session: Session, call: Call) -> list[list[str]]:
    """The conflicts that their persons declared; that of who works on a dossier is no declaration, and is left out."""
    acts = (JournalEntry.chain == journal.chain_of(call.id), JournalEntry.act == "conflict.declared")
    declared = {tuple(row) for row in session.execute(select(JournalEntry.object, JournalEntry.actor).where(*acts))}
    query = (
        select(Dossier.reference, Person.reference)
        .select_from(Conflict)
        .join(Dossier, Dossier.id == Conflict.dossier_id)
        .join(Person, Person.id == Conflict.person_id)
        .where(Conflict.call_id == call.id)
    )
    return sorted([dossier, person] for dossier, person in session.execute(query) if (dossier, person) in declared)


def _decisions(session: Session, call: Call, adopted: AdoptedList) -> dict[str, Any]:
    of_call = (Dossier.call_id == call.id,)
    admitted = select(Dossier.reference).join(Admission, Admission.dossier_id == Dossier.id).where(*of_call)
    amounts = (
        select(Dossier.reference, AmountProposal.amount_cents)
        .join(AmountProposal, AmountProposal.dossier_id == Dossier.id)
        .where(*of_call)
    )
    votes = (
        select(Dossier.reference, TieVote.place)
        .join(TieVote, TieVote.dossier_id == Dossier.id)
        .where(TieVote.ranking_id == adopted.ranking.id)
    )
    return {
        "admitted": sorted(session.scalars(admitted)),
        "amounts": {row[0]: row[1] for row in session.execute(amounts)},
        "departures": [
            {
                "departure": one.decided.reference,
                "dossier": one.decided.dossier,
                "ground": one.decided.ground,
                "place": one.decided.place,
                "ranking": one.decided.sequence,
            }
            for one in adopted.departures
        ],
        "votes": {row[0]: row[1] for row in session.execute(votes)},
    }
