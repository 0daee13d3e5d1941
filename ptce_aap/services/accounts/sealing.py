"""Short secrets kept in the database or in a form: sealed with a key derived from that of the installation."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"ptce-aap: sealed secrets, 1"


def seal(keys: Sequence[str], text: str, *, now: datetime) -> str:
    """Return a text that only this installation reads (AES-128-CBC and HMAC-SHA-256: Fernet).

    ``keys``: the secret key in force first, then those it replaced, which still read what they sealed.
    """
    return _fernet(keys[0]).encrypt_at_time(text.encode(), int(now.timestamp())).decode()


def unseal(keys: Sequence[str], sealed: str, *, now: datetime, life: timedelta | None = None) -> str | None:
    """Return what was sealed; None where no key reads it, or where it is older than ``life``."""
    box = MultiFernet([_fernet(key) for key in keys])
    try:
        if life is None:
            return box.decrypt(sealed.encode()).decode()
        return box.decrypt_at_time(sealed.encode(), int(life.total_seconds()), int(now.timestamp())).decode()
    except InvalidToken:
        return None


def derive(key: str, purpose: bytes) -> bytes:
    """Derive a key of 32 bytes for one purpose (HKDF, RFC 5869)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(key.encode())


def _fernet(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derive(key, _PURPOSE)))
