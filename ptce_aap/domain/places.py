"""Places of a dossier in words: what ``membres.membres[0].siren`` is for somebody who reads the form."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ptce_aap.domain.questionnaire import Question, Questionnaire, Stage

_PLACE = re.compile(r"(?P<stage>[^.\[]+)\.(?P<key>[^.\[]+)(?:\[(?P<row>[0-9]+)\])?(?:\.(?P<field>[^.\[]+))?")


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place found in the questionnaire; ``row`` counts from 0."""

    place: str
    stage: Stage
    question: Question
    row: int | None
    field: Question | None

    @property
    def words(self) -> str:
        """The place as readers know it: « Membres, ligne 1 – Catégorie »."""
        told = self.question.label if self.row is None else f"{self.question.label}, ligne {self.row + 1}"
        return told if self.field is None else f"{told} – {self.field.label}"


def find(questionnaire: Questionnaire, place: str) -> NamedPlace | None:
    """Return what a place names, None where the questionnaire has nothing there."""
    found = _PLACE.fullmatch(place)
    stage = questionnaire.stage(found["stage"]) if found else None
    if found is None or stage is None:
        return None
    question = next((item for item in stage.questions if item.key == found["key"]), None)
    if question is None:
        return None
    field = question.sub(found["field"]) if found["field"] else None
    return NamedPlace(place, stage, question, int(found["row"]) if found["row"] else None, field)


def words_of(questionnaire: Questionnaire, place: str) -> str:
    """Return the words of a place; the bare place where the questionnaire has nothing there."""
    named = find(questionnaire, place)
    return named.words if named is not None else place
