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
from ptce_aap.services import corrected_refresh
from ptce_aap.services.corrected_inputs import Inputs

# How many whole computations of a call are kept, besides the evidence of its frozen list.
KEPT = 3


class Part(StrEnum):
    """What a computation is made of; a page reads the parts that it shows."""

    RESULT = "result"  # values.Corrected
    PROVISIONAL = "provisional"  # dossier → [announced rank, total as printed], before the announced ranking exists
    READINGS = "readings"  # [dossier, reader, total] a reading
    EXPLAINED = "explained"  # dossier → aids.Explained
    LEFT_OUT = "left_out"  # aids.LeaveOneOut
    SENSITIVITY = "sensitivity"  # aids.Sensitivity, by axis
    NEXT = "next"  # [aids.NextReading]
    PAIRS = "pairs"  # chances.Pairs; absent beyond chances.LARGEST dossiers
    QUICK = "quick"  # aids.Replaced: the only part of a quick computation


@dataclass(frozen=True, slots=True)
class Held:
    """The last whole computation of a call, and the quick one that came after it, if any."""

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
    """Return the last whole computation of a call, with the quick one that came after it."""
    rows = session.scalars(
        select(CorrectedRanking)
        .where(CorrectedRanking.call_id == call_id)
        .order_by(CorrectedRanking.sequence.desc())
        .limit(KEPT + 1)
    ).all()
    whole = next((row for row in rows if not row.quick), None)
    if whole is None:
        return None
    return Held(whole, rows[0] if rows[0].quick else None)


def part(session: Session, ranking: CorrectedRanking, name: Part) -> Any:
    """Return one part of a computation as stored; None where it has none of that name."""
    return session.scalar(
        select(CorrectedPart.content).where(CorrectedPart.corrected_id == ranking.id, CorrectedPart.name == name.value)
    )


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


def keep_as_evidence(session: Session, call_id: int, shown: CorrectedRanking | None) -> None:
    """Keep for ever the computation that was shown when the list was frozen."""
    if shown is not None:
        session.add(CorrectedEvidence(call_id=call_id, corrected_id=shown.id))


def evidence_in_words(shown: CorrectedRanking | None) -> dict[str, Any] | None:
    """Return what the frozen list says of the corrected ranking then shown: its number and its digests."""
    if shown is None:
        return None
    return {
        "sequence": shown.sequence,
        "computed_at": shown.computed_at.isoformat(),
        "inputs_digest": shown.inputs_digest,
        "sha256": shown.sha256,
    }


def digest_of(parts: Mapping[Any, Any]) -> str:
    """Return the digest of a computation: of the digests of its parts, by name."""
    digests = {
        str(name): hashlib.sha256(canonical_json(content).encode()).hexdigest() for name, content in parts.items()
    }
    return hashlib.sha256(canonical_json(digests).encode()).hexdigest()


def _prune(session: Session, call_id: int) -> None:
    numbers = _rows_of(call_id).with_only_columns(CorrectedRanking.sequence)
    wholes = session.scalars(
        numbers.where(CorrectedRanking.quick.is_(False)).order_by(CorrectedRanking.sequence.desc()).limit(KEPT)
    ).all()
    # A quick computation has served once a whole one, or another quick one, came after it.
    last_quick = session.scalar(
        numbers.where(CorrectedRanking.quick).order_by(CorrectedRanking.sequence.desc()).limit(1)
    )
    keep = [*wholes, *([last_quick] if last_quick and last_quick > max(wholes, default=0) else [])]
    _erase(session, _rows_of(call_id).where(CorrectedRanking.sequence.not_in(keep)))


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
