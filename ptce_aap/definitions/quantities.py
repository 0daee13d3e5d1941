"""Quantities read from TOML: one operation each, with the unit of what it gives."""

from __future__ import annotations

from collections.abc import Callable

from ptce_aap.definitions.conditions import CENTS, CHOICES, NUMBERS, only_key, read_columns, read_row_condition
from ptce_aap.definitions.reader import Section
from ptce_aap.definitions.vocabulary import Vocabulary
from ptce_aap.domain import declarations as d
from ptce_aap.domain.facts import Where
from ptce_aap.domain.questionnaire import Question, QuestionKind
from ptce_aap.domain.wording import Unit

Read = tuple[d.Quantity, Unit]

NOTHING: Read = (d.Constant(0), Unit.COUNT)  # stands for what could not be read: problems prevent its use
EMPTY_COLUMN_IS_ZERO = "zero"
_UNITS = {QuestionKind.MONEY: Unit.MONEY, QuestionKind.NUMBER: Unit.NUMBER}


def read_quantity(section: Section, vocabulary: Vocabulary) -> Read:
    """Read one quantity; ``si_inconnu`` gives the number that stands for it where nothing is known."""
    operation = only_key(section, tuple(_OPERATIONS), "quantité")
    if operation is None:
        return NOTHING
    quantity, unit = _OPERATIONS[operation](section, vocabulary)
    if section.has("si_inconnu"):
        stand_in = section.number("si_inconnu") * (CENTS if unit is Unit.MONEY else 1)
        whole = stand_in.denominator == 1
        quantity = d.Otherwise(quantity, stand_in.numerator if whole else stand_in)
    section.close()
    return quantity, unit


def _read_where(section: Section, table: Question, vocabulary: Vocabulary) -> Where:
    """Read which rows are meant (``ou``), and which columns must be known for it."""
    inner = section.section("ou", None) if section.has("ou") else None
    condition = None if inner is None else read_row_condition(inner, table, vocabulary)
    needs = condition.needs() if condition else frozenset()
    if section.has("colonne_vide"):
        if section.text("colonne_vide") != EMPTY_COLUMN_IS_ZERO:
            section.refuse(f"la seule valeur admise est « {EMPTY_COLUMN_IS_ZERO} ».", "colonne_vide")
        needs = frozenset()
    if section.has("colonnes_exigees"):
        needs = needs | frozenset(read_columns(section, "colonnes_exigees", table))
    return Where(condition, needs)


def _read_count(section: Section, vocabulary: Vocabulary) -> Read:
    table = vocabulary.table(section, "compte")
    if table is None:
        return NOTHING
    return d.Count(table.path, _read_where(section, table, vocabulary)), Unit.COUNT


def _read_sum(section: Section, vocabulary: Vocabulary) -> Read:
    table, columns = vocabulary.columns(section, "somme")
    if table is None or not columns:
        return NOTHING
    kinds = {column.kind for column in columns}
    if not kinds <= NUMBERS or len({_UNITS.get(kind, Unit.COUNT) for kind in kinds}) > 1:
        section.refuse("seules des colonnes de nombres d'un même type s'additionnent.", "somme")
    where = _read_where(section, table, vocabulary)
    unit = _UNITS.get(columns[0].kind, Unit.COUNT)
    return d.Sum(table.path, tuple(column.key for column in columns), where), unit


def _read_distinct(section: Section, vocabulary: Vocabulary) -> Read:
    table, columns = vocabulary.columns(section, "distincts")
    if table is None or len(columns) != 1:
        return NOTHING
    return d.Distinct(table.path, columns[0].key, _read_where(section, table, vocabulary)), Unit.COUNT


