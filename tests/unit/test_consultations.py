"""What a call lets ask by a link: its file is checked, and what it never opens stays closed whatever the file says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ptce_aap.definitions import load_call
from ptce_aap.definitions.consultations import read_consultations
from ptce_aap.domain.consultations import Standing, standing
from ptce_aap.domain.values import QuestionKind

DEFINITION = load_call("ptce-2015")
FILE = next(text for file, text in DEFINITION.sources.items() if "consultations" in file)
NOW = datetime(2015, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ('"membres"', '"inconnue"', "l'étape « inconnue » n'existe pas"),
        ("identification.porteur.contact_nom", "identification.rien", "n'existe pas"),
        ("rappel = 3", "rappel = 10", "le rappel part avant la date"),
        ("budget.tour_de_table", "budget.rien", "n'est pas un tableau"),
        ('cle = "drac"', 'cle = "daaf"', "daaf"),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_place(written: str, instead: str, told: str) -> None:
    settings = DEFINITION.consultations
    assert settings is not None
    assert written in FILE
    problems: list = []
    text = FILE.replace(written, instead)
    read_consultations(text, "f", problems, DEFINITION.questionnaire, settings.answer, settings.confirmation)
    assert told in " ".join(map(str, problems))


def test_neither_addresses_nor_pieces_nor_statements_are_ever_shown() -> None:
    settings = DEFINITION.consultations
    assert settings is not None
    every = [stage.key for stage in DEFINITION.questionnaire.stages]
    shown = replace(settings, opens=tuple(every), closed=frozenset()).shown(DEFINITION.questionnaire, every)
    parts = [part for stage in shown for one in stage.questions for part in (one, *one.fields)]
    assert len(parts) > 100
    never = {QuestionKind.EMAIL, QuestionKind.PHONE, QuestionKind.ATTACHMENT}
    assert [part.path for part in parts if part.kind in never or part.must_be_true] == []


def test_a_request_waits_until_its_instant_and_an_answer_outlives_it() -> None:
    later = NOW + timedelta(days=1)
    assert standing(None, None, later, later - timedelta(microseconds=1)) is Standing.WAITING
    assert standing(None, None, later, later) is Standing.EXPIRED
    assert standing(None, None, later, NOW, ended=True) is Standing.EXPIRED
    assert standing(NOW, None, later, later + later.resolution) is Standing.ANSWERED
    assert standing(None, NOW, later, NOW) is Standing.WITHDRAWN
