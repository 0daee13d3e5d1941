"""The forms of the correspondent's work: the eligibility sheet, the opinion, the regional ranks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import RadioField, StringField, TextAreaField
from wtforms.form import BaseForm

from ptce_aap.domain.eligibility import Result
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.questionnaire import Question, Questionnaire, filled_rows
from ptce_aap.services.instruction.evidence import RuleReading
from ptce_aap.services.instruction.instruction import Instruction
from ptce_aap.services.instruction.proposals import REASON_LENGTH, Proposal
from ptce_aap.services.instruction.regional_ranks import RankPage
from ptce_aap.web.forms import typed_text
from ptce_aap.web.messages import sentence
from ptce_aap.web.questionnaires import QuestionsForm

_RESULTS = (("met", "Remplie"), ("not_met", "Non remplie"), ("to_verify", "À vérifier"))
_BLANK_ROWS = 2


class ProposalsForm:
    """The eligibility sheet: for each rule an answer, and a reason where it is not the computed one."""

    def __init__(self, rules: Iterable[RuleReading], instruction: Instruction) -> None:
        self.rules = tuple(rules)
        unbound: dict[str, Any] = {}
        for item in self.rules:
            key, label = item.rule.key, item.rule.label
            unbound[f"proposition-{key}"] = RadioField(label, choices=_RESULTS, validate_choice=False)
            unbound[f"motif-{key}"] = TextAreaField(f"Motif – {label}", render_kw={"rows": 3})
        self.form = BaseForm(unbound)
        stored = instruction.proposals
        values = {f"proposition-{key}": proposal.proposed.value for key, proposal in stored.items()}
        values |= {f"motif-{key}": proposal.reason for key, proposal in stored.items()}
        self.form.process(data=values)

    def answer(self, rule: str) -> Any:
        """Return the field of the answer to a rule."""
        return self.form[f"proposition-{rule}"]

    def reason(self, rule: str) -> Any:
        """Return the field of the reason."""
        return self.form[f"motif-{rule}"]

    @property
    def to_look_at(self) -> tuple[RuleReading, ...]:
        """Return the rules that are not computed as met, are answered otherwise than computed, or have a message."""
        return tuple(item for item in self.rules if not self._clear(item))

    @property
    def clear(self) -> tuple[RuleReading, ...]:
        """Return the other rules: computed as met, and nobody says otherwise."""
        return tuple(item for item in self.rules if self._clear(item))

    def _clear(self, item: RuleReading) -> bool:
        answer, reason = self.answer(item.rule.key), self.reason(item.rule.key)
        refused = answer.errors or reason.errors
        return item.verdict.result is Result.MET and (answer.data or Result.MET) == Result.MET and not refused

    def receive(self, sent: MultiDict[str, str], *, as_computed: bool) -> None:
        """Take what a browser sent; ``as_computed`` answers as computed wherever nothing was chosen."""
        self.form.process(sent)
        for item in self.rules:
            field = self.answer(item.rule.key)
            if as_computed and not field.data:
                field.data = item.verdict.result.value

    def proposals(self) -> dict[str, Proposal]:
        """Return what was answered, by rule; a rule without an answer is left for later."""
        found = {}
        for item in self.rules:
            chosen = self.answer(item.rule.key).data
            if chosen in {value for value, _ in _RESULTS}:
                reason = typed_text(self.reason(item.rule.key).data)
                found[item.rule.key] = Proposal(Result(chosen), reason)
        return found

    def refuse(self, refusal: RuleViolation) -> None:
        """Show a refusal beside the fields it is about, or on top."""
        lacking = refusal.facts.get("rules")
        if not isinstance(lacking, list):
            long = [key for key, given in self.proposals().items() if len(given.reason) > REASON_LENGTH]
            lacking = long if refusal.code == "reason_too_long" else []
        for key in lacking:
            self.reason(key).errors = [sentence(refusal)]
        if not lacking:
            self.form.form_errors.append(sentence(refusal))


class OpinionForm:
    """The opinion: the fields of each stage, and the rows of its tables with a few blank ones."""

    def __init__(self, questionnaire: Questionnaire, rows: Mapping[str, int]) -> None:
        self._questionnaire = questionnaire
        self.stages = tuple(
            (stage, QuestionsForm(stage.questions, prefix=f"{stage.key}-")) for stage in questionnaire.stages
        )
        self.tables: dict[str, tuple[QuestionsForm, ...]] = {
            question.path: tuple(
                QuestionsForm(question.fields, prefix=f"{_name(question)}-{index}-", compact=True)
                for index in range(min(rows.get(question.path, 0) + _BLANK_ROWS, question.max_rows))
            )
            for question in questionnaire.questions
            if question.is_table
        }

    @classmethod
    def showing(cls, questionnaire: Questionnaire, answers: Mapping[str, Any]) -> OpinionForm:
        """Return the form filled with stored answers."""
        rows = {path: len(filled_rows(value)) for path, value in answers.items() if isinstance(value, tuple)}
        made = cls(questionnaire, rows)
        for stage, fields in made.stages:
            fields.show({question.key: answers.get(question.path) for question in stage.questions})
        for path, forms in made.tables.items():
            for fields, row in zip(forms, filled_rows(answers.get(path)), strict=False):
                fields.show(row)
        return made

    @classmethod
    def receiving(cls, questionnaire: Questionnaire, sent: MultiDict[str, str]) -> OpinionForm:
        """Return the form filled with what a browser sent."""
        tables = [question for question in questionnaire.questions if question.is_table]
        rows = {table.path: _rows_sent(table, sent) - _BLANK_ROWS for table in tables}
        made = cls(questionnaire, rows)
        for fields in (*(fields for _, fields in made.stages), *(row for rows in made.tables.values() for row in rows)):
            fields.receive(sent)
        return made

    def read(self) -> dict[str, Any]:
        """Return the answers by path; messages stand beside the fields that could not be read."""
        found: dict[str, Any] = {}
        for stage, fields in self.stages:
            given = fields.read()
            found |= {q.path: given[q.key].value for q in stage.questions if q.key in given}
        for path, forms in self.tables.items():
            rows = [fields.read_as_row(f"{path}[{index}]").value for index, fields in enumerate(forms)]
            found[path] = tuple(row for row in rows if row) or None
        return {path: value for path, value in found.items() if value is not None}

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Return every message with the identifier of its field."""
        every = (*(fields for _, fields in self.stages), *(row for rows in self.tables.values() for row in rows))
        return [error for fields in every for error in fields.errors]


