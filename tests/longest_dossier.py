"""Prints the longest dossier that a call's form admits, in a process of its own; says what it cost."""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from typing import Any

from ptce_aap.definitions import load_call
from ptce_aap.documents.dossier import PrintedDossier, render_dossier
from ptce_aap.domain.exchange import read_document
from ptce_aap.domain.question import Question, QuestionKind

CALL = "ptce-2015"
_WORDS = "Une phrase d’un dossier <b>sans</b> balise & ni image, comme on en lit. "
_VALUES: dict[QuestionKind, Any] = {
    QuestionKind.SIREN: "000000018",
    QuestionKind.SIRET: "00000001800002",
    QuestionKind.RNA: "W751234567",
    QuestionKind.COMMUNE: "59350",
    QuestionKind.POSTCODE: "59000",
    QuestionKind.EMAIL: "contact@example.org",
    QuestionKind.PHONE: "0102030405",
    QuestionKind.INTEGER: 3,
    QuestionKind.NUMBER: "12.5",
    QuestionKind.MONEY: "1234567.89",
    QuestionKind.DATE: "2015-06-12",
    QuestionKind.YES_NO: True,
}


def filled(question: Question) -> Any:
    """Return the longest answer that a question admits."""
    match question.kind:
        case QuestionKind.TEXT | QuestionKind.LONG_TEXT:
            longest = question.max_length or 300
            return (_WORDS * (longest // len(_WORDS) + 1))[: longest - 1] + "."
        case QuestionKind.CHOICE:
            return max(question.options, key=lambda option: len(option.label)).value
        case QuestionKind.CHOICES:
            return [option.value for option in question.options]
        case QuestionKind.GROUP:
            return {field.key: filled(field) for field in question.fields}
        case QuestionKind.TABLE:
            return [{field.key: filled(field) for field in question.fields}] * question.max_rows
        case QuestionKind.ATTACHMENT:
            return ["piece.pdf"]
        case kind:
            return _VALUES[kind]


def main() -> None:
    """Print what was spent, in seconds of processor and in kibibytes, and how many bytes the document has."""
    questionnaire = load_call(CALL).questionnaire
    answers: dict[str, Any] = {}
    for question in questionnaire.questions:
        stage, _, key = question.path.partition(".")
        answers.setdefault(stage, {})[key] = filled(question)
    read = read_document(json.dumps({"submitted_at": None, "answers": answers}), questionnaire).answers
    at = datetime(2015, 6, 12, 8, 2, 9, tzinfo=UTC)
    printed = PrintedDossier("Appel", "Service", "Pôle", "Porteur", questionnaire, read, at)
    began = time.process_time()
    size = len(render_dossier(printed))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    json.dump({"seconds": time.process_time() - began, "peak_kib": peak, "bytes": size}, sys.stdout)


if __name__ == "__main__":
    main()
