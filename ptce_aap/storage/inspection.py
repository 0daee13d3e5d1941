"""What a received file really is: judged by its content and its name together, never by what the sender says."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

import filetype

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.storage.examiner import EXAMINER

MAXIMUM_BYTES = 20 * 1024 * 1024
MAXIMUM_NAME = 150
_HEAD = 1024


class FileKind(StrEnum):
    """The kinds of file that a dossier may hold, by their usual extension."""

    PDF = "pdf"
    ODT = "odt"
    ODS = "ods"
    DOCX = "docx"
    XLSX = "xlsx"
    PNG = "png"
    JPEG = "jpg"


MEDIA_TYPES: dict[FileKind, str] = {
    FileKind.PDF: "application/pdf",
    FileKind.ODT: "application/vnd.oasis.opendocument.text",
    FileKind.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
}
_EXTENSIONS: dict[str, FileKind] = {**{kind.value: kind for kind in FileKind}, "jpeg": FileKind.JPEG}
_PACKAGES = frozenset({FileKind.ODT, FileKind.ODS, FileKind.DOCX, FileKind.XLSX})
# Characters that turn a name around or hide a part of it, besides control characters.
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may be kept: its name as data (never a path), its kind, its size in bytes."""

    name: str
    kind: FileKind
    size: int

    @property
    def media_type(self) -> str:
        """The media type to answer with when the file is downloaded."""
        return MEDIA_TYPES[self.kind]


def accepted_extensions() -> tuple[str, ...]:
    """Return the extensions that are told to people before they choose a file."""
    return tuple(kind.value for kind in FileKind)


def inspect(stream: IO[bytes], filename: str) -> Inspected:
    """Judge the file in ``stream`` (seekable, left at its beginning) called ``filename`` by its sender.

    Its name and its size are judged here, what it holds in a process of its own (``examination``).
    Errors, as ``RuleViolation``: ``file_name_missing``, ``file_empty``, ``file_too_big``, ``file_kind_refused``,
    ``file_not_what_it_says``, ``file_damaged``, ``file_protected``, ``file_with_macros``, ``file_with_program``,
    ``file_with_actions``, ``file_with_archive``, ``file_expands_too_much``, ``file_unverifiable``.
    """
    name = clean_name(filename)
    kind = _kind_by_extension(name)
    size = stream.seek(0, 2)
    if size == 0:
        raise RuleViolation("file_empty", name=name)
    if size > MAXIMUM_BYTES:
        raise RuleViolation("file_too_big", name=name, limit=MAXIMUM_BYTES)
    stream.seek(0)
    _check_head(kind, stream.read(_HEAD), name)
    try:
        EXAMINER.judge(stream, kind.value)
    except RuleViolation as refusal:
        raise RuleViolation(refusal.code, name=name) from refusal
    stream.seek(0)
    return Inspected(name, kind, size)


def clean_name(filename: str) -> str:
    """Return the name to show: no folder, no control or hidden character, at most 150 characters."""
    text = unicodedata.normalize("NFC", filename.encode("utf-8", "replace").decode("utf-8"))
    text = _HIDDEN.sub("", text).replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Co", "Cn"} else c for c in text)
    text = " ".join(text.split()).strip(". ")
    if not text:
        raise RuleViolation("file_name_missing")
    if len(text) <= MAXIMUM_NAME:
        return text
    stem, dot, extension = text.rpartition(".")
    if not dot or len(extension) > 10:
        return text[:MAXIMUM_NAME]
    return stem[: MAXIMUM_NAME - len(extension) - 1] + "." + extension


def _kind_by_extension(name: str) -> FileKind:
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    kind = _EXTENSIONS.get(extension)
    if kind is None:
        raise RuleViolation("file_kind_refused", name=name, extension=extension, accepted=accepted_extensions())
    return kind


def _check_head(kind: FileKind, head: bytes, name: str) -> None:
    """Refuse at once what is plainly another kind of file."""
    if kind in _PACKAGES:
        # An OOXML document with a password is no ZIP archive: whoever judges it says so.
        plausible = head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    else:
        guessed = filetype.guess(head)  # type: ignore[no-untyped-call]
        plausible = guessed is not None and guessed.mime.replace("apng", "png") == MEDIA_TYPES[kind]
    if not plausible:
        raise RuleViolation("file_not_what_it_says", name=name)
