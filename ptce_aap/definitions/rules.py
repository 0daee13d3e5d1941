"""Rule files of ``scoring/``: what they declare under a name, eligibility rules, indicators, demands, checks."""

from __future__ import annotations

from fractions import Fraction

from ptce_aap.definitions.conditions import CENTS, NEVER, only_key, read_named_condition, read_row_condition
from ptce_aap.definitions.examples import RESULTS, STATES, read_examples
from ptce_aap.definitions.quantities import NOTHING, read_quantity, read_terms
from ptce_aap.definitions.reader import Section
from ptce_aap.definitions.statements import read_role, read_sentence, read_shown, read_statement
from ptce_aap.definitions.vocabulary import Vocabulary
from ptce_aap.domain.budget import Control, EachRow, Repeated, Severity, WhenTrue
from ptce_aap.domain.declarations import Number, Share
from ptce_aap.domain.eligibility import Case, Result, Rule
from ptce_aap.domain.facts import Implicit
from ptce_aap.domain.indicators import Indicator
from ptce_aap.domain.persons import PersonGroup
from ptce_aap.domain.requirements import Requirement
from ptce_aap.domain.wording import Shown, Unit

LEVELS = 5
_NAMED = ("implicite", "personnes", "liste", "condition", "role", "modele")


def read_named(tops: list[Section], vocabulary: Vocabulary) -> None:
    """Read what every rule file of the call declares under a name, whichever file declares it."""
    for top in tops:
        for key in ("cle", "titre"):
            top.text(key)
        top.integer("version", least=1)
        top.text("introduction", "")
    sections = {kind: [item for top in tops for item in top.sections(kind, [])] for kind in _NAMED}
    for item in sections["implicite"]:
        _read_implicit(item, vocabulary)
    for item in sections["personnes"]:
        _read_group(item, vocabulary)
    for item in sections["liste"]:
        item.text("titre", "")
        if (found := vocabulary.reference_list(item)) is not None:
            vocabulary.lists[found.key] = found
        item.close()
    for item in sections["condition"]:
        read_named_condition(item, vocabulary)
    for item in sections["role"]:
        read_role(item, vocabulary)
    for item in sections["modele"]:
        answers = item.section("reponses")
        vocabulary.models[item.text("cle")] = {} if answers is None else answers.data
        item.close()


def _read_implicit(section: Section, vocabulary: Vocabulary) -> None:
    table = vocabulary.table(section, "tableau")
    inner = section.section("si")
    if table is None or inner is None:
        return
    column = table.sub(section.text("colonne"))
    value, otherwise = section.text("valeur"), section.text("sinon")
    if column is None:
        section.refuse(f"ce n'est pas une colonne de « {table.path} ».", "colonne")
        return
    for written in (value, otherwise):
        if column.options and written not in [option.value for option in column.options]:
            section.refuse(f"« {written} » n'est pas une réponse proposée par « {column.path} ».", "valeur")
    condition = read_row_condition(inner, table, vocabulary)
    vocabulary.implicits.append(Implicit(table.path, column.key, condition, value, otherwise))
    section.close()


def _read_group(section: Section, vocabulary: Vocabulary) -> None:
    table = vocabulary.table(section, "tableau")
    key, number, name = section.text("cle"), section.text("numero"), section.text("nom")
    if table is not None:
        for column, written in (("numero", number), ("nom", name)):
            if table.sub(written) is None:
                section.refuse(f"« {written} » n'est pas une colonne de « {table.path} ».", column)
        vocabulary.groups[key] = PersonGroup(key, table.path, number, name)
    section.close()


def read_eligibility(top: Section, vocabulary: Vocabulary) -> tuple[Rule, ...]:
    """Read the eligibility rules."""
    return tuple(_read_rule(section, vocabulary) for section in top.sections("regle", []))


def _read_rule(section: Section, vocabulary: Vocabulary) -> Rule:
    key, label, plain = section.text("cle"), section.text("libelle"), section.text("en_clair")
    shown = read_shown(section, vocabulary)
    cases = tuple(_read_case(item, shown, vocabulary) for item in section.sections("cas"))
    if not cases or cases[-1].condition is not None:
        section.refuse("le dernier cas n'a pas de condition : il répond quand aucun autre ne répond.", "cas")
    if any(case.condition is None for case in cases[:-1]):
        section.refuse("seul le dernier cas peut ne pas avoir de condition.", "cas")
    reads = [case.condition.reads() for case in cases if case.condition] + [case.sentence.reads() for case in cases]
    fields = vocabulary.fields(frozenset().union(*reads))
    rule = Rule(key, label, plain, section.text("reference", ""), cases, fields)
    read_examples(section, rule, vocabulary)
    section.close()
    return rule


def _read_case(section: Section, shown: dict[str, Shown], vocabulary: Vocabulary) -> Case:
    word = section.text("resultat")
    if word not in RESULTS:
        section.refuse(f"choisir parmi : {', '.join(RESULTS)}.", "resultat")
    inner = section.section("si", None) if section.has("si") else None
    condition = None if inner is None else read_statement(inner, vocabulary)
    sentence = read_sentence(section, "phrase", shown)
    section.close()
    return Case(RESULTS.get(word, Result.TO_VERIFY), condition, sentence)


def read_indicators(top: Section, vocabulary: Vocabulary) -> tuple[Indicator, ...]:
    """Read the indicators; each may cite those above it."""
    for section in top.sections("indicateur", []):
        indicator = _read_indicator(section, vocabulary)
        if indicator.key in vocabulary.indicators:
            section.refuse(f"l'indicateur « {indicator.key} » est déclaré deux fois.", "cle")
        vocabulary.indicators[indicator.key] = indicator
    return tuple(vocabulary.indicators.values())


