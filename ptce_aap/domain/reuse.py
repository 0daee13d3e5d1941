"""Answers of a former dossier read again in another form: what fits it, and what no longer does, with the old text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ptce_aap.domain.questionnaire import Answers, Question, QuestionKind, Questionnaire, Row, Stage, Value, filled_rows
from ptce_aap.domain.values import is_blank

GONE = "Cette question n’est plus posée."
TO_JOIN = "Les pièces ne sont pas reprises : joignez-les de nouveau, dans leur version d’aujourd’hui."
OTHER_KIND = "Cette question attend maintenant une autre sorte de réponse."
OPTION_GONE = "Cette réponse n’est plus proposée."
UNREAD = "Cette réponse n’avait pas pu être lue."


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of the former dossier that does not fit: where it stood, why, and what it said."""

    stage: str
    label: str
    why: str
    text: str

    def as_json(self) -> dict[str, str]:
        """Return the form in which it is stored."""
        return {"stage": self.stage, "label": self.label, "why": self.why, "text": self.text}


@dataclass(frozen=True, slots=True)
class Reused:
    """The answers that fit the new form, and what is left of the old ones."""

    answers: Answers
    leftovers: tuple[Leftover, ...]


def reuse(
    former: Questionnaire, form: Questionnaire, answers: Answers, unread: Mapping[str, Iterable[str]] | None = None
) -> Reused:
    """Read the answers of a former form in another one, question by question, by their paths.

    ``unread``: by path, what was typed and could not be read. Statements and consents are never taken over: they are
    made anew, and are not listed.
    """
    taken: dict[str, Value] = {}
    left: list[Leftover] = []
    for stage in former.stages:
        for question in stage.questions:
            value = answers.get(question.path)
            asked_anew = _is_stated(question, stage)
            left += (
                Leftover(stage.title, question.label, UNREAD, raw) for raw in (unread or {}).get(question.path, ())
            )
            if is_blank(value) or asked_anew:
                continue
            new = form.question(question.path)
            if new is not None and _is_stated(new, _stage_of(form, new)):
                continue
            kept, lost = _read_again(question, new, value)
            left += (Leftover(stage.title, label, why, text) for label, why, text in lost)
            if not is_blank(kept):
                taken[question.path] = kept
    return Reused({q.path: taken[q.path] for q in form.questions if q.path in taken}, tuple(left))


def _is_stated(question: Question, stage: Stage | None) -> bool:
    """Tell whether an answer is a statement, or a consent given beside one."""
    if question.must_be_true:
        return True
    beside = stage is not None and any(one.must_be_true for one in stage.questions)
    return question.kind is QuestionKind.YES_NO and beside


def _stage_of(form: Questionnaire, question: Question) -> Stage | None:
    return form.stage(question.path.partition(".")[0])


_Lost = tuple[str, str, str]  # what, why, the old text


def _read_again(old: Question, new: Question | None, value: Value) -> tuple[Value, list[_Lost]]:
    whole = worded(old, value)
    if old.kind is QuestionKind.ATTACHMENT:
        return None, [(old.label, TO_JOIN, whole)]
    if new is None:
        return None, [(old.label, GONE, whole)]
    compound = {QuestionKind.TABLE, QuestionKind.GROUP, QuestionKind.ATTACHMENT}
    if new.kind is not old.kind and {new.kind, old.kind} & compound:
        return None, [(old.label, OTHER_KIND, whole)]
    if old.kind is QuestionKind.TABLE:
        return _rows_again(old, new, filled_rows(value))
    if old.kind is QuestionKind.GROUP:
        return _fields_again(old, new, value, old.label)
    return _simple_again(old, new, value)


def _simple_again(old: Question, new: Question, value: Value) -> tuple[Value, list[_Lost]]:
    raw: Any = old.to_json(value)
    lost: list[_Lost] = []
    if new.kind is QuestionKind.CHOICES and old.kind is QuestionKind.CHOICES:
        offered = {option.value for option in new.options}
        gone = [old.option_label(one) for one in raw if one not in offered]
        raw = [one for one in raw if one in offered]
        lost = [(old.label, OPTION_GONE, ", ".join(gone))] if gone else []
    reading = new.read(raw)
    lost += [(old.label, refusal.sentence, worded(old, value)) for refusal in reading.refusals]
    return reading.value, lost


def _fields_again(old: Question, new: Question, row: Row, label: str) -> tuple[Row | None, list[_Lost]]:
    found: dict[str, Value] = {}
    lost: list[_Lost] = []
    for sub in old.fields:
        value, named = row.get(sub.key), f"{label}, {sub.label}"
        if is_blank(value):
            continue
        kept, gone = _read_again(sub, new.sub(sub.key), value)
        lost += ((named, why, text) for _, why, text in gone)
        if not is_blank(kept):
            found[sub.key] = kept
    return found or None, lost


def _rows_again(old: Question, new: Question, rows: list[Row]) -> tuple[Value, list[_Lost]]:
    found: list[Row] = []
    lost: list[_Lost] = []
    for number, row in enumerate(rows, 1):
        label = f"{old.label}, ligne {number}"
        if len(found) == new.max_rows:
            why = f"Ce tableau compte maintenant {new.max_rows} lignes au plus."
            lost.append((label, why, worded(old, (row,))))
            continue
        kept, gone = _fields_again(old, new, row, label)
        lost += gone
        if kept:
            found.append(kept)
    return tuple(found) or None, lost


def worded(question: Question, value: Value) -> str:
    """Return an answer as a text that can be read and copied."""
    if is_blank(value):
        return ""
    match question.kind:
        case QuestionKind.GROUP:
            return "\n".join(_told(question, value))
        case QuestionKind.TABLE:
            return "\n".join(" – ".join(_told(question, row)) for row in filled_rows(value))
        case QuestionKind.CHOICE:
            return question.option_label(value)
        case QuestionKind.CHOICES:
            return ", ".join(question.option_label(one) for one in value)
        case QuestionKind.ATTACHMENT:
            return ", ".join(value)
        case QuestionKind.YES_NO:
            return "Oui" if value else "Non"
        case QuestionKind.MONEY:
            return f"{value // 100},{value % 100:02d}\u00a0€"
        case QuestionKind.DATE:
            return f"{value:%d/%m/%Y}"
        case _:
            return str(question.to_json(value))


def _told(question: Question, row: Row) -> Iterator[str]:
    for sub in question.fields:
        if not is_blank(row.get(sub.key)):
            yield f"{sub.label}\u00a0: {worded(sub, row[sub.key])}"
