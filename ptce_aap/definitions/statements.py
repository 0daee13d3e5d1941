"""Conditions on a whole dossier, and the sentences that tell of them, read from TOML."""

from __future__ import annotations

from fractions import Fraction

from ptce_aap.definitions.conditions import (
    CENTS,
    GROUPINGS,
    NEVER,
    only_key,
    read_grouping,
    read_row_condition,
    read_test,
)
from ptce_aap.definitions.quantities import read_persons, read_quantity
from ptce_aap.definitions.reader import Section
from ptce_aap.definitions.vocabulary import Vocabulary
from ptce_aap.domain.conditions import Condition, Operator
from ptce_aap.domain.declarations import Constant, Quantity
from ptce_aap.domain.persons import fold
from ptce_aap.domain.statements import Compared, Complete, Coupled, Filed, Filing, Listed, PartRole, Strength
from ptce_aap.domain.wording import FOUND, Sentence, Shown, ShownAnswer, ShownNames, ShownNumber, Unit

_COMPARISONS = tuple(
    operator for operator in Operator if operator not in {Operator.AMONG, Operator.FILLED, Operator.EMPTY}
)
_WORDS = (*GROUPINGS, "question", "nombre", "couplage", "liste", "depot", "complet")


def read_statement(section: Section, vocabulary: Vocabulary) -> Condition:
    """Read a condition on a whole dossier."""
    condition: Condition = NEVER
    match only_key(section, _WORDS, "condition sur le dossier"):
        case "question":
            question = vocabulary.question(section, "question")
            if question is None:
                return NEVER
            if vocabulary.column_of(question.path) is not None:
                section.refuse("une colonne n'a pas une seule réponse : la compter.", "question")
            condition = read_test(section, question.path, question)
        case "nombre":
            condition = _read_comparison(section, vocabulary)
        case "couplage":
            condition = _read_coupling(section, vocabulary)
        case "liste":
            condition = _read_listed(section, vocabulary)
        case "depot":
            filing = section.word("depot", Filing)
            condition = Filed(filing) if filing else NEVER
        case "complet":
            condition = Complete(vocabulary.questionnaire, section.boolean("complet"))
        case str() as key:
            condition = read_grouping(section, key, lambda item: read_statement(item, vocabulary))
    section.close()
    return condition


def _read_comparison(section: Section, vocabulary: Vocabulary) -> Condition:
    inner = section.section("nombre")
    word = only_key(section, _COMPARISONS, "comparaison de nombres")
    if inner is None or word is None:
        return NEVER
    left, unit = read_quantity(inner, vocabulary)
    right: Quantity
    if isinstance(section.raw(word), dict):
        bound = section.section(word)
        assert bound is not None
        right, other = read_quantity(bound, vocabulary)
        if (unit is Unit.MONEY) is not (other is Unit.MONEY):
            section.refuse("les deux nombres comparés doivent être de même nature.", word)
    else:
        right = Constant(Fraction(section.number(word)) * (CENTS if unit is Unit.MONEY else 1))
    return Compared(left, Operator(word), right)


def _read_coupling(section: Section, vocabulary: Vocabulary) -> Condition:
    names, strength = section.texts("couplage"), section.word("force", Strength)
    for name in names:
        if name not in vocabulary.roles:
            section.refuse(f"« {name} » n'est pas un rôle déclaré plus haut.", "couplage")
    roles = tuple(vocabulary.roles[name] for name in names if name in vocabulary.roles)
    if len({role.group.key for role in roles}) > 1:
        section.refuse("les rôles doivent être tenus par les mêmes personnes.", "couplage")
    return Coupled(roles, strength) if strength and roles else NEVER


def _read_listed(section: Section, vocabulary: Vocabulary) -> Condition:
    found = vocabulary.cited(section, "liste", vocabulary.lists, "une liste")
    columns = section.texts("colonnes")
    kind = only_key(section, ("noms", "numeros"), "réponses cherchées dans la liste")
    if found is None or kind is None:
        return NEVER
    paths = section.texts(kind)
    for path in paths:
        if vocabulary.questionnaire.question(path) is None:
            section.refuse(f"« {path} » n'est pas une question du dossier.", kind)
    for column in columns:
        if column not in found.columns:
            section.refuse(f"« {column} » n'est pas une colonne de cette liste.", "colonnes")
    folded = kind == "noms"
    entries = {entry for column in columns if column in found.columns for entry in found.entries(column)}
    told = {fold(entry) for entry in entries} if folded else {"".join(entry.split()) for entry in entries}
    return Listed(frozenset(told - {""}), paths, folded)


def read_role(section: Section, vocabulary: Vocabulary) -> None:
    """Read a role of a partnership, to be cited by its name."""
    key, label = section.text("cle"), section.text("libelle", "")
    group = vocabulary.cited(section, "personnes", vocabulary.groups, "un groupe de personnes")
    table = vocabulary.questionnaire.question(group.table) if group else None
    certain, possible = section.section("certain"), section.section("possible")
    if group is None or table is None or certain is None or possible is None:
        return
    vocabulary.roles[key] = PartRole(
        key,
        group,
        read_row_condition(certain, table, vocabulary),
        read_row_condition(possible, table, vocabulary),
        label or key,
    )
    section.close()


def read_shown(section: Section, vocabulary: Vocabulary) -> dict[str, Shown]:
    """Read the values that sentences may tell (``valeurs``)."""
    inner = section.section("valeurs", {})
    if inner is None:
        return {}
    shown: dict[str, Shown] = {}
    for name in inner.data:
        item = inner.section(name)
        if item is None:
            continue
        if item.has("reponse"):
            question = vocabulary.question(item, "reponse")
            if question is not None:
                shown[name] = ShownAnswer(question.path)
            item.close()
        elif item.has("noms"):
            persons = read_persons(item, vocabulary, "noms")
            if persons is not None:
                shown[name] = ShownNames(persons)
            item.close()
        else:
            shown[name] = ShownNumber(*read_quantity(item, vocabulary))
    return shown


def read_sentence(section: Section, key: str, shown: dict[str, Shown]) -> Sentence:
    """Read a sentence whose holes are declared values."""
    sentence = Sentence(section.text(key), shown)
    for hole in sorted(sentence.holes() - set(shown) - {FOUND}):
        section.refuse(f"la valeur « {hole} » n'est pas déclarée sous « valeurs ».", key)
    return sentence
