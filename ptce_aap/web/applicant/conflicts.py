"""An answer that two people changed: both texts side by side, and what the person chose to keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from ptce_aap.services.applicants import drafts
from ptce_aap.services.applicants.applicant import DossierPage
from ptce_aap.services.applicants.stored import Given, Hand
from ptce_aap.web.answer_fields import AnswerField, ManyOptionsField, OptionsField, StatementField
from ptce_aap.web.context import actor, db
from ptce_aap.web.questionnaires import QuestionsForm

MINE, THEIRS = "mienne", "autre"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field whose two texts differ."""

    label: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class TwoTexts:
    """A question, or a row, in conflict: ``key`` names its inputs.

    ``seen`` is the mark of what the form had shown at first, ``mark`` that of the stored answer.
    """

    key: str
    seen: str
    mark: str
    differences: tuple[Difference, ...]
    hand: Hand | None  # who wrote the stored answer; None where nobody did any more


def choice_name(key: str) -> str:
    """Return the name of the choice between the two texts of a question."""
    return f"_choix-{key}"


def other_name(key: str) -> str:
    """Return the name of the hidden field that tells which stored answer the choice was made against."""
    return f"_autre-{key}"


def chosen(key: str, given: Given, sent: MultiDict[str, str]) -> Given | None:
    """Return what is to be saved of a question once the person has chosen, None where the stored answer stays.

    Nothing chosen yet, the conflict stands: what was sent goes on saying what its form had shown at first.
    """
    choice = sent.get(choice_name(key))
    if choice == MINE:
        return replace(given, shown=sent.get(other_name(key), given.shown))
    return None if choice == THEIRS else given


def without_refused(form: QuestionsForm, given: Mapping[str, Given], sent: MultiDict[str, str]) -> dict[str, Given]:
    """Return what is to be saved of a stage, by question path, with the choices made between two texts."""
    keys = {entry.question.path: entry.question.key for entry in form.entries}
    found = ((path, chosen(keys[path], one, sent)) for path, one in given.items())
    return {path: one for path, one in found if one is not None}


def of_stage(
    page: DossierPage, stored: QuestionsForm, sent: QuestionsForm, given: Mapping[str, Given], paths: Iterable[str]
) -> dict[str, TwoTexts]:
    """Return the conflicts of a stage by question path: what this person sent, and what is stored."""
    wanted = tuple(paths)
    if not wanted:
        return {}
    with db().reading() as session:
        hands = drafts.last_hands(session, actor(), page.dossier.reference, wanted)
    found = {}
    for path in wanted:
        key = path.partition(".")[2]
        differences = between(sent[key].fields, stored[key].fields)
        found[path] = TwoTexts(key, given[path].shown, page.stored_at(path).mark, differences, hands.get(path))
    return found


def between(mine: Iterable[AnswerField], theirs: Iterable[AnswerField]) -> tuple[Difference, ...]:
    """Return the fields whose contents differ, in words."""
    pairs = ((one.question, in_words(one), in_words(other)) for one, other in zip(mine, theirs, strict=True))
    return tuple(Difference(question.label, one, other) for question, one, other in pairs if one != other)


def in_words(field: AnswerField) -> str:
    """Return what a field holds as its reader says it: the words of an option, a text as typed."""
    match field:
        case StatementField():
            return "Coché" if field.data == "oui" else ""
        case ManyOptionsField():
            return ", ".join(words for _, words, held in field.iter_choices() if held)
        case OptionsField():
            return next((words for _, words, held in field.iter_choices() if held and field.data), field.typed)
        case _:
            return field.typed.strip().replace("\r\n", "\n")


def held(fields: Iterable[AnswerField]) -> dict[str, list[str]]:
    """Return what fields hold by their names, for the page's own script."""
    return {one.name: list(one.data or ()) if isinstance(one, ManyOptionsField) else [one.typed] for one in fields}