class RanksForm:
    """A number for each dossier of a region."""

    def __init__(self, page: RankPage) -> None:
        fields: dict[str, Any] = {
            _rank(line.reference): StringField(f"Rang de {line.title}") for line in page.page.items
        }
        self.form = BaseForm(fields)
        self.form.process(data={_rank(line.reference): str(line.rank or "") for line in page.page.items})
        self._references = tuple(line.reference for line in page.page.items)

    def field(self, reference: str) -> Any:
        """Return the field of a dossier."""
        return self.form[_rank(reference)]

    def receive(self, sent: MultiDict[str, str]) -> None:
        """Take what a browser sent."""
        self.form.process(sent)

    def ranks(self) -> dict[str, int | None]:
        """Return the numbers typed; what is no number has its message beside it."""
        found: dict[str, int | None] = {}
        for reference in self._references:
            field = self.field(reference)
            text = (field.data or "").strip()
            if text and not (text.isascii() and text.isdigit() and len(text) < 6):
                field.errors = ["Écrivez un nombre entier, par exemple 3."]
            found[reference] = int(text) if text and not field.errors else None
        return found

    def refuse(self, refusal: RuleViolation, ranks: Mapping[str, int | None]) -> None:
        """Show a refusal beside the numbers it is about, or on top."""
        twice = refusal.facts.get("rank")
        about = [reference for reference, rank in ranks.items() if rank is not None and rank == twice]
        for reference in about:
            self.field(reference).errors = [sentence(refusal)]
        if not about:
            self.form.form_errors.append(sentence(refusal))


def _rank(reference: str) -> str:
    return f"rang-{reference}"


def _name(question: Question) -> str:
    return question.path.replace(".", "-")


def _rows_sent(table: Question, sent: MultiDict[str, str]) -> int:
    """Count the rows that the browser's form had, by the last index among its names."""
    prefix = f"{_name(table)}-"
    indexes = [key.removeprefix(prefix).partition("-")[0] for key in sent if key.startswith(prefix)]
    found = [int(index) for index in indexes if index.isascii() and index.isdigit() and len(index) < 4]
    return min(max(found, default=-1) + 1, table.max_rows)
