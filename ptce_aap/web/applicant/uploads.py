"""Files that come with a stage: judged by what they hold, stored by their digest, then joined to their question."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import FileStorage, ImmutableMultiDict

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.questionnaire import QuestionKind, Stage
from ptce_aap.services.applicants import attachments
from ptce_aap.storage import inspection
from ptce_aap.web.context import actor, db, received_at, settings, storage
from ptce_aap.web.messages import sentence


def field_name(key: str) -> str:
    """Return the name of the file field of a question."""
    return f"_fichier-{key}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is told before a file is chosen, in words and as the page's script checks it; ``maximum`` in bytes."""

    sentence: str
    extensions: tuple[str, ...]
    maximum: int


def told_before() -> Accepted:
    """Return what is told before a file is chosen: kinds and sizes."""
    extensions = inspection.accepted_extensions()
    kinds = ", ".join(extension.upper() for extension in extensions)
    each, whole = inspection.MAXIMUM_BYTES // 2**20, attachments.MAXIMUM_OF_DOSSIER // 2**20
    sentence = f"{kinds}. {each}\u00a0Mo au plus par fichier, {whole}\u00a0Mo pour tout le dossier."
    return Accepted(sentence, extensions, inspection.MAXIMUM_BYTES)


def receive(
    reference: str, stage: Stage, files: ImmutableMultiDict[str, FileStorage], refusals: dict[str, list[str]]
) -> None:
    """Join every file of the request; those that are refused are told by question."""
    for question in stage.questions:
        if question.kind is not QuestionKind.ATTACHMENT:
            continue
        for sent in files.getlist(field_name(question.key)):
            if not sent.filename:
                continue
            try:
                join(reference, question.path, sent)
            except RuleViolation as refusal:
                refusals.setdefault(question.path, []).append(sentence(refusal))


def join(reference: str, path: str, sent: FileStorage) -> None:
    """Judge, store and join one file.

    Errors: those of ``inspection.inspect`` and of ``attachments.add``.
    """
    inspected = inspection.inspect(sent.stream, sent.filename or "")
    stored = storage().put(sent.stream, limit=inspection.MAXIMUM_BYTES)
    scanner = settings().clamav_url is not None
    db().transaction(attachments.add, actor(), reference, path, inspected, stored, now=received_at(), scanner=scanner)
