"""The directory of resources that regions keep for a call, ``ressources.vN.toml``."""

from __future__ import annotations

from ptce_aap.definitions.reader import Problem, Section, read_toml
from ptce_aap.domain.directory import DirectorySettings
from ptce_aap.domain.questionnaire import Option, Question, QuestionKind, Questionnaire


def read_directory(
    text: str, file: str, problems: list[Problem], questionnaire: Questionnaire
) -> DirectorySettings | None:
    """Return what a call declares of its directories; what is wrong is added to ``problems``."""
    top = read_toml(text, file, problems)
    top.text("cle")
    top.integer("version", least=1)
    title, introduction = top.text("titre"), top.text("introduction")
    needs = _needs(top, questionnaire)
    scheme = _scheme(top, questionnaire)
    stages = top.texts("etapes")
    known = {stage.key for stage in questionnaire.stages}
    for stage in stages:
        if stage not in known:
            top.refuse(f"l'étape « {stage} » n'existe pas.", "etapes")
    top.refuse_twice(stages, "etapes")
    kinds = tuple(_kind(section) for section in top.sections("sorte"))
    top.refuse_twice((kind.value for kind in kinds), "sorte")
    if not kinds:
        top.refuse("il faut une nature de ressource au moins.", "sorte")
    top.close()
    if needs is None or not kinds:
        return None
    return DirectorySettings(title, introduction, needs, stages, kinds, scheme)


def _needs(top: Section, questionnaire: Questionnaire) -> Question | None:
    path = top.text("question_des_besoins")
    question = questionnaire.question(path)
    if question is None or question.kind is not QuestionKind.CHOICES:
        top.refuse(f"« {path} » n'est pas une question à choix multiple du dossier.", "question_des_besoins")
        return None
    return question


def _scheme(top: Section, questionnaire: Questionnaire) -> Question | None:
    path = top.optional_text("dispositifs")
    if path is None:
        return None
    column = questionnaire.question(path)
    table = questionnaire.question(path.rpartition(".")[0])
    if column is None or table is None or not table.is_table or column.kind is not QuestionKind.CHOICE:
        top.refuse(f"« {path} » n'est pas une colonne à choix d'un tableau du dossier.", "dispositifs")
        return None
    return column


def _kind(section: Section) -> Option:
    kind = Option(section.text("cle"), section.text("libelle"))
    section.close()
    return kind
