"""What a received file really is: judged by its content and its name together, never by what the sender says."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

import filetype

from ptce_aap.domain.errors import RuleViolation

MAXIMUM_BYTES = 20 * 1024 * 1024
MAXIMUM_NAME = 150
_MAXIMUM_MEMBERS = 5_000
_MAXIMUM_UNPACKED = 200 * 1024 * 1024
_MAXIMUM_PIXELS = 50_000_000
_HEAD = 1024
_TAIL = 2048


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
_MAIN_MEMBER = {FileKind.DOCX: "word/document.xml", FileKind.XLSX: "xl/workbook.xml"}
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

    Errors, as ``RuleViolation``: ``file_name_missing``, ``file_empty``, ``file_too_big``, ``file_kind_refused``,
    ``file_not_what_it_says``, ``file_damaged``, ``file_protected``, ``file_with_macros``, ``file_expands_too_much``.
    """
    name = clean_name(filename)
    kind = _kind_by_extension(name)
    size = stream.seek(0, 2)
    if size == 0:
        raise RuleViolation("file_empty", name=name)
    if size > MAXIMUM_BYTES:
        raise RuleViolation("file_too_big", name=name, limit=MAXIMUM_BYTES)
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    stream.seek(0)
    match kind:
        case FileKind.PDF:
            _check_pdf(head, tail, name)
        case FileKind.PNG | FileKind.JPEG:
            _check_image(kind, head, tail, name)
        case _:
            _check_office(kind, stream, head, name)
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


def _check_pdf(head: bytes, tail: bytes, name: str) -> None:
    if not re.match(rb"%PDF-[12]\.\d", head):
        raise RuleViolation("file_not_what_it_says", name=name)
    if b"%%EOF" not in tail:
        raise RuleViolation("file_damaged", name=name)


def _check_image(kind: FileKind, head: bytes, tail: bytes, name: str) -> None:
    guessed = filetype.guess(head)  # type: ignore[no-untyped-call]
    if guessed is None or guessed.mime != MEDIA_TYPES[kind]:
        raise RuleViolation("file_not_what_it_says", name=name)
    end = b"IEND" if kind is FileKind.PNG else b"\xff\xd9"
    if end not in tail:
        raise RuleViolation("file_damaged", name=name)
    if kind is FileKind.PNG:
        width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
        if width * height > _MAXIMUM_PIXELS:
            raise RuleViolation("file_expands_too_much", name=name)


def _check_office(kind: FileKind, stream: IO[bytes], head: bytes, name: str) -> None:
    """Look at the list of members only: nothing is unpacked but the few bytes that tell an ODF file's type."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        # An OOXML file with a password is an OLE container; so is an old .doc under a new name.
        raise RuleViolation("file_protected", name=name)
    if not head.startswith(b"PK\x03\x04"):
        raise RuleViolation("file_not_what_it_says", name=name)
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            _check_members(members, name)
            if not _is_kind(kind, archive, {member.filename for member in members}):
                raise RuleViolation("file_not_what_it_says", name=name)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise RuleViolation("file_damaged", name=name) from error


def _check_members(members: list[zipfile.ZipInfo], name: str) -> None:
    if len(members) > _MAXIMUM_MEMBERS or sum(member.file_size for member in members) > _MAXIMUM_UNPACKED:
        raise RuleViolation("file_expands_too_much", name=name)
    for member in members:
        path = member.filename
        is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
        if path.startswith("/") or ".." in path.split("/") or is_link:
            raise RuleViolation("file_damaged", name=name)
        if member.flag_bits & 0x1:
            raise RuleViolation("file_protected", name=name)
        lowered = path.lower()
        if lowered.endswith("vbaproject.bin") or lowered.startswith(("basic/", "scripts/")):
            raise RuleViolation("file_with_macros", name=name)


def _is_kind(kind: FileKind, archive: zipfile.ZipFile, names: set[str]) -> bool:
    main = _MAIN_MEMBER.get(kind)
    if main is not None:
        return main in names and "[Content_Types].xml" in names
    if "mimetype" not in names or "content.xml" not in names:
        return False
    with archive.open("mimetype") as member:
        return member.read(100).strip() == MEDIA_TYPES[kind].encode("ascii")
