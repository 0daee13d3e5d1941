"""Compressed data read no further than a limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

_TAKE = 64 * 1024
_GIVE = 1024 * 1024


def inflate(packed: memoryview) -> Iterator[bytes]:
    """Yield what zlib data holds, at most a mebibyte at a time; stop in silence where the data are wrong."""
    machine = zlib.decompressobj()
    position = 0
    pending = b""
    try:
        while not machine.eof and (pending or position < len(packed)):
            if not pending:
                pending = bytes(packed[position : position + _TAKE])
                position += _TAKE
            given = machine.decompress(pending, _GIVE)
            pending = machine.unconsumed_tail
            if given:
                yield given
    except zlib.error:
        return
