"""The corrected rankings as stored: written once by the worker, read by pages part by part, kept as evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from ptce_aap.domain.corrected.storing import as_json
from ptce_aap.domain.dossier import State
from ptce_aap.models import Call, CorrectedEvidence, CorrectedPart, CorrectedRanking, Dossier, Sheet
from ptce_aap.models.base import canonical_json
from ptce_aap.models.jury import received
from ptce_aap.services.ranking import corrected_refresh
from ptce_aap.services.ranking.corrected_inputs import Inputs

# How many whole computations of a call are kept, besides the evidence of its frozen list.
KEPT = 3


class Part(StrEnum):
    """What a computation is made of; a page reads the parts that it shows. A quick one has some of them only."""

    RESULT = "result"  # values.Corrected
    PROVISIONAL = "provisional"  # dossier → [announced rank, total as printed], before the announced ranking exists
    READINGS = "readings"  # [dossier, reader, total] a reading
    EXPLAINED = "explained"  # dossier → aids.Explained
    LEFT_OUT = "left_out"  # aids.LeaveOneOut
    SENSITIVITY = "sensitivity"  # aids.Sensitivity, by axis
    NEXT = "next"  # [aids.NextReading]
    PAIRS = "pairs"  # chances.Pairs; absent beyond chances.LARGEST dossiers


@dataclass(frozen=True, slots=True)
class Held:
    """The last whole computation of a call, and the quick one of more recent sheets, if any."""

    whole: CorrectedRanking
    quick: CorrectedRanking | None

    @property
    def newest(self) -> CorrectedRanking:
        """Return the computation of the most recent sheets."""
        return self.quick or self.whole


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old what is shown is. ``newer``: sheets made final since."""

    sequence: int
    computed_at: datetime | None  # None: nothing was computed yet
    refining: bool  # ranks are up to date, intervals and groups follow
    newer: int
    awaited: bool
    broken: bool


def record(
    session: Session,
    inputs: Inputs,
    parts: Mapping[Part, Any],
    *,
    quick: bool = False,
    milliseconds: int,
    now: datetime,
) -> CorrectedRanking:
    """Store a computation and erase those that it supersedes."""
    last = session.scalar(select(func.max(CorrectedRanking.sequence)).where(CorrectedRanking.call_id == inputs.call_id))
    row = CorrectedRanking(
        call_id=inputs.call_id,
        sequence=(last or 0) + 1,
        inputs_digest=inputs.digest,
        readings=len(inputs.sheets),
        settings=as_json(inputs.settings),
        quick=quick,
        read_at=inputs.read_at,
        computed_at=now,
        milliseconds=milliseconds,
        sha256=digest_of(parts),
    )
    session.add(row)
    session.flush()
    session.add_all(CorrectedPart(corrected_id=row.id, name=name.value, content=parts[name]) for name in parts)
    session.flush()
    _prune(session, inputs.call_id)
    return row


def forget(session: Session, call_id: int) -> None:
    """Erase the computations of a call that has no reading left; the evidence of a frozen list stays."""
    _erase(session, _rows_of(call_id))


def held(session: Session, call_id: int) -> Held | None:
    """Return the last whole computation of a call, with the quick one of more recent sheets."""
    rows = session.scalars(
        select(CorrectedRanking)
        .where(CorrectedRanking.call_id == call_id)
        .order_by(CorrectedRanking.read_at.desc(), CorrectedRanking.sequence.desc())
        .limit(KEPT + 2)
    ).all()
    whole = next((row for row in rows if not row.quick), None)
    if whole is None:
        return None
    return Held(whole, rows[0] if rows[0].quick else None)


def part(session: Session, found: Held, name: Part) -> Any:
    """Return one part as stored, of the newest computation that has it; None where none does."""
    rows = session.execute(
        select(CorrectedPart.corrected_id, CorrectedPart.content).where(
            CorrectedPart.corrected_id.in_({found.whole.id, found.newest.id}), CorrectedPart.name == name.value
        )
    )
    contents: dict[int, Any] = {row.corrected_id: row.content for row in rows}
    return contents.get(found.newest.id, contents.get(found.whole.id))


def freshness(session: Session, call: Call, found: Held | None) -> Freshness:
    """Return how old the computations of a call are."""
    query = received(call.id).join(Dossier, Dossier.id == Sheet.dossier_id).where(Dossier.state == State.ELIGIBLE.value)
    final = session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    return Freshness(
        sequence=found.newest.sequence if found else 0,
        computed_at=found.newest.computed_at if found else None,
        refining=bool(found and found.quick),
        newer=max(0, final - found.newest.readings) if found else final,
        awaited=corrected_refresh.is_awaited(session, call.id),
        broken=corrected_refresh.is_broken(session, call.id),
    )


def keep_as_evidence(session: Session, call_id: int) -> None:
    """Keep for ever the computation that the room shows as a list is frozen, if there is one."""
    found = held(session, call_id)
    if found is not None:
        session.add(CorrectedEvidence(call_id=call_id, corrected_id=found.newest.id))


def evidence_of(session: Session, call_id: int) -> dict[str, Any] | None:
    """Return what a frozen list says of the corrected ranking that the room shows: its number and its digests."""
    found = held(session, call_id)
    if found is None:
        return None
    return {
        "sequence": found.newest.sequence,
        "computed_at": found.newest.computed_at.isoformat(),
        "inputs_digest": found.newest.inputs_digest,
        "sha256": found.newest.sha256,
    }


def digest_of(parts: Mapping[Any, Any]) -> str:
    """Return the digest of a computation: of the digests of its parts, by name."""
    digests = {
        str(name): hashlib.sha256(canonical_json(content).encode()).hexdigest() for name, content in parts.items()
    }
    return hashlib.sha256(canonical_json(digests).encode()).hexdigest()


def _prune(session: Session, call_id: int) -> None:
    rows = session.execute(
        _rows_of(call_id)
        .with_only_columns(CorrectedRanking.id, CorrectedRanking.quick)
        .order_by(CorrectedRanking.read_at.desc(), CorrectedRanking.sequence.desc())
    ).all()
    wholes = [row.id for row in rows if not row.quick][:KEPT]
    # A quick computation has served once another one read more recent sheets.
    keep = [*wholes, *(row.id for row in rows[:1])]
    _erase(session, _rows_of(call_id).where(CorrectedRanking.id.not_in(keep)))


def _rows_of(call_id: int) -> Select[Any]:
    return select(CorrectedRanking.id).where(CorrectedRanking.call_id == call_id)


def _erase(session: Session, rows: Select[Any]) -> None:
    kept_for_ever = select(CorrectedEvidence.corrected_id)
    found = session.scalars(
        rows.with_only_columns(CorrectedRanking.id).where(CorrectedRanking.id.not_in(kept_for_ever))
    ).all()
    if not found:
        return
    quietly = {"synchronize_session": False}
    session.execute(delete(CorrectedPart).where(CorrectedPart.corrected_id.in_(found)).execution_options(**quietly))
    session.execute(delete(CorrectedRanking).where(CorrectedRanking.id.in_(found)).execution_options(**quietly))
