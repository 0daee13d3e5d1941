"""The sentences proposed to whoever asks for complements, ``phrases.vN.toml``."""

from __future__ import annotations

from enum import StrEnum

from ptce_aap.definitions.reader import Problem, read_toml
from ptce_aap.domain.complements import SENTENCE_LENGTH, Flaw, Phrase
from ptce_aap.domain.questionnaire import Questionnaire


class _FlawWord(StrEnum):
    MISSING = "manque"
    WRONG = "a_corriger"
    OUTDATED = "perime"


def read_phrases(text: str, file: str, problems: list[Problem], questionnaire: Questionnaire) -> tuple[Phrase, ...]:
    """Return the sentences of a call; what is wrong is added to ``problems``."""
    top = read_toml(text, file, problems)
    top.text("cle")
    top.integer("version", least=1)
    found = []
    for section in top.sections("phrase"):
        word, path, words = section.word("defaut", _FlawWord), section.optional_text("question"), section.text("texte")
        if path is not None and path not in {question.path for question in questionnaire.questions}:
            section.refuse(f"la question « {path} » n'existe pas.", "question")
        if len(words) > SENTENCE_LENGTH:
            section.refuse(f"le texte compte plus de {SENTENCE_LENGTH} signes.", "texte")
        if word is not None:
            found.append(Phrase(Flaw[word.name], words, path))
        section.close()
    top.close()
    return tuple(found)
