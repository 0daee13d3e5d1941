"""Conditions on rows and tests of one field, read from TOML and checked against the questionnaire."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ptce_aap.definitions.reader import Section
from ptce_aap.definitions.vocabulary import Vocabulary
from ptce_aap.domain.conditions import All, Cited, Condition, NoneOf, OneOf, Operator, Proportion, Test
from ptce_aap.domain.questionnaire import Question, QuestionKind

NUMBERS = frozenset({QuestionKind.INTEGER, QuestionKind.NUMBER, QuestionKind.MONEY})
CHOICES = frozenset({QuestionKind.CHOICE, QuestionKind.CHOICES})
ORDERS = frozenset({Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST})
GROUPINGS = {"tout": All, "un_de": OneOf, "aucun": NoneOf}
NEVER = OneOf(())  # stands for a condition that could not be read: problems prevent its use

CENTS = 100


def written_keys(section: Section, keys: Any) -> list[str]:
    """Return those of these keys that the section writes."""
    return [key for key in keys if section.has(key)]


def only_key(section: Section, keys: Any, told: str) -> str | None:
    """Return the one key of a closed list that the section writes, None (told) where there is not just one."""
    found = written_keys(section, keys)
    if len(found) == 1:
        return found[0]
    section.refuse(f"{told} : écrire une clé et une seule parmi {', '.join(keys)}.")
    return None


def read_grouping(section: Section, key: str, read: Callable[[Section], Condition]) -> Condition:
    """Read ``tout``, ``un_de`` or ``aucun``: a list of conditions."""
    inner = tuple(read(item) for item in section.sections(key))
    if not inner:
        section.refuse("la liste de conditions est vide.", key)
    return GROUPINGS[key](inner)


def read_row_condition(section: Section, table: Question, vocabulary: Vocabulary) -> Condition:
    """Read a condition on the rows of a table."""
    condition: Condition = NEVER
    match only_key(section, (*GROUPINGS, "champ", "condition"), "condition sur une ligne"):
        case "champ":
            condition = _read_field_test(section, table)
        case "condition":
            found = vocabulary.cited(section, "condition", vocabulary.conditions, "une condition")
            if found is not None:
                home, condition = found
                if home != table.path:
                    section.refuse(f"cette condition porte sur « {home} », non sur « {table.path} ».", "condition")
        case str() as key:
            condition = read_grouping(section, key, lambda item: read_row_condition(item, table, vocabulary))
    section.close()
    return condition


def _read_field_test(section: Section, table: Question) -> Condition:
    key = section.text("champ")
    column = table.sub(key)
    if column is None:
        section.refuse(f"« {key} » n'est pas une colonne de « {table.path} ».", "champ")
        for word in written_keys(section, Operator):
            section.raw(word)
        return NEVER
    return read_test(section, key, column, table)


def read_test(section: Section, field: str, question: Question, table: Question | None = None) -> Condition:
    """Read the comparison of one field: an operator and what the field is compared with."""
    word = only_key(section, tuple(Operator), f"comparaison de « {field} »")
    if word is None:
        return NEVER
    operator = Operator(word)
    if operator in {Operator.FILLED, Operator.EMPTY}:
        if section.raw(word) is not True:
            section.refuse("la valeur doit être true.", word)
        return Test(field, operator, None)
    if question.kind in {QuestionKind.TABLE, QuestionKind.GROUP}:
        section.refuse(f"« {question.path} » n'est pas une réponse simple.", word)
        return NEVER
    if operator in ORDERS and question.kind not in NUMBERS:
        section.refuse(f"« {question.path} » n'est pas un nombre.", word)
        return NEVER
    if operator is Operator.AMONG:
        written = section.raw(word)
        if not isinstance(written, list) or not written:
            section.refuse("une liste de valeurs est attendue.", word)
            return NEVER
        return Test(field, operator, frozenset(_read_operand(section, word, question, item) for item in written))
    if isinstance(section.raw(word), dict) and table is not None:
        return Test(field, operator, _read_proportion(section, word, table))
    return Test(field, operator, _read_operand(section, word, question, section.raw(word)))


def _read_operand(section: Section, word: str, question: Question, written: Any) -> Any:
    match question.kind:
        case kind if kind in NUMBERS:
            number = section.exact(written, word)
            return number * CENTS if kind is QuestionKind.MONEY else number
        case QuestionKind.YES_NO:
            if not isinstance(written, bool):
                section.refuse("true ou false est attendu.", word)
            return written is True
        case kind if kind in CHOICES:
            if written not in [option.value for option in question.options]:
                section.refuse(f"« {written} » n'est pas une réponse proposée par « {question.path} ».", word)
            return str(written)
        case _:
            if not isinstance(written, str):
                section.refuse("un texte est attendu.", word)
            return str(written)


def _read_proportion(section: Section, word: str, table: Question) -> Proportion:
    inner = section.section(word)
    assert inner is not None
    part, of = inner.number("part"), inner.text("de")
    column = table.sub(of)
    if column is None or column.kind not in NUMBERS:
        inner.refuse(f"« {of} » n'est pas une colonne de nombres de « {table.path} ».", "de")
    inner.close()
    return Proportion(Fraction(part), of)


def read_named_condition(section: Section, vocabulary: Vocabulary) -> None:
    """Read a condition declared once, to be cited by its name."""
    key, _ = section.text("cle"), section.text("libelle", "")
    table = vocabulary.table(section, "tableau")
    if table is None:
        return
    inner = section.section("si")
    condition = NEVER if inner is None else read_row_condition(inner, table, vocabulary)
    columns = None
    if section.has("colonnes_exigees"):
        columns = frozenset(read_columns(section, "colonnes_exigees", table))
    if key in vocabulary.conditions:
        section.refuse(f"la condition « {key} » est déclarée deux fois.", "cle")
    vocabulary.conditions[key] = (table.path, Cited(key, condition, columns))
    section.close()


def read_columns(section: Section, key: str, table: Question) -> tuple[str, ...]:
    """Read a list of columns of one table, by their keys."""
    columns = section.texts(key)
    for column in columns:
        if table.sub(column) is None:
            section.refuse(f"« {column} » n'est pas une colonne de « {table.path} ».", key)
    return columns
