"""The committee's ranking: computed once from the final sheets, and what the chair decides about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from ptce_aap.domain.bundles import computed, layout
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.dossier import State
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.domain.ranking import Ranked
from ptce_aap.domain.scoring import Marks
from ptce_aap.models import Admission, Call, Dossier, Ranking, RankingEntry, TieVote
from ptce_aap.models.visibility import presided_by
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.journal import journal
from ptce_aap.services.jury import given_marks
from ptce_aap.services.ranking import corrected_refresh, standings
from ptce_aap.services.selection import adoption


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a ranking is computed from. Dossiers are named by reference, sheets too."""

    sheets: Mapping[str, Mapping[str, Marks]]  # dossier → sheet → marks
    admitted: frozenset[str]

    def digest(self, *, grid_digest: str, seed: int) -> str:
        """Return the SHA-256 of these inputs in their one form."""
        return computed.inputs_digest(self.sheets, self.admitted, grid_digest=grid_digest, seed=seed)


def compute_ranking(session: Session, actor: Actor, call: Call, *, now: datetime) -> Ranking:
    """Compute the announced ranking of the final sheets and store it; earlier ones are kept as they were.

    The committee's departures from the former one are carried to it.

    Errors: ``not_allowed``, ``marking_not_closed``, ``already_frozen``.
    """
    if not actor.may(Permission.MANAGE_CALL, call.id):
        accounts.require(actor, Permission.CHAIR_DECISION, call.id)
    require_deliberation(call)
    definition = calls.definition_of(session, call)
    inputs = inputs_of(session, call, until=now)
    ranking = Ranking(
        call_id=call.id,
        sequence=(session.scalar(select(func.max(Ranking.sequence)).where(Ranking.call_id == call.id)) or 0) + 1,
        computed_at=now,
        computed_by_id=actor.person_id,
        grid_digest=grid_digest(call, definition),
        inputs_digest=inputs.digest(grid_digest=grid_digest(call, definition), seed=call.draw_seed),
        seed=call.draw_seed,
    )
    session.add(ranking)
    session.flush()
    lines = ranked(definition, inputs, seed=call.draw_seed)
    _store(session, call, ranking, lines)
    adoption.settle(session, ranking)
    facts = {
        "sequence": ranking.sequence,
        "inputs": ranking.inputs_digest,
        "grid": ranking.grid_digest,
        "seed": ranking.seed,
        "result": _result_digest(ranking, lines),
        "ranked": sum(line.rank is not None for line in lines),
    }
    journal.record(session, actor, "ranking.computed", on=("call", call.slug), at=now, call_id=call.id, facts=facts)
    corrected_refresh.ask(session, call.id, at=now)
    return ranking


def compute_again(session: Session, actor: Actor, call_id: int, *, now: datetime) -> None:
    """Compute the ranking again, where a conflict declared since takes a sheet away. Errors: ``deport``, as above."""
    call = calls.locked(session, call_id)
    standings.require_no_deport(session, actor, call)
    compute_ranking(session, actor, call, now=now)


def admit(session: Session, actor: Actor, call_id: int, reference: str, reason: str, *, now: datetime) -> None:
    """Rank a dossier that has too few readings: the chair's decision, then a new computation.

    Errors: ``not_allowed``, ``deport``, ``already_frozen``, ``not_found``, ``reason_missing``, ``already_ranked``,
    ``no_reading``.
    """
    call = calls.locked(session, call_id)
    accounts.require(actor, Permission.CHAIR_DECISION, call.id)
    standings.require_no_deport(session, actor, call)
    require_deliberation(call)
    dossier = session.scalar(presided_by(actor.person_id, call).where(Dossier.reference == reference))
    current = standings.latest(session, call.id)
    entry = session.get(RankingEntry, (current.id, dossier.id)) if current and dossier else None
    if dossier is None or entry is None:
        raise NotFound()
    if entry.rank is not None:
        raise RuleViolation("already_ranked")
    if entry.readings == 0:
        raise RuleViolation("no_reading")
    reason = required_reason(reason)
    session.add(Admission(dossier_id=dossier.id, reason=reason, decided_by_id=actor.person_id, at=now))
    facts = {"readings": entry.readings}
    journal.record(session, actor, "dossier.admitted", on=("dossier", reference), at=now, call_id=call.id, facts=facts)
    session.flush()
    compute_ranking(session, actor, call, now=now)


