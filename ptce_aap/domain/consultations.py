"""What a call lets its correspondents ask of people who have no account, and what of a dossier they are shown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ptce_aap.domain.question import Question
from ptce_aap.domain.questionnaire import Option, Questionnaire, Stage
from ptce_aap.domain.values import QuestionKind

# Somebody's address, a file, a commitment: nothing of a dossier that a link shows, whatever the call's files open.
_NEVER = frozenset({QuestionKind.EMAIL, QuestionKind.PHONE, QuestionKind.ATTACHMENT})


class Purpose(StrEnum):
    """What is asked: what a service thinks of a dossier, or what a funder brings to one line of its plan."""

    OPINION = "opinion"
    FUNDING = "funding"


class Standing(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    ANSWERED = "answered"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ConsultationSettings:
    """What the files of a call declare: what may be shown, how long one has, the forms of the answers.

    ``days`` and ``reminder_days``: working days, one or more. ``funders`` is the table of the financial plan and
    ``funder`` the column that names who pays, None where the call asks nothing of funders, as ``confirmation``.
    """

    opens: tuple[str, ...]  # keys of stages
    closed: frozenset[str]  # paths of questions and of their fields
    days: int
    reminder_days: int
    services: tuple[Option, ...]
    answer: Questionnaire
    confirmation: Questionnaire | None = None
    funders: Question | None = None
    funder: str = ""

    def form(self, purpose: Purpose) -> Questionnaire:
        """Return the form of an answer."""
        if purpose is Purpose.FUNDING and self.confirmation is not None:
            return self.confirmation
        return self.answer

    def service_name(self, key: str) -> str:
        """Return a kind of service as readers know it."""
        return next((one.label for one in self.services if one.value == key), "")

    def shown(self, questionnaire: Questionnaire, stages: Collection[str]) -> tuple[Stage, ...]:
        """Return those of these stages that the call opens, without what is never shown, in the form's order."""
        found = []
        for stage in questionnaire.stages:
            if stage.key in self.opens and stage.key in stages:
                questions = tuple(self._without(one) for one in stage.questions if self._opens(one))
                found.append(replace(stage, questions=questions))
        return tuple(found)

    def _opens(self, question: Question) -> bool:
        return question.kind not in _NEVER and not question.must_be_true and question.path not in self.closed

    def _without(self, question: Question) -> Question:
        return replace(question, fields=tuple(field for field in question.fields if self._opens(field)))


def standing(
    answered_at: datetime | None, withdrawn_at: datetime | None, due_at: datetime, now: datetime, *, ended: bool = False
) -> Standing:
    """Return where a request stands; ``ended``: its dossier, or its call, receives no answer any more."""
    if answered_at is not None:
        return Standing.ANSWERED
    if withdrawn_at is not None:
        return Standing.WITHDRAWN
    return Standing.EXPIRED if ended or now >= due_at else Standing.WAITING
