"""Questionnaires read from ``*.vN.toml`` files of ``forms/``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ptce_aap.definitions.reader import Problem, Section, read_toml
from ptce_aap.domain.questionnaire import MAX_ROWS, Option, Question, QuestionKind, Questionnaire, Stage
from ptce_aap.domain.values import DEFAULT_LENGTHS

Lists = Mapping[str, tuple[Option, ...]]

STATEMENT = "vrai"  # obligatoire = "vrai": answered only by yes
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_WITH_OPTIONS = frozenset({QuestionKind.CHOICE, QuestionKind.CHOICES})
_WITH_FIELDS = frozenset({QuestionKind.GROUP, QuestionKind.TABLE})


def read_questionnaire(text: str, file: str, problems: list[Problem]) -> Questionnaire:
    """Return the questionnaire of a file; what is wrong is added to ``problems``."""
    top = read_toml(text, file, problems)
    key, version, title = top.text("cle"), top.integer("version", least=1), top.text("titre")
    lists = _read_lists(top)
    stages = tuple(_read_stage(section, lists) for section in top.sections("etape"))
    top.refuse_twice((stage.key for stage in stages), "etape")
    top.close()
    return Questionnaire(key, version, title, stages)


def _read_lists(top: Section) -> Lists:
    section = top.section("listes", {})
    if section is None:
        return {}
    lists = {name: _read_options(section, name) for name in section.data}
    section.close()
    return lists


def _read_options(section: Section, key: str) -> tuple[Option, ...]:
    options = []
    for item in section.sections(key):
        options.append(Option(item.text("valeur"), item.text("libelle")))
        item.close()
    section.refuse_twice((option.value for option in options), key)
    return tuple(options)


def _read_stage(section: Section, lists: Lists) -> Stage:
    key = _read_key(section)
    questions = tuple(_read_question(item, key, lists) for item in section.sections("question"))
    section.refuse_twice((question.key for question in questions), "question")
    stage = Stage(
        key=key,
        title=section.text("titre"),
        questions=questions,
        introduction=section.text("introduction", ""),
        jury_note=section.text("regard_du_jury", ""),
        axis=section.optional_text("axe"),
    )
    section.close()
    return stage


def _read_question(section: Section, parent: str, lists: Lists, *, nested: bool = False) -> Question:
    key = _read_key(section)
    kind = section.word("type", QuestionKind) or QuestionKind.TEXT
    path = f"{parent}.{key}"
    if nested and kind in _WITH_FIELDS:
        section.refuse("un champ ne peut être lui-même ni un groupe ni un tableau.", "type")
    required, must_be_true = _read_required(section, kind)
    question = Question(
        key=key,
        path=path,
        kind=kind,
        label=section.text("libelle"),
        help=section.text("aide", ""),
        example=section.text("exemple", ""),
        reference=section.text("reference", ""),
        required=required,
        must_be_true=must_be_true,
        blocks_filing=section.boolean("bloque_depot"),
        max_length=_read_length(section, kind),
        options=_read_choice(section, kind, lists),
        fields=_read_fields(section, kind, path, lists),
        min_rows=_read_rows(section, kind, "lignes_min", 0),
        max_rows=_read_rows(section, kind, "lignes_max", MAX_ROWS),
    )
    section.close()
    return question


def _read_key(section: Section) -> str:
    key = section.text("cle")
    if key and not _KEY.fullmatch(key):
        section.refuse("une clé s'écrit en minuscules sans accent, chiffres et « _ ».", "cle")
    return key


def _read_required(section: Section, kind: QuestionKind) -> tuple[bool, bool]:
    if section.raw("obligatoire") == STATEMENT:
        if kind is not QuestionKind.YES_NO:
            section.refuse("« vrai » ne convient qu'à une question oui_non.", "obligatoire")
        return True, True
    required = section.boolean("obligatoire")
    min_rows = section.raw("lignes_min")
    return required or (isinstance(min_rows, int) and min_rows > 0), False


def _read_length(section: Section, kind: QuestionKind) -> int | None:
    default = DEFAULT_LENGTHS.get(kind)
    if default is None:
        if section.raw("longueur_max") is not None:
            section.refuse("une longueur ne convient qu'à un texte.", "longueur_max")
        return None
    return section.integer("longueur_max", default, least=1)


def _read_choice(section: Section, kind: QuestionKind, lists: Lists) -> tuple[Option, ...]:
    if kind not in _WITH_OPTIONS:
        if section.raw("options") is not None:
            section.refuse("des options ne conviennent qu'à un choix.", "options")
        return ()
    if isinstance(section.raw("options"), str):
        name = section.text("options")
        if name not in lists:
            section.refuse(f"la liste « {name} » n'est pas déclarée sous [listes].", "options")
        return lists.get(name, ())
    options = _read_options(section, "options")
    if not options:
        section.refuse("un choix a au moins une option.", "options")
    return options


def _read_fields(section: Section, kind: QuestionKind, path: str, lists: Lists) -> tuple[Question, ...]:
    if kind not in _WITH_FIELDS:
        if section.raw("champ") is not None:
            section.refuse("des champs ne conviennent qu'à un groupe ou à un tableau.", "champ")
        return ()
    fields = tuple(_read_question(item, path, lists, nested=True) for item in section.sections("champ"))
    section.refuse_twice((sub.key for sub in fields), "champ")
    return fields


def _read_rows(section: Section, kind: QuestionKind, key: str, default: int) -> int:
    if kind is not QuestionKind.TABLE and section.has(key):
        section.refuse("un nombre de lignes ne convient qu'à un tableau.", key)
    return section.integer(key, default)
