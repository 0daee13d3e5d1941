"""The public self-test of a call, ``autotest.vN.toml``: its questions, what they fill, its examples."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ptce_aap.definitions.examples import RESULTS
from ptce_aap.definitions.reader import Problem, Section, read_toml
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.questionnaire import Option, Question, QuestionKind, Questionnaire
from ptce_aap.domain.refusals import BadAnswers
from ptce_aap.domain.selftest import MOST_QUESTIONS, Effect, Remark, SelfTest, SelfTestQuestion, overlaid

_YES_NO = (("oui", "Oui", True), ("non", "Non", False))
_WORDS = {result: word for word, result in RESULTS.items()}


def read_self_test(
    text: str, file: str, problems: list[Problem], questionnaire: Questionnaire, rules: Collection[str]
) -> SelfTest:
    """Return the self-test of a call; what is wrong is added to ``problems``. ``rules``: keys of the call's rules."""
    top = read_toml(text, file, problems)
    top.text("cle")
    top.integer("version", least=1)
    questions = tuple(_read_question(section, questionnaire) for section in top.sections("question"))
    if not 0 < len(questions) <= MOST_QUESTIONS:
        top.refuse(f"un test compte de 1 à {MOST_QUESTIONS} questions ; celui-ci en a {len(questions)}.", "question")
    top.refuse_twice((item.question.key for item in questions), "question")
    test = SelfTest(
        title=top.text("titre"),
        introduction=top.text("introduction"),
        questions=questions,
        remarks=tuple(_read_remark(section, rules) for section in top.sections("precision", ())),
    )
    top.raw("exemple")  # run by ``run_examples``, once the call is whole
    top.close()
    return test


def _read_question(section: Section, questionnaire: Questionnaire) -> SelfTestQuestion:
    key, path = section.text("cle"), section.optional_text("remplit")
    asked = questionnaire.question(path) if path else None
    if path and (asked is None or not _is_askable(asked, questionnaire)):
        section.refuse(f"« {path} » n'est pas une question à choix ou par oui ou non du dossier.", "remplit")
        asked = None
    label = section.text("libelle", asked.label if asked else "")
    if not label:
        section.refuse("cette clé manque (un texte).", "libelle")
    if asked is not None:
        effects, options = _as_in_the_dossier(asked)
        many = asked.kind is QuestionKind.CHOICES
    else:
        effects, options = _read_choices(section, questionnaire)
        many = section.boolean("plusieurs")
    help_ = section.text("aide", asked.help if asked else "")
    section.close()
    kind = QuestionKind.CHOICES if many else QuestionKind.CHOICE
    question = Question(key=key, path=key, kind=kind, label=label, help=help_, required=True, options=options)
    return SelfTestQuestion(question, effects)


def _is_askable(question: Question, questionnaire: Questionnaire) -> bool:
    parent = questionnaire.question(question.path.rpartition(".")[0])
    if parent is not None and parent.is_table:
        return False
    return bool(question.options) or question.kind is QuestionKind.YES_NO


def _as_in_the_dossier(question: Question) -> tuple[dict[str, Effect], tuple[Option, ...]]:
    """Return the options of a dossier's own question; choosing one answers that question."""
    offered: list[tuple[str, str, Any]] = [(option.value, option.label, option.value) for option in question.options]
    if question.kind is QuestionKind.CHOICES:
        offered = [(value, label, [raw]) for value, label, raw in offered]
    if question.kind is QuestionKind.YES_NO:
        offered = list(_YES_NO)
    effects = {value: Effect(_at(question.path, raw), {}) for value, _, raw in offered}
    return effects, tuple(Option(value, label) for value, label, _ in offered)


def _at(path: str, raw: Any) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        raw = {key: raw}
    found: dict[str, Any] = raw
    return found


def _read_choices(section: Section, questionnaire: Questionnaire) -> tuple[dict[str, Effect], tuple[Option, ...]]:
    effects: dict[str, Effect] = {}
    options: list[Option] = []
    for item in section.sections("choix"):
        option = Option(item.text("valeur"), item.text("libelle"))
        fills, supposes = (item.section(key, {}) for key in ("reponses", "suppose"))
        effect = Effect(fills.data if fills else {}, supposes.data if supposes else {})
        for key, raw in (("reponses", effect.fills), ("suppose", overlaid(effect.fills, effect.supposes))):
            for refusal in questionnaire.read(raw)[1]:
                item.refuse(f"{refusal.place} : {refusal.sentence}", key)
        if option.value in effects:
            item.refuse(f"« {option.value} » est écrit deux fois.", "valeur")
        effects[option.value] = effect
        options.append(option)
        item.close()
    if len(options) < 2:
        section.refuse("une question a au moins deux choix.", "choix")
    return effects, tuple(options)


def _read_remark(section: Section, rules: Collection[str]) -> Remark:
    remark = Remark(section.text("regle"), section.text("phrase"), section.boolean("hors_test"))
    if remark.rule not in rules:
        section.refuse(f"la règle « {remark.rule} » n'existe pas.", "regle")
    section.close()
    return remark


def run_self_test_examples(text: str, file: str, definition: CallDefinition, problems: list[Problem]) -> None:
    """Run the examples of the self-test; tell those that do not give what they expect, and those that are missing."""
    test = definition.self_test
    assert test is not None
    top = read_toml(text, file, [])
    wholes = set()
    for number, item in enumerate(top.data.get("exemple", ()), start=1):
        section = Section(item, file, f"exemple[{number}]", problems)
        section.text("dit", "")
        given, expected = section.section("donne"), section.section("attendu")
        section.close()
        if given is not None and expected is not None:
            wholes |= _run(test, definition, given, expected.data)
    if wholes != {True, False}:
        told = "il manque des exemples : un au moins où rien n'est « non_remplie », un au moins où quelque chose l'est."
        problems.append(Problem(file, "exemple", told))


def _run(test: SelfTest, definition: CallDefinition, given: Section, expected: Mapping[str, Any]) -> set[bool]:
    chosen = {key: tuple(value) if isinstance(value, list) else (str(value),) for key, value in given.data.items()}
    if test.known(chosen) != chosen or test.missing(chosen):
        given.refuse("chaque question du test a une réponse, parmi celles qu'elle propose.")
        return set()
    try:
        answers = test.supposed(definition.questionnaire, chosen)
    except BadAnswers as error:
        given.refuse(f"ces réponses ne vont pas ensemble : {error}")
        return set()
    verdicts = test.judged(evaluate(definition, answers).verdicts)
    found = {verdict.rule: _WORDS[verdict.result] for verdict in verdicts}
    for rule, word in expected.items():
        if found.get(rule) != word:
            given.refuse(f"{rule} : l'exemple attend « {word} », la règle donne « {found.get(rule, 'rien')} ».")
    return {any(verdict.result is Result.NOT_MET for verdict in verdicts)}
