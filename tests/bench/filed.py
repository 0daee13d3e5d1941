"""The dossiers of a bench: filed ones and a few complete drafts, each made from one of a dozen fillings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.evaluation import Evaluation, evaluate
from ptce_aap.domain.persons import fold
from ptce_aap.domain.questionnaire import ROW_ID, Answers, Questionnaire
from ptce_aap.models import Answer, Call, Dossier, Filing, Member, Person
from ptce_aap.models.base import canonical_json, new_reference
from ptce_aap.services.applicants.stored import new_row_id
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers
from tests.bench import samples
from tests.bench.world import CLOSED, FILED, World, person

VARIANTS = 12
DRAFTS = 40
# As in the real calls, five regions hold half of the dossiers.
_BUSIEST = 5
_CHUNK = 500


def lay_out(world: World, definition: CallDefinition) -> None:
    """Write the dossiers, and the drafts that deposits are measured with."""
    patterns = [Pattern.of(definition, variant) for variant in range(VARIANTS)]
    for first in range(0, world.size, _CHUNK):
        places = range(first, min(first + _CHUNK, world.size))
        world.database.transaction(_file, world, definition, patterns, places)
    world.drafts = world.database.transaction(_start, world, definition, patterns[0])


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way of filling the questionnaire, from which many dossiers are made."""

    answers: Answers
    evaluation: Evaluation
    values: dict[str, Any]  # by question path, as they are stored

    @classmethod
    def of(cls, definition: CallDefinition, variant: int) -> Pattern:
        """Fill the questionnaire once."""
        answers = samples.answers(definition.questionnaire, variant)
        evaluation = evaluate(definition, answers, submitted_at=FILED, closes_at=CLOSED)
        return cls(answers, evaluation, stored(definition.questionnaire, answers))


def stored(questionnaire: Questionnaire, answers: Answers) -> dict[str, Any]:
    """Return answers as JSON values by path, the rows of tables with identifiers."""
    found = {}
    for path, value in answers.items():
        question = questionnaire.question(path)
        assert question is not None
        if question.is_table:
            value = tuple({ROW_ID: new_row_id(), **row} for row in value)
        found[path] = question.to_json(value, with_ids=True)
    return found


def _file(session: Session, world: World, definition: CallDefinition, patterns: list[Pattern], places: range) -> None:
    call, owner = calls.call_by_slug(session, world.slug), person(session, "candidat")
    rows = [_dossier(definition, call, owner, patterns[place % VARIANTS], place, filed=True) for place in places]
    first = _insert_dossiers(session, rows)
    written = [(first + n, patterns[place % VARIANTS], rows[n]) for n, place in enumerate(places)]
    session.execute(insert(Answer), list(_answers(definition, written, owner)))
    session.execute(insert(Member), list(_members(definition, written)))
    session.execute(insert(Filing), list(_filings(definition, written, owner)))


def _start(session: Session, world: World, definition: CallDefinition, pattern: Pattern) -> list[str]:
    call, owner = calls.call_by_slug(session, world.slug), person(session, "candidat")
    rows = [_dossier(definition, call, owner, pattern, world.size + n, filed=False) for n in range(DRAFTS)]
    first = _insert_dossiers(session, rows)
    written = [(first + n, pattern, row) for n, row in enumerate(rows)]
    session.execute(insert(Answer), list(_answers(definition, written, owner)))
    session.execute(insert(Member), list(_members(definition, written)))
    return [row["reference"] for row in rows]


def _insert_dossiers(session: Session, rows: list[dict[str, Any]]) -> int:
    session.execute(insert(Dossier), rows)
    query = select(Dossier.id).where(Dossier.reference == rows[0]["reference"])
    first = session.scalar(query)
    assert first is not None
    return first


def _dossier(
    definition: CallDefinition, call: Call, owner: Person, pattern: Pattern, place: int, *, filed: bool
) -> dict[str, Any]:
    title, carrier = f"Pôle fictif {place * 7919 % 100_000:05d}", f"Association fictive {place:05d}"
    regions = definition.sheet.regions
    busy = place % 2 == 0
    region = regions[place // 2 % _BUSIEST] if busy else regions[_BUSIEST + place // 2 % (len(regions) - _BUSIEST)]
    return {
        "reference": new_reference(),
        "call_id": call.id,
        "owner_id": owner.id,
        "state": "eligible" if filed else "draft",
        "number": f"Z{place // 1000:03d}-{place % 1000:04d}" if filed else None,
        "created_at": FILED - timedelta(days=5),
        "saved_at": FILED,
        "filed_at": FILED + timedelta(seconds=place) if filed else None,
        "filed_complete": True if filed else None,
        "missing_count": len(pattern.evaluation.missing),
        "title": title,
        "title_key": fold(title),
        "carrier": carrier,
        "carrier_key": fold(carrier),
        "carrier_siren": samples.siren(place),
        "region": region.code,
        "stage": dossiers.value_at(pattern.answers, definition.sheet.projection.stage),
        "themes": dossiers.themes_in(definition, pattern.answers),
        "amount_cents": (26_000 + place * 1_237 % 264_000) * 100,
        "computed_eligibility": pattern.evaluation.eligible.value,
        "version": 1,
    }


Written = tuple[int, Pattern, dict[str, Any]]


def _answers(definition: CallDefinition, written: list[Written], owner: Person) -> Iterator[dict[str, Any]]:
    shape = definition.sheet.projection
    for dossier_id, pattern, row in written:
        own = {shape.title: row["title"], shape.region: row["region"]}
        for path, value in pattern.values.items():
            yield {
                "dossier_id": dossier_id,
                "key": path,
                "value": own.get(path, value),
                "author_id": owner.id,
                "at": FILED,
                "version": 1,
            }


def _members(definition: CallDefinition, written: list[Written]) -> Iterator[dict[str, Any]]:
    for dossier_id, _, row in written:
        for position in range(samples.ROWS):
            name = f"Membre fictif {row['carrier'][-5:]}-{position}"
            yield {"dossier_id": dossier_id, "position": position, "name": name, "name_key": fold(name), "siren": None}


def _filings(definition: CallDefinition, written: list[Written], owner: Person) -> Iterator[dict[str, Any]]:
    for dossier_id, pattern, row in written:
        snapshot = canonical_json({"number": row["number"], "answers": pattern.values})
        yield {
            "dossier_id": dossier_id,
            "sequence": 1,
            "filed_at": row["filed_at"],
            "filed_by_id": owner.id,
            "snapshot": snapshot,
            "sha256": hashlib.sha256(snapshot.encode()).hexdigest(),
            "missing": [],
        }
