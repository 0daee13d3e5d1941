"""Which questions of a call a public register may fill, ``registre.vN.toml``."""

from __future__ import annotations

from ptce_aap.definitions.reader import Problem, Section, read_toml
from ptce_aap.domain.questionnaire import Question, QuestionKind, Questionnaire
from ptce_aap.domain.registers import Completion, Fact, FilledField, Match


def read_completions(
    text: str, file: str, problems: list[Problem], questionnaire: Questionnaire
) -> tuple[Completion, ...]:
    """Return the completions of a call; what is wrong is added to ``problems``."""
    top = read_toml(text, file, problems)
    top.text("cle")
    top.integer("version", least=1)
    lists = _read_lists(top)
    found = [_read_completion(section, questionnaire, lists) for section in top.sections("remplissage")]
    top.close()
    return tuple(completion for completion in found if completion is not None)


def _read_lists(top: Section) -> dict[str, tuple[Match, ...]]:
    section = top.section("listes", {})
    if section is None:
        return {}
    lists = {}
    for name in section.data:
        matches = []
        for item in section.sections(name):
            matches.append(Match(item.text("commence_par"), item.text("valeur")))
            item.close()
        lists[name] = tuple(matches)
    section.close()
    return lists


def _read_completion(
    section: Section, questionnaire: Questionnaire, lists: dict[str, tuple[Match, ...]]
) -> Completion | None:
    path = section.text("numero")
    number = questionnaire.question(path)
    holder = questionnaire.question(path.rpartition(".")[0])
    if number is None or holder is None or number.kind is not QuestionKind.SIREN:
        section.refuse(f"« {path} » n'est pas un numéro SIREN dans un groupe ou un tableau.", "numero")
        return None
    fields = [_read_field(item, holder, lists) for item in section.sections("champ")]
    section.close()
    return Completion(number, tuple(field for field in fields if field is not None))


def _read_field(section: Section, holder: Question, lists: dict[str, tuple[Match, ...]]) -> FilledField | None:
    key, fact, name = section.text("cle"), section.word("donnee", Fact), section.optional_text("correspondances")
    question = holder.sub(key)
    if question is None:
        section.refuse(f"« {key} » n'est pas un champ de « {holder.path} ».", "cle")
    if name is not None and name not in lists:
        section.refuse(f"la liste « {name} » n'est pas déclarée sous [listes].", "correspondances")
    matches = lists.get(name or "", ())
    if question is not None and bool(question.options) is not bool(matches):
        section.refuse("un choix, et lui seul, se remplit par une liste de correspondances.", "correspondances")
    for match in matches:
        if question is not None and question.read(match.option).refusals:
            section.refuse(f"« {match.option} » n'est pas une réponse proposée.", "correspondances")
    section.close()
    return None if question is None or fact is None else FilledField(question, fact, matches)
