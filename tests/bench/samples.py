"""Complete answers to any questionnaire, of the length that real ones have: fictional, plain, always the same."""

from __future__ import annotations

from typing import Any

from stdnum import luhn

from ptce_aap.domain.questionnaire import Question, QuestionKind, Questionnaire

ROWS = 6
_SENTENCE = (
    "Les membres du pôle mettent en commun un atelier, un véhicule et deux emplois ; les premiers résultats sont "
    "suivis chaque trimestre avec les collectivités du bassin de vie. "
)
_LONG, _SHORT = 700, 60


def answers(questionnaire: Questionnaire, variant: int) -> dict[str, Any]:
    """Return an answer to every question, as values; variants differ in options, amounts and texts."""
    found = {question.path: _sample(question, variant) for question in questionnaire.questions}
    return {path: value for path, value in found.items() if value is not None}


def siren(number: int) -> str:
    """Return a SIREN that belongs to nobody: it begins with 000."""
    body = f"000{number:05d}"
    return body + luhn.calc_check_digit(body)


def _sample(question: Question, variant: int) -> Any:
    return question.parse(_raw(question, variant))


def _raw(question: Question, variant: int) -> Any:
    match question.kind:
        case QuestionKind.GROUP:
            return {sub.key: _raw(sub, variant) for sub in question.fields}
        case QuestionKind.TABLE:
            rows = range(min(max(ROWS, question.min_rows), question.max_rows))
            return [{sub.key: _raw(sub, variant + row) for sub in question.fields} for row in rows]
        case QuestionKind.CHOICE:
            return question.options[variant % len(question.options)].value
        case QuestionKind.CHOICES:
            return [option.value for option in question.options[: 1 + variant % len(question.options)]]
        case QuestionKind.TEXT:
            return _text(question, variant, _SHORT)
        case QuestionKind.LONG_TEXT:
            return _text(question, variant, _LONG)
        case QuestionKind.SIRET:
            body = f"{siren(variant)}0001"
            return body + luhn.calc_check_digit(body)
        case QuestionKind.SIREN:
            return siren(variant)
        case _:
            return _SIMPLE[question.kind](variant)


def _text(question: Question, variant: int, length: int) -> str:
    text = f"Exemple fictif {variant}. " + _SENTENCE * (1 + length // len(_SENTENCE))
    return text[: min(length, question.max_length or length)]


_SIMPLE = {
    QuestionKind.INTEGER: lambda n: 3 + n,
    QuestionKind.NUMBER: lambda n: f"{100 + n}.5",
    QuestionKind.MONEY: lambda n: f"{2_600 + 100 * n}.00",
    QuestionKind.DATE: lambda n: f"2015-{1 + n % 12:02d}-15",
    QuestionKind.YES_NO: lambda n: True,
    QuestionKind.RNA: lambda n: f"W59{n:07d}",
    QuestionKind.EMAIL: lambda n: f"contact-{n}@example.org",
    QuestionKind.PHONE: lambda n: "03 00 00 00 00",
    QuestionKind.COMMUNE: lambda n: f"59{n % 600:03d}",
    QuestionKind.POSTCODE: lambda n: f"59{n % 600:03d}",
    QuestionKind.ATTACHMENT: lambda n: [f"piece-{n}.pdf"],
}
