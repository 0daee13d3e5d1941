"""PNG and JPEG pictures: their structure is walked, nothing is drawn."""

from __future__ import annotations

import re
import zlib

from ptce_aap.examination.refusal import DAMAGED, EXPANDS, MAXIMUM_PIXELS, MEBIBYTE, NOT_WHAT_IT_SAYS, Refused
from ptce_aap.examination.unpacking import inflate

_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_LARGEST_PICTURE = 400 * MEBIBYTE
_LARGEST_NOTE = 8 * MEBIBYTE
_MOST_FRAMES = 200
_MOST_SCANS = 200
_START_OF_FRAME = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
# In the compressed data, FF is followed by 00, by a restart, or by the next marker.
_NEXT_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)


def judge_png(data: memoryview) -> None:
    """Walk the chunks of a PNG. Errors: ``Refused``."""
    if bytes(data[:8]) != _PNG:
        raise Refused(NOT_WHAT_IT_SAYS)
    position, expected, packed = 8, 0, bytearray()
    names: set[bytes] = set()
    while b"IEND" not in names:
        length = int.from_bytes(data[position : position + 4], "big")
        name, end = bytes(data[position + 4 : position + 8]), position + 8 + length
        body = data[position + 8 : end]
        if len(name) < 4 or len(body) < length:
            raise Refused(DAMAGED)
        if int.from_bytes(data[end : end + 4], "big") != zlib.crc32(body, zlib.crc32(name)):
            raise Refused(DAMAGED)
        if not names:
            expected = _picture_size(name, body)
        match name:
            case b"IDAT":
                packed += body
            case b"acTL" if int.from_bytes(body[:4], "big") > _MOST_FRAMES:
                raise Refused(EXPANDS)
            case b"iCCP" | b"zTXt" | b"iTXt":
                _check_note(body)
        names.add(name)
        position = end + 4
    if _held(memoryview(packed), expected) < expected:
        raise Refused(DAMAGED)


def _picture_size(name: bytes, header: memoryview) -> int:
    """Return the least number of bytes that the picture holds once unpacked (interlaced ones hold a few more)."""
    if name != b"IHDR" or len(header) != 13:
        raise Refused(DAMAGED)
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    depth, channels = header[8], _CHANNELS.get(header[9])
    if not width or not height or channels is None or depth not in {1, 2, 4, 8, 16}:
        raise Refused(DAMAGED)
    size = height * (1 + (width * depth * channels + 7) // 8)
    if width * height > MAXIMUM_PIXELS or size > _LARGEST_PICTURE:
        raise Refused(EXPANDS)
    return size if not header[12] else 1


def _check_note(body: memoryview) -> None:
    """Look into a compressed note: it begins after its name, wherever zlib data can begin."""
    start = bytes(body[:200]).find(b"\x00")
    for offset in range(max(start, 0), min(start + 80, len(body))):
        if body[offset] == 0x78 and _held(body[offset:], _LARGEST_NOTE + 1) > _LARGEST_NOTE:
            raise Refused(EXPANDS)


def _held(packed: memoryview, enough: int) -> int:
    total = 0
    for given in inflate(packed):
        total += len(given)
        if total >= enough:
            break
    return total


def judge_jpeg(data: memoryview) -> None:
    """Walk the segments of a JPEG. Errors: ``Refused``."""
    if bytes(data[:3]) != b"\xff\xd8\xff":
        raise Refused(NOT_WHAT_IT_SAYS)
    position, framed, scans = 2, False, 0
    while True:
        found = _NEXT_MARKER.match(data, position) if not scans else _NEXT_MARKER.search(data, position)
        if found is None:
            raise Refused(DAMAGED)
        marker, position = found[1][0], found.end()
        if marker == 0xD9:
            break
        if marker in _ALONE:
            continue
        length = int.from_bytes(data[position : position + 2], "big")
        if length < 2 or position + length > len(data):
            raise Refused(DAMAGED)
        if marker in _START_OF_FRAME:
            framed = True
            _check_frame(data[position + 2 : position + length])
        scans += marker == 0xDA
        if scans > _MOST_SCANS:
            raise Refused(EXPANDS)
        position += length
    if not framed or not scans:
        raise Refused(DAMAGED)


def _check_frame(frame: memoryview) -> None:
    if len(frame) < 6:
        raise Refused(DAMAGED)
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    if not width or not height:
        raise Refused(DAMAGED)
    if width * height > MAXIMUM_PIXELS:
        raise Refused(EXPANDS)
