"""A stream sealed with a passphrase: scrypt draws the key, AES-256-GCM seals it piece by piece.

Each piece carries its number and whether it is the last: none can be changed, moved, left out or cut off unseen (the
STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
"""

from __future__ import annotations

import io
import os
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from ptce_aap.domain.errors import RuleViolation

MAGIC = b"PTCE-AAP-SAUVEGARDE-1\n"
_SALT = 16
_PREFIX = 7
_HEADER = len(MAGIC) + _SALT + _PREFIX
_PIECE = 64 * 1024
_TAG = 16
# Of scrypt, RFC 7914: 128 MiB and a good part of a second for each passphrase that a thief tries.
_COST, _BLOCK, _LANES = 2**17, 8, 1


class SealingWriter(io.RawIOBase):
    """Seals what is written to it into ``target``; nothing can be read of it before ``close``."""

    def __init__(self, target: IO[bytes], passphrase: str) -> None:
        self._target = target
        self._header = MAGIC + os.urandom(_SALT + _PREFIX)
        self._cipher = _cipher(self._header, passphrase)
        self._waiting = bytearray()
        self._number = 0
        target.write(self._header)

    def writable(self) -> bool:
        """Tell that it is written to."""
        return True

    def write(self, data: object) -> int:
        """Seal every whole piece; the last bytes wait, since only ``close`` knows which piece is the last."""
        received = bytes(data)  # type: ignore[call-overload]
        self._waiting += received
        while len(self._waiting) > _PIECE:
            self._seal(bytes(self._waiting[:_PIECE]), last=False)
            del self._waiting[:_PIECE]
        return len(received)

    def finish(self) -> None:
        """Seal the last piece."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        nonce = _nonce(self._header, self._number, last=last)
        self._target.write(self._cipher.encrypt(nonce, piece, self._header))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Reads what ``SealingWriter`` sealed.

    Errors: ``RuleViolation("backup_sealed_otherwise")`` for another passphrase or a changed byte, and for an end that
    was cut off.
    """

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        self._source = source
        self._header = source.read(_HEADER)
        if len(self._header) < _HEADER:
            raise RuleViolation("backup_sealed_otherwise")
        self._cipher = _cipher(self._header, passphrase)
        self._next = source.read(_PIECE + _TAG)
        self._ready = b""
        self._number = 0

    def readable(self) -> bool:
        """Tell that it is read from."""
        return True

    def readinto(self, buffer: object) -> int:
        """Give the next bytes; none at the end."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._ready and self._next:
            piece, self._next = self._next, self._source.read(_PIECE + _TAG)
            self._ready = self._open(piece, last=not self._next)
            self._number += 1
        given, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(given)] = given
        return len(given)

    def _open(self, piece: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(self._header, self._number, last=last), piece, self._header)
        except (InvalidTag, ValueError) as error:
            raise RuleViolation("backup_sealed_otherwise") from error


def _cipher(header: bytes, passphrase: str) -> AESGCM:
    salt = header[len(MAGIC) : len(MAGIC) + _SALT]
    return AESGCM(Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_LANES).derive(passphrase.encode("utf-8")))


def _nonce(header: bytes, number: int, *, last: bool) -> bytes:
    return header[-_PREFIX:] + number.to_bytes(4, "big") + bytes([last])
