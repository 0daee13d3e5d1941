"""The JSON Schema (2020-12) of a dossier's canonical form, derived from its questionnaire."""

from __future__ import annotations

from typing import Any

from ptce_aap.domain.questionnaire import Question, Questionnaire, Stage
from ptce_aap.domain.values import MAX_INTEGER, QuestionKind

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

# What each kind looks like once canonical: one way to write each value. Check digits are beyond a schema.
_PATTERNS = {
    QuestionKind.MONEY: r"^(0|[1-9][0-9]{0,11})\.[0-9]{2}$",
    QuestionKind.NUMBER: r"^(0|[1-9][0-9]{0,11})(\.[0-9]{0,3}[1-9])?$",
    QuestionKind.SIREN: r"^[0-9]{9}$",
    QuestionKind.SIRET: r"^[0-9]{14}$",
    QuestionKind.RNA: r"^W[0-9][0-9A-Z][0-9]{7}$",
    QuestionKind.COMMUNE: r"^([0-9]{2}|2[AB])[0-9]{3}$",
    QuestionKind.POSTCODE: r"^[0-9]{5}$",
    QuestionKind.EMAIL: r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    QuestionKind.PHONE: r"^[0-9\s.+]{6,20}$",
}


def dossier_schema(questionnaire: Questionnaire, call: str) -> Schema:
    """Return the schema of ``{"submitted_at": …, "answers": {stage: {key: value}}}``; a draft is valid too."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:ptce-aap:{call}:{questionnaire.key}:v{questionnaire.version}",
        "title": questionnaire.title,
        "description": (
            "Forme canonique d'un dossier\u00a0: une question sans réponse est absente. "
            "Les chiffres de contrôle (SIREN, SIRET), la recevabilité et l'équilibre du budget sont vérifiés par "
            f"«\u00a0ptce-aap evaluate --call {call}\u00a0»."
        ),
        "type": "object",
        "properties": {
            "submitted_at": {"type": ["string", "null"], "format": "date-time"},
            "answers": _object({stage.key: _stage(stage) for stage in questionnaire.stages}),
        },
        "required": ["answers", "submitted_at"],
        "additionalProperties": False,
    }


def _stage(stage: Stage) -> Schema:
    return {"title": stage.title, **_object({question.key: _question(question) for question in stage.questions})}


def _question(question: Question) -> Schema:
    schema = {"title": question.label, **_value(question)}
    if question.help:
        schema["description"] = question.help
    return schema


def _value(question: Question) -> Schema:
    match question.kind:
        case QuestionKind.GROUP:
            return {**_fields(question), "minProperties": 1}
        case QuestionKind.TABLE:
            # An empty row holds its place and does not count: limits bear on the others.
            filled = {"contains": {"minProperties": 1}, "minContains": 1, "maxContains": question.max_rows}
            return {"type": "array", "items": _fields(question), **filled}
        case QuestionKind.CHOICE:
            return _choice(question)
        case QuestionKind.CHOICES:
            return {"type": "array", "items": _choice(question), "minItems": 1, "uniqueItems": True}
        case QuestionKind.ATTACHMENT:
            return {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
        case QuestionKind.YES_NO:
            return {"type": "boolean"}
        case QuestionKind.INTEGER:
            return {"type": "integer", "minimum": 0, "maximum": MAX_INTEGER}
        case QuestionKind.DATE:
            return {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
        case _:
            return _text(question)


def _text(question: Question) -> Schema:
    schema: Schema = {"type": "string", "minLength": 1}
    if question.max_length is not None:
        schema["maxLength"] = question.max_length
    if question.kind in _PATTERNS:
        schema["pattern"] = _PATTERNS[question.kind]
    return schema


def _choice(question: Question) -> Schema:
    return {"oneOf": [{"const": option.value, "title": option.label} for option in question.options]}


def _fields(question: Question) -> Schema:
    return _object({sub.key: _question(sub) for sub in question.fields})


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}
