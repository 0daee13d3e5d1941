"""ODF and OOXML documents: a ZIP archive whose every member is read once, within limits."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import IO

from ptce_aap.examination import markup
from ptce_aap.examination.refusal import (
    DAMAGED,
    EXPANDS,
    MAXIMUM_UNPACKED,
    MEBIBYTE,
    NOT_WHAT_IT_SAYS,
    PROGRAM_NAMES,
    PROTECTED,
    WITH_ARCHIVE,
    WITH_MACROS,
    WITH_PROGRAM,
    Refused,
    is_program,
)

_MOST_MEMBERS = 5_000
_LARGEST_RATIO = 400
_RATIO_MATTERS_FROM = 20 * MEBIBYTE
_LARGEST_ENCLOSED = 20 * MEBIBYTE
_CHUNK = 256 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_ODF = {
    "odt": b"application/vnd.oasis.opendocument.text",
    "ods": b"application/vnd.oasis.opendocument.spreadsheet",
}
_MACROS = ("vbaproject.bin", "vbadata.xml", "attachedtoolbars.bin")
_MACRO_FOLDERS = ("basic/", "scripts/", "xl/macrosheets/", "xl/dialogsheets/", "word/activex/", "xl/activex/")
_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x1f\x8b\x08", b"\xfd7zXZ", b"BZh")
_ENCLOSED = ("embeddings/", "object ", "objectreplacements/")


def judge_office(kind: str, file: IO[bytes]) -> None:
    """Walk a document of this kind (``odt``, ``ods``, ``docx``, ``xlsx``). Errors: ``Refused``."""
    head = file.read(8)
    file.seek(0)
    if head.startswith(_OLE[:4]):
        # An OOXML document with a password is an OLE container; so is an old .doc under a new name.
        raise Refused(PROTECTED)
    if not head.startswith(b"PK\x03\x04"):
        raise Refused(NOT_WHAT_IT_SAYS)
    _Walk(kind).judge(file, depth=0)


class _Walk:
    """One document and what it encloses: their sizes are counted together."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._unpacked = 0
        self._members = 0

    def judge(self, file: IO[bytes], *, depth: int) -> None:
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                self._check_list(members)
                if depth == 0:
                    self._check_kind(archive, {member.filename for member in members})
                for member in members:
                    self._read(archive, member, depth)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise Refused(DAMAGED) from error
        except RuntimeError as error:
            raise Refused(PROTECTED) from error

    def _check_list(self, members: list[zipfile.ZipInfo]) -> None:
        self._members += len(members)
        self._unpacked += sum(member.file_size for member in members)
        if self._members > _MOST_MEMBERS or self._unpacked > MAXIMUM_UNPACKED:
            raise Refused(EXPANDS)
        if len({member.filename for member in members}) < len(members):
            # Two members of one name: what is checked is not what another program would read.
            raise Refused(DAMAGED)
        end = 0
        for member in sorted(members, key=lambda one: one.header_offset):
            if member.header_offset < end:
                raise Refused(EXPANDS)
            end = member.header_offset + member.compress_size
            _check_member(member)

    def _check_kind(self, archive: zipfile.ZipFile, names: set[str]) -> None:
        main = _MAIN.get(self._kind)
        if main is not None:
            if main not in names or "[Content_Types].xml" not in names:
                raise Refused(NOT_WHAT_IT_SAYS)
            return
        if "mimetype" not in names or "content.xml" not in names:
            raise Refused(NOT_WHAT_IT_SAYS)
        with archive.open("mimetype") as member:
            if member.read(100).strip() != _ODF[self._kind]:
                raise Refused(NOT_WHAT_IT_SAYS)

    def _read(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, depth: int) -> None:
        """Read a member to its end: a wrong length or checksum is found there."""
        if member.is_dir():
            return
        examined = markup.Reader.for_member(member.filename)
        with archive.open(member) as stream:
            head = stream.read(_CHUNK)
            if is_program(head):
                raise Refused(WITH_PROGRAM)
            if head.startswith(b"PK\x03\x04"):
                self._enclosed(member, head + stream.read(_LARGEST_ENCLOSED), depth)
                return
            if head.startswith(_ARCHIVES):
                raise Refused(WITH_ARCHIVE)
            chunk = head
            while chunk:
                if examined is not None:
                    examined.feed(chunk)
                chunk = stream.read(_CHUNK)
        if examined is not None:
            examined.close()

    def _enclosed(self, member: zipfile.ZipInfo, content: bytes, depth: int) -> None:
        """Judge the workbook of a chart or another enclosed document; any other archive is refused."""
        if depth or not any(place in member.filename.lower() for place in _ENCLOSED):
            raise Refused(WITH_ARCHIVE)
        if member.file_size > _LARGEST_ENCLOSED:
            raise Refused(EXPANDS)
        self.judge(io.BytesIO(content), depth=depth + 1)


def _check_member(member: zipfile.ZipInfo) -> None:
    path = member.filename
    is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
    if path.startswith(("/", "\\")) or ".." in path.replace("\\", "/").split("/") or ":" in path[:3] or is_link:
        raise Refused(DAMAGED)
    if member.flag_bits & 0x1:
        raise Refused(PROTECTED)
    if member.file_size > _RATIO_MATTERS_FROM and member.file_size > _LARGEST_RATIO * max(member.compress_size, 1):
        raise Refused(EXPANDS)
    lowered = path.lower()
    if lowered.endswith(_MACROS) or lowered.startswith(_MACRO_FOLDERS):
        raise Refused(WITH_MACROS)
    if lowered.endswith(PROGRAM_NAMES):
        raise Refused(WITH_PROGRAM)