def record_tie_vote(
    session: Session, actor: Actor, call_id: int, order: Sequence[str], reason: str, *, now: datetime
) -> None:
    """Record the committee's vote between the dossiers tied on the line: their order, the first to be funded first.

    Errors: ``not_allowed``, ``deport``, ``already_frozen``, ``no_tie_on_the_line``, ``vote_incomplete``,
    ``reason_missing``.
    """
    call = calls.locked(session, call_id)
    accounts.require(actor, Permission.CHAIR_DECISION, call.id)
    standings.require_no_deport(session, actor, call)
    require_deliberation(call)
    line = standings.line_of(session, call)
    if line is None or not line.tied:
        raise RuleViolation("no_tie_on_the_line")
    tied = {candidate.reference: candidate.dossier_id for candidate in line.tied}
    if len(order) != len(tied) or set(order) != set(tied):
        raise RuleViolation("vote_incomplete", count=len(tied))
    reason = required_reason(reason)
    session.execute(delete(TieVote).where(TieVote.ranking_id == line.ranking_id, TieVote.dossier_id.in_(tied.values())))
    for place, reference in enumerate(order, start=1):
        session.add(
            TieVote(
                ranking_id=line.ranking_id,
                dossier_id=tied[reference],
                place=place,
                reason=reason,
                decided_by_id=actor.person_id,
                at=now,
            )
        )
    adoption.settle(session, session.get_one(Ranking, line.ranking_id))
    journal.record(
        session, actor, "tie.voted", on=("call", call.slug), at=now, call_id=call.id, facts={"order": list(order)}
    )
    corrected_refresh.ask(session, call.id, at=now)


def require_deliberation(call: Call) -> None:
    """Refuse what belongs to the deliberation before the marking is closed or once the list is frozen."""
    if not call.allows(Deed.DECIDE_RANKING):
        raise RuleViolation("marking_not_closed" if call.marking_closed_at is None else "already_frozen")


def required_reason(text: str) -> str:
    """Return a reason without its outer blanks. Errors: ``reason_missing``."""
    if not text.strip():
        raise RuleViolation("reason_missing")
    return text.strip()


def grid_digest(call: Call, definition: CallDefinition) -> str:
    """Return the digest of the grid's file as the call was opened with it."""
    name = f"/{definition.grid.name}.v{definition.grid.version}.toml"
    return next(digest for path, digest in call.sources.items() if path.endswith(name))


def inputs_of(session: Session, call: Call, *, until: datetime) -> Inputs:
    """Return what a ranking is computed from at an instant: the final marks. Three statements at any size."""
    eligible = session.execute(
        select(Dossier.reference, Admission.dossier_id)
        .outerjoin(Admission, (Admission.dossier_id == Dossier.id) & (Admission.at <= until))
        .where(Dossier.call_id == call.id, Dossier.state == State.ELIGIBLE.value)
        .order_by(Dossier.reference)
    ).all()
    given = given_marks.final_marks(session, call, until=until)
    sheets = {reference: given.get(reference, {}) for reference, _ in eligible}
    return Inputs(sheets, frozenset(reference for reference, admitted in eligible if admitted is not None))


def ranked(definition: CallDefinition, inputs: Inputs, *, seed: int) -> tuple[Ranked, ...]:
    """Return the announced ranking of these inputs; sheets are read in the order of their references."""
    return computed.ranked(definition.grid, inputs.sheets, inputs.admitted, seed=seed)


def _result_digest(ranking: Ranking, lines: Sequence[Ranked]) -> str:
    """Return the digest of the ranking as a bundle holds it: whoever computes it again finds this digest."""
    entries = [computed.ranking_entry(position, line) for position, line in enumerate(lines, start=1)]
    return layout.digest(computed.ranking_file(entries, sequence=ranking.sequence, seed=ranking.seed))


def _store(session: Session, call: Call, ranking: Ranking, lines: Sequence[Ranked]) -> None:
    known = select(Dossier.reference, Dossier.id).where(Dossier.call_id == call.id)
    identifiers = {row.reference: row.id for row in session.execute(known)}
    rows = [_row(ranking.id, identifiers[line.reference], place, line) for place, line in enumerate(lines, start=1)]
    if rows:
        session.execute(insert(RankingEntry), rows)


def _row(ranking_id: int, dossier_id: int, position: int, line: Ranked) -> dict[str, Any]:
    return {
        "ranking_id": ranking_id,
        "dossier_id": dossier_id,
        "position": position,
        "rank": line.rank,
        "readings": line.readings,
        "total": None if line.total is None else computed.exact(line.total),
        "total_shown": line.shown,
        "axis_means": {axis: computed.exact(figure) for axis, figure in line.axis_means.items()},
        "flags": list(line.flags),
    }
