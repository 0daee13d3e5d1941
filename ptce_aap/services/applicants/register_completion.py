"""Filling a group or a row from a public register: what it would write is seen first, and written only when asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.domain.errors import Conflict, NotFound
from ptce_aap.domain.permissions import Actor
from ptce_aap.domain.questionnaire import ROW_ID, Question, Value
from ptce_aap.domain.registers import Completion, Facts
from ptce_aap.services.applicants import drafts, tables
from ptce_aap.services.applicants.applicant import DossierPage


@dataclass(frozen=True, slots=True)
class Proposal:
    """A field, what it says now and what the register says."""

    question: Question
    current: Value  # None: not answered
    proposed: str  # raw, as the question reads it

    @property
    def fills(self) -> bool:
        """Tell whether the field is empty: nothing is replaced."""
        return self.current is None

    @property
    def same(self) -> bool:
        """Tell whether the register says what is already there."""
        return bool(self.current == self.proposed)


@dataclass(frozen=True, slots=True)
class Target:
    """What is completed: a group, or the row of a table; ``mark`` tells whether it changed meanwhile."""

    completion: Completion
    holder: Question
    row: str | None
    values: Mapping[str, Value]
    mark: str

    @property
    def number(self) -> str | None:
        """Return the number to look up, None where it is not given or wrong."""
        found: str | None = self.values.get(self.completion.number.key)
        return found


def target(page: DossierPage, path: str, row: str | None) -> Target:
    """Return what would be completed of a dossier that one has opened. Errors: ``not_found``."""
    completion, holder = page.definition.completion_of(path), page.definition.questionnaire.question(path)
    if completion is None or holder is None or holder.is_table is not (row is not None):
        raise NotFound()
    held: Any = page.answers.get(path)
    if row is not None:
        held = next((item for item in held or () if item.get(ROW_ID) == row), None)
        if held is None:
            raise NotFound()
    return Target(completion, holder, row, held or {}, page.stored_at(path).mark)


def proposals(about: Target, facts: Facts) -> tuple[Proposal, ...]:
    """Return the fields for which the register gives something, in the form's order."""
    found = ((field.question, field.proposed(facts)) for field in about.completion.fields)
    return tuple(
        Proposal(question, about.values.get(question.key), told) for question, told in found if told is not None
    )


def complete(
    session: Session,
    actor: Actor,
    reference: str,
    path: str,
    row: str | None,
    chosen: Mapping[str, str],
    *,
    shown: str,
    now: datetime,
) -> tuple[str, ...]:
    """Write the chosen fields (key → raw answer); return their labels.

    Only fields that the call lets a register fill are written, each read by its own question.
    Errors: those of ``drafts.hold``, ``not_found``, ``changed_meanwhile``.
    """
    draft = drafts.hold(session, actor, reference, now=now)
    completion, stored = draft.definition.completion_of(path), draft.at(path)
    if completion is None:
        raise NotFound()
    if stored.mark != shown:
        raise Conflict()
    fields = {field.question.key: field.question for field in completion.fields}
    read = {key: fields[key].to_json(fields[key].parse(raw)) for key, raw in chosen.items() if key in fields}
    if not read:
        return ()
    places = {f"{path}.{key}" if row is None else f"{path}[{row}].{key}" for key in read}
    problem = tuple(item for item in stored.problem if item["place"] not in places)
    value = _with(stored.value, row, read)
    after = replace(stored, value=value, problem=problem, removed=tables.row_undo(stored))
    drafts.write(session, actor, draft, {path: after}, now=now)
    return tuple(question.label for key, question in fields.items() if key in read)


def _with(value: Any, row: str | None, read: Mapping[str, Any]) -> Any:
    if row is None:
        return {**(value or {}), **read}
    if row not in {item.get(ROW_ID) for item in value or ()}:
        raise NotFound()
    return [{**item, **read} if item.get(ROW_ID) == row else item for item in value]
