"""The files that commands are given and write: what is refused names the file, and the key where it is JSON."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ptce_aap.cli.errors import BadInput
from ptce_aap.domain.exchange import Document, read_document
from ptce_aap.domain.questionnaire import Questionnaire
from ptce_aap.domain.refusals import BadAnswers

Read = TypeVar("Read")


def read_dossier(file: Path, questionnaire: Questionnaire) -> Document:
    """Return the dossier of a file. Errors: ``BadInput``, one line for each thing that is wrong."""
    return read_json(file, lambda data: read_document(data, questionnaire))


def read_json(file: Path, read: Callable[[bytes], Read]) -> Read:
    """Return what ``read`` makes of a JSON file's bytes. Errors: ``BadInput``, one line for each thing that is wrong.

    ``read`` raises ``BadAnswers`` for what it refuses, ``ValueError`` for what is no JSON.
    """
    try:
        return read(file.read_bytes())
    except FileNotFoundError:
        raise BadInput(on_one_line(f"{file} : ce fichier n'existe pas.")) from None
    except BadAnswers as error:
        raise BadInput("\n".join(on_one_line(f"{file} : {refusal}") for refusal in error.refusals)) from None
    except (OSError, ValueError):
        raise BadInput(on_one_line(f"{file} : ce fichier ne peut pas être lu (un fichier JSON est attendu).")) from None


def write_output(data: bytes, output: str) -> None:
    """Write a document to a file, or to standard output where ``output`` is « - ». Errors: ``BadInput``."""
    if output == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        Path(output).write_bytes(data)
    except OSError as error:
        raise BadInput(f"« {output} » ne peut pas être écrit ({error.strerror}) ; choisir un autre fichier.") from None


def on_one_line(sentence: str) -> str:
    """Return a sentence whose quoted keys and values can neither break the line nor command the terminal."""
    return "".join(_escaped(character) for character in sentence)


def _escaped(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return f"\\u{ord(character):04x}"
    return character