def _read_indicator(section: Section, vocabulary: Vocabulary) -> Indicator:
    key, axis, label = section.text("cle"), section.text("axe"), section.text("libelle")
    inner = section.section("calcul")
    quantity, unit = NOTHING if inner is None else read_quantity(inner, vocabulary)
    indicator = Indicator(
        key=key,
        axis=axis,
        label=label,
        plain=section.text("en_clair"),
        unit_label=section.text("unite"),
        quantity=quantity,
        unit=unit,
        thresholds=_read_thresholds(section, unit),
        fields=vocabulary.fields(quantity.reads()),
        term_units=_term_units(inner, vocabulary) if isinstance(quantity, Share) else None,
    )
    section.text("reference", "")
    read_examples(section, indicator, vocabulary)
    section.close()
    return indicator


def _read_thresholds(section: Section, unit: Unit) -> tuple[Number, ...]:
    thresholds = section.numbers("paliers", [])
    if thresholds and len(thresholds) != LEVELS:
        section.refuse(f"{LEVELS} paliers sont attendus, un par niveau de 1 à {LEVELS}.", "paliers")
    if list(thresholds) != sorted(thresholds):
        section.refuse("les paliers vont en croissant.", "paliers")
    return tuple(Fraction(value) * (CENTS if unit is Unit.MONEY else 1) for value in thresholds)


def _term_units(inner: Section | None, vocabulary: Vocabulary) -> tuple[Unit, Unit] | None:
    """Return the units of both sides of a share, read again from what is already known to be right or refused."""
    if inner is None:
        return None
    quiet = Section(inner.data, inner.file, inner.key, [])
    (_, part), (_, whole) = read_terms(quiet, vocabulary)
    return part, whole


def read_requirements(top: Section, vocabulary: Vocabulary) -> tuple[Requirement, ...]:
    """Read the demands."""
    return tuple(_read_requirement(section, vocabulary) for section in top.sections("exigence", []))


def _read_requirement(section: Section, vocabulary: Vocabulary) -> Requirement:
    shown = read_shown(section, vocabulary)
    inner, phrases = section.section("non_respectee_si"), section.section("phrases")
    silence = vocabulary.table(section, "silence_au_depot") if section.has("silence_au_depot") else None
    breach = NEVER if inner is None else read_statement(inner, vocabulary)
    sentences = {STATES[word]: read_sentence(phrases, word, shown) for word in STATES} if phrases else {}
    reads = breach.reads().union(*(sentence.reads() for sentence in sentences.values()))
    if phrases is not None:
        phrases.close()
    requirement = Requirement(
        key=section.text("cle"),
        axis=section.text("axe"),
        label=section.text("libelle"),
        plain=section.text("en_clair"),
        reference=section.text("reference", ""),
        breach=breach,
        silence=silence.path if silence else None,
        ceiling=section.integer("plafond") if section.has("plafond") else None,
        alert=section.boolean("alerte"),
        reason_asked=section.boolean("motif"),
        sentences=sentences,
        fields=vocabulary.fields(reads),
    )
    if requirement.ceiling is not None and requirement.ceiling > LEVELS:
        section.refuse(f"un plafond est un niveau de 0 à {LEVELS}.", "plafond")
    read_examples(section, requirement, vocabulary)
    section.close()
    return requirement


def read_controls(top: Section, vocabulary: Vocabulary) -> tuple[Control, ...]:
    """Read the checks of coherence."""
    return tuple(_read_control(section, vocabulary) for section in top.sections("controle", []))


def _read_control(section: Section, vocabulary: Vocabulary) -> Control:
    key, severity = section.text("cle"), section.word("gravite", Severity) or Severity.ERROR
    trigger: WhenTrue | EachRow | Repeated = WhenTrue(NEVER, "")
    match only_key(section, ("si", "chaque_ligne", "repete"), "contrôle"):
        case "si":
            inner = section.section("si")
            trigger = WhenTrue(NEVER if inner is None else read_statement(inner, vocabulary), section.text("place"))
        case "chaque_ligne":
            trigger = _read_each_row(section, vocabulary)
        case "repete":
            trigger = _read_repeated(section, vocabulary)
    sentence = read_sentence(section, "phrase", read_shown(section, vocabulary))
    control = Control(key, severity, trigger, sentence)
    read_examples(section, control, vocabulary)
    section.close()
    return control


def _read_each_row(section: Section, vocabulary: Vocabulary) -> EachRow | WhenTrue:
    inner = section.section("chaque_ligne")
    table, columns = vocabulary.columns(inner, "colonne") if inner else (None, ())
    where = inner.section("ou") if inner else None
    if inner is None or table is None or where is None or len(columns) != 1:
        return WhenTrue(NEVER, "")
    condition = read_row_condition(where, table, vocabulary)
    inner.close()
    return EachRow(table.path, condition, columns[0].key)


def _read_repeated(section: Section, vocabulary: Vocabulary) -> Repeated | WhenTrue:
    inner, place = section.section("repete"), section.text("place")
    table, columns = vocabulary.columns(inner, "colonne") if inner else (None, ())
    where = inner.section("ou") if inner else None
    if inner is None or table is None or where is None or len(columns) != 1:
        return WhenTrue(NEVER, "")
    condition = read_row_condition(where, table, vocabulary)
    inner.close()
    return Repeated(table.path, columns[0].key, condition, place)
