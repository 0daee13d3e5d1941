"""PDF documents: every object is walked in the order of the file, as readers do when they mend one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ptce_aap.examination.refusal import (
    DAMAGED,
    EXPANDS,
    MEBIBYTE,
    NOT_WHAT_IT_SAYS,
    PROGRAM_NAMES,
    PROTECTED,
    WITH_ACTIONS,
    WITH_PROGRAM,
    Refused,
    is_program,
)
from ptce_aap.examination.unpacking import inflate

_LARGEST_STREAM = 256 * MEBIBYTE
_LARGEST_TOTAL = 512 * MEBIBYTE
_LARGEST_OBJECTS = 64 * MEBIBYTE
_MOST_OBJECTS = 300_000
_MOST_PIXELS = 500_000_000
_TAIL = 2048

_OBJECT = re.compile(rb"(?<!\d)\d{1,10}[\x00\t\n\f\r ]+\d{1,5}[\x00\t\n\f\r ]+obj(?![A-Za-z])")
_END = re.compile(rb"endobj|(?<!end)stream[ \t]*(?:\r\n|\n|\r)")
_END_OF_STREAM = re.compile(rb"endstream")
_LENGTH = re.compile(rb"/Length\s+(\d{1,10})(?!\d*\s+\d+\s+R)")
_FILTER = re.compile(rb"/Filter\s*(\[[^\]]{0,2000}\]|/\w+)")
_PACKED = re.compile(rb"/(?:FlateDecode|Fl|LZWDecode|LZW)(?![A-Za-z])")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_CATALOG = re.compile(rb"/Type\s*/Catalog(?![A-Za-z])")
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_ENCRYPT = re.compile(rb"/Encrypt(?![A-Za-z])")
_XREF = re.compile(rb"/Type\s*/XRef(?![A-Za-z])")
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm(?![A-Za-z])")
_EMBEDDED = re.compile(rb"/Type\s*/EmbeddedFile(?![A-Za-z])|/Params\s*<<")
_LAUNCH = re.compile(rb"/S\s*/Launch(?![A-Za-z])")
_FILE_NAME = re.compile(rb"/U?F\s*(?:\(((?:[^()\\]|\\.){0,1000})\)|<([0-9A-Fa-f\s]{0,4000})>)", re.DOTALL)
_SIDE = re.compile(rb"/(Width|Height)\s+(\d{1,9})")


@dataclass(slots=True)
class _Seen:
    """What the walk met so far."""

    catalog: bool = False
    pages: int = 0
    objects: int = 0
    unpacked: int = 0
    kept: int = 0


def judge_pdf(data: memoryview) -> None:
    """Walk a PDF. Errors: ``Refused``.

    Scripts and forms are let through (many official forms hold some, nothing here ever runs them); actions that start
    a program, and programs enclosed, are not.
    """
    if not re.match(rb"%PDF-[12]\.\d", data):
        raise Refused(NOT_WHAT_IT_SAYS)
    tail = bytes(data[-_TAIL:])
    if b"%%EOF" not in tail or b"startxref" not in tail:
        raise Refused(DAMAGED)
    seen = _Seen()
    for text, stream in _objects(data, seen):
        clear = _clear(text)
        _look(clear, seen)
        if stream is not None:
            _look_into(clear, stream, seen)
    if not seen.catalog or not seen.pages:
        raise Refused(DAMAGED)


def _objects(data: memoryview, seen: _Seen) -> Iterator[tuple[bytes, memoryview | None]]:
    """Yield the text of each object with its stream; look for a trailer between objects."""
    position = 0
    while found := _OBJECT.search(data, position):
        _look_between(data[position : found.start()])
        seen.objects += 1
        if seen.objects > _MOST_OBJECTS:
            raise Refused(EXPANDS)
        end = _END.search(data, found.end())
        if end is None:
            yield bytes(data[found.end() :]), None
            return
        text, position = bytes(data[found.end() : end.start()]), end.end()
        if end[0] == b"endobj":
            yield text, None
        else:
            start, position = position, _end_of_stream(data, position, text)
            yield text, data[start:position]
    _look_between(data[position:])


def _end_of_stream(data: memoryview, start: int, text: bytes) -> int:
    """Return where the stream that begins at ``start`` ends: where its length says, else before its end word."""
    length = _LENGTH.search(text)
    if length is not None:
        stop = start + int(length[1])
        if bytes(data[stop : stop + 12]).lstrip().startswith(b"endstream"):
            return stop
    end = _END_OF_STREAM.search(data, start)
    if end is None:
        raise Refused(DAMAGED)
    return end.start()


def _look_between(gap: memoryview) -> None:
    text = bytes(gap)
    if b"trailer" in text and _ENCRYPT.search(_clear(text)):
        raise Refused(PROTECTED)


def _clear(text: bytes) -> bytes:
    """Write names without the escapes that may hide them."""
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text) if b"#" in text else text


def _look(text: bytes, seen: _Seen) -> None:
    seen.catalog = seen.catalog or _CATALOG.search(text) is not None
    seen.pages += len(_PAGE.findall(text))
    if _LAUNCH.search(text):
        raise Refused(WITH_ACTIONS)
    if b"/EF" in text and any(_names_a_program(found) for found in _FILE_NAME.finditer(text)):
        raise Refused(WITH_PROGRAM)


def _names_a_program(found: re.Match[bytes]) -> bool:
    written = found[1] if found[1] is not None else bytes.fromhex(_even(b"".join(found[2].split()).decode("ascii")))
    return written.replace(b"\x00", b"").lower().rstrip(b". ").decode("latin-1").endswith(PROGRAM_NAMES)


def _even(digits: str) -> str:
    return digits + "0" * (len(digits) % 2)


def _look_into(text: bytes, stream: memoryview, seen: _Seen) -> None:
    if _XREF.search(text) and _ENCRYPT.search(text):
        raise Refused(PROTECTED)
    if b"/Image" in text:
        sides = {name: int(number) for name, number in _SIDE.findall(text)}
        if sides.get(b"Width", 0) * sides.get(b"Height", 0) > _MOST_PIXELS:
            raise Refused(EXPANDS)
    filters = _FILTER.search(text)
    packings = len(_PACKED.findall(filters[1])) if filters else 0
    if packings > 1:
        # Packed twice: a kilobyte may hold a gigabyte.
        raise Refused(EXPANDS)
    head = bytes(stream[:16])
    if packings:
        head = _unpack(stream, seen, keep=_OBJECT_STREAM.search(text) is not None)
    if _EMBEDDED.search(text) and is_program(head):
        raise Refused(WITH_PROGRAM)


def _unpack(stream: memoryview, seen: _Seen, *, keep: bool) -> bytes:
    """Count what a stream holds, and look at the objects that it hides; return its first bytes."""
    head, size, kept = b"", 0, []
    for given in inflate(stream):
        head = head or given[:16]
        size += len(given)
        seen.unpacked += len(given)
        if size > _LARGEST_STREAM or seen.unpacked > _LARGEST_TOTAL:
            raise Refused(EXPANDS)
        if keep:
            kept.append(given)
            seen.kept += len(given)
            if seen.kept > _LARGEST_OBJECTS:
                raise Refused(EXPANDS)
    if kept:
        _look(_clear(b"".join(kept)), seen)
    return head