def read_persons(section: Section, vocabulary: Vocabulary, key: str = "personnes") -> d.Persons | None:
    """Read a count of distinct persons."""
    group = vocabulary.cited(section, key, vocabulary.groups, "un groupe de personnes")
    table = vocabulary.questionnaire.question(group.table) if group else None
    if group is None or table is None:
        return None
    other = None
    if (inner := section.section("sauf", None)) is not None:
        number, name = vocabulary.question(inner, "numero"), vocabulary.question(inner, "nom")
        other = d.OtherThan(number.path, name.path) if number and name else None
        inner.close()
    where = _read_where(section, table, vocabulary)
    return d.Persons(group, where, section.boolean("avec_numero"), other)


def _read_persons(section: Section, vocabulary: Vocabulary) -> Read:
    persons = read_persons(section, vocabulary)
    return NOTHING if persons is None else (persons, Unit.COUNT)


def _read_answer(section: Section, vocabulary: Vocabulary) -> Read:
    question = vocabulary.question(section, "valeur")
    if question is None:
        return NOTHING
    if question.kind not in NUMBERS | {QuestionKind.YES_NO}:
        section.refuse(f"« {question.path} » n'est ni un nombre ni un oui ou non.", "valeur")
    if vocabulary.column_of(question.path) is not None:
        section.refuse(f"« {question.path} » est une colonne : l'additionner ou la compter.", "valeur")
    return d.Answer(question.path), _UNITS.get(question.kind, Unit.COUNT)


def _read_chosen(section: Section, vocabulary: Vocabulary) -> Read:
    question = vocabulary.question(section, "choisis")
    if question is not None and question.kind not in CHOICES - {QuestionKind.CHOICE}:
        section.refuse(f"« {question.path} » n'est pas un choix multiple.", "choisis")
    return NOTHING if question is None else (d.Chosen(question.path), Unit.COUNT)


def _read_share(section: Section, vocabulary: Vocabulary) -> Read:
    (part, above), (whole, below) = read_terms(section, vocabulary)
    if (above is Unit.MONEY) is not (below is Unit.MONEY):
        section.refuse("une part compare deux quantités de même nature.")
    return d.Share(part, whole), Unit.SHARE


def read_terms(section: Section, vocabulary: Vocabulary) -> tuple[Read, Read]:
    """Read both sides of a share."""
    part, whole = section.section("part"), section.section("sur")
    return (
        NOTHING if part is None else read_quantity(part, vocabulary),
        NOTHING if whole is None else read_quantity(whole, vocabulary),
    )


def _read_total(section: Section, vocabulary: Vocabulary) -> Read:
    terms = [read_quantity(item, vocabulary) for item in section.sections("total")]
    units = {unit for _, unit in terms}
    if len(units) != 1:
        section.refuse("un total additionne des quantités d'une même unité.", "total")
        return NOTHING
    return d.Total(tuple(quantity for quantity, _ in terms)), units.pop()


def _read_indicator(section: Section, vocabulary: Vocabulary) -> Read:
    found = vocabulary.cited(section, "indicateur", vocabulary.indicators, "un indicateur")
    return NOTHING if found is None else (d.Named(found.key, found.quantity), found.unit)


def _read_envelope(section: Section, vocabulary: Vocabulary) -> Read:
    if not section.boolean("enveloppe"):
        section.refuse("la valeur doit être true.", "enveloppe")
    return d.Envelope(), Unit.MONEY


def _read_list_rows(section: Section, vocabulary: Vocabulary) -> Read:
    found = vocabulary.cited(section, "lignes_de_liste", vocabulary.lists, "une liste")
    return NOTHING if found is None else (d.Constant(len(found.rows)), Unit.COUNT)


_OPERATIONS: dict[str, Callable[[Section, Vocabulary], Read]] = {
    "compte": _read_count,
    "somme": _read_sum,
    "distincts": _read_distinct,
    "personnes": _read_persons,
    "valeur": _read_answer,
    "choisis": _read_chosen,
    "part": _read_share,
    "total": _read_total,
    "indicateur": _read_indicator,
    "enveloppe": _read_envelope,
    "lignes_de_liste": _read_list_rows,
}
