"""What was said of the dossiers of a bench: proposals and opinions of the regions, assignments, sheets and marks."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.models import (
    Assignment,
    Call,
    ConflictStatement,
    Dossier,
    EligibilityDecision,
    Mark,
    Opinion,
    RuleProposal,
    Sheet,
)
from ptce_aap.models.base import new_reference
from ptce_aap.services.calls import calls
from ptce_aap.services.ranking import deliberation
from tests.bench import samples
from tests.bench.world import JURORS, READINGS, World, juror

# Dossiers that a juror still has to read, so that marks can be saved while every dossier has its readings.
TO_MARK = 10
_COMMENT = "Le dossier décrit bien ses actions ; le modèle économique de la troisième année reste à préciser. "
_CHUNK = 500


def lay_out(world: World, definition: CallDefinition) -> None:
    """Write everything that regions, call team and jurors said of the filed dossiers."""
    with world.database.reading() as session:
        call = calls.call_by_slug(session, world.slug)
        query = select(Dossier.id, Dossier.reference, Dossier.region).where(Dossier.state == "eligible")
        filed = session.execute(query.where(Dossier.call_id == call.id).order_by(Dossier.id)).all()
    world.database.transaction(_declare, world, call)
    ranks: dict[str, int] = defaultdict(int)
    for first in range(0, len(filed), _CHUNK):
        chunk = filed[first : first + _CHUNK]
        world.database.transaction(_instruct, world, definition, call, chunk, first, ranks)
        world.database.transaction(_mark, world, definition, call, chunk, first)
    world.database.transaction(_leave_some, world, call, filed)


def _people(world: World) -> list[int]:
    return [world.actor(juror(n)).person_id for n in range(JURORS)]


def _declare(session: Session, world: World, call: Call) -> None:
    # After the decisions on eligibility: what is decided later would have to be gone through again.
    at = call.closes_at + timedelta(days=1)
    rows = [{"call_id": call.id, "person_id": person_id, "at": at} for person_id in _people(world)]
    session.execute(insert(ConflictStatement), rows)


def _instruct(
    session: Session,
    world: World,
    definition: CallDefinition,
    call: Call,
    chunk: Sequence[Any],
    first: int,
    ranks: dict[str, int],
) -> None:
    """Two dossiers in three have their proposals and their opinion; every one has the team's decision."""
    author, team = world.actor("correspondant").person_id, world.actor("equipe").person_id
    at = call.closes_at + timedelta(hours=12)
    decisions, proposals, opinions = [], [], []
    path = definition.sheet.projection.verdict
    for place, (dossier_id, _, region) in enumerate(chunk, start=first):
        signed = {"author_id": author, "at": at, "version": 1}
        decisions.append({**signed, "dossier_id": dossier_id, "eligible": True, "reason": "", "author_id": team})
        if place % 3 == 0:
            continue
        proposals += [
            {**signed, "dossier_id": dossier_id, "rule": rule.key, "computed": "met", "proposed": "met"}
            for rule in definition.eligibility
        ]
        ranks[region] += 1
        answers = samples.answers(definition.opinion, place % 3)
        opinions.append(
            {
                **signed,
                "dossier_id": dossier_id,
                "call_id": call.id,
                "region": region,
                "answers": {p: definition.opinion.question(p).to_json(value) for p, value in answers.items()},
                "verdict": answers.get(path) if path else None,
                "regional_rank": ranks[region],
                "given_at": at,
            }
        )
    for model, rows in ((EligibilityDecision, decisions), (RuleProposal, proposals), (Opinion, opinions)):
        session.execute(insert(model), rows)


def _mark(
    session: Session, world: World, definition: CallDefinition, call: Call, chunk: Sequence[Any], first: int
) -> None:
    people, team = _people(world), world.actor("equipe").person_id
    digest = deliberation.grid_digest(call, definition)
    at = call.closes_at + timedelta(days=2)
    assignments, sheets = [], []
    for place, (dossier_id, _, _) in enumerate(chunk, start=first):
        for reading in range(READINGS):
            person_id = people[(place + 4 * reading) % len(people)]
            assignments.append(_assignment(dossier_id, person_id, call, team))
            sheets.append(
                {
                    "reference": new_reference(),
                    "call_id": call.id,
                    "dossier_id": dossier_id,
                    "person_id": person_id,
                    "grid_digest": digest,
                    "state": "final",
                    "marks_count": len(definition.grid.criteria),
                    "saved_at": at,
                    "final_at": at,
                    "version": 1,
                }
            )
    session.execute(insert(Assignment), assignments)
    session.execute(insert(Sheet), sheets)
    written = select(Sheet.id).where(Sheet.dossier_id.in_([row.id for row in chunk])).order_by(Sheet.id)
    drawn, allowed = random.Random(first), definition.grid.allowed_marks()
    marks = [
        {"sheet_id": sheet_id, "criterion": one.key, "half_points": drawn.choice(allowed), "comment": _COMMENT}
        for sheet_id in session.scalars(written)
        for one in definition.grid.criteria
    ]
    session.execute(insert(Mark), marks)


def _leave_some(session: Session, world: World, call: Call, filed: Sequence[Any]) -> None:
    """Give each juror a few dossiers more, which he has not begun."""
    people, team = _people(world), world.actor("equipe").person_id
    rows = []
    for place, (dossier_id, reference, _) in enumerate(filed[: TO_MARK * len(people)]):
        rows.append(_assignment(dossier_id, people[(place + 2) % len(people)], call, team))
        world.to_mark.setdefault(juror(place + 2), []).append(reference)
    session.execute(insert(Assignment), rows)


def _assignment(dossier_id: int, person_id: int, call: Call, team: int) -> dict[str, Any]:
    return {
        "dossier_id": dossier_id,
        "person_id": person_id,
        "call_id": call.id,
        "assigned_by_id": team,
        "assigned_at": call.closes_at,
    }
