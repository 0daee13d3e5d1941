"""What the last deposit of a dossier changed since the one before: its answers, and what the rules say of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.differences import Difference, difference
from ptce_aap.domain.eligibility import Verdict
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.questionnaire import Answers
from ptce_aap.models import Call, Dossier, Filing
from ptce_aap.services.applicants import dossier_content


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that answers otherwise than it did of the deposit before."""

    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class FilingChanges:
    """What changed from one deposit to the next; ``differences`` holds only the questions whose answer changed."""

    since: datetime
    filed_at: datetime
    differences: tuple[Difference, ...]
    rules: tuple[RuleChange, ...]


def since_the_one_before(
    session: Session, dossier: Dossier, call: Call, definition: CallDefinition
) -> FilingChanges | None:
    """Return what the last deposit changed, from both as they were frozen: one statement.

    None where there is one deposit, or where what one of them said was erased. The dossier has been loaded through the
    visibility of its reader's room.
    """
    other = aliased(Filing)
    several = exists().where(other.dossier_id == dossier.id, other.sequence > 1)
    found = session.scalars(
        select(Filing).where(Filing.dossier_id == dossier.id, several).order_by(Filing.sequence.desc()).limit(2)
    ).all()
    if len(found) < 2 or not all(filing.snapshot for filing in found):
        return None
    after, before = found
    old, new = (dossier_content.answers_of_snapshot(definition, filing.snapshot) for filing in (before, after))
    old_files, new_files = _files(before), _files(after)
    replaced = [place for place, digest in new_files.items() if old_files.get(place, digest) != digest]
    told = (
        difference(question, old, new, [name for key, name in replaced if key == question.path])
        for question in definition.questionnaire.questions
    )
    return FilingChanges(
        since=before.filed_at,
        filed_at=after.filed_at,
        differences=tuple(one for one in told if one.changed),
        rules=_rules(definition, call, dossier, old, new),
    )


def _rules(
    definition: CallDefinition, call: Call, dossier: Dossier, before: Answers, after: Answers
) -> tuple[RuleChange, ...]:
    """Return the rules that answer otherwise; complements do not move the instant by which a dossier is on time."""
    verdicts = [
        evaluate(definition, answers, submitted_at=dossier.filed_at, closes_at=call.closes_at).verdicts
        for answers in (before, after)
    ]
    pairs = (RuleChange(one, other) for one, other in zip(*verdicts, strict=True))
    return tuple(pair for pair in pairs if pair.before.result != pair.after.result)


def _files(filing: Filing) -> dict[tuple[str, str], str]:
    return {(piece["key"], piece["name"]): piece["sha256"] for piece in json.loads(filing.snapshot)["attachments"]}
