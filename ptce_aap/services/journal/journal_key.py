"""The key that signs the heads of the journal: Ed25519, of this installation, never in the database."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ptce_aap.config import BadSettings, Settings

_BYTES = 32
_HEX = re.compile(r"[0-9a-f]{64}")


def key_file(settings: Settings) -> Path:
    """Return where the key of the installation is kept when the settings give none."""
    return settings.instance / "journal_key"


def signing_key(settings: Settings) -> Ed25519PrivateKey | None:
    """Return the key in force: ``PTCE_JOURNAL_KEY``, else the file; None where there is neither.

    Errors: ``BadSettings`` for a key that is none, or a file that others can read.
    """
    given = settings.journal_key or _read(key_file(settings))
    if given is None:
        return None
    if not _HEX.fullmatch(given):
        raise BadSettings(
            "Clé du journal : 64 chiffres hexadécimaux sont attendus, comme « openssl rand -hex 32 » en donne."
        )
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given))


def own_key(settings: Settings) -> Ed25519PrivateKey | None:
    """Return the key in force, made at its first use where only this machine reaches the application.

    In a public installation the operator makes it (``ptce-aap journal key --create``) and keeps a copy: a key that
    nobody knows of would be lost with the machine.
    """
    key = signing_key(settings)
    if key is None and not settings.public:
        create(settings)
        key = signing_key(settings)
    return key


def create(settings: Settings) -> bool:
    """Draw the key of this installation into its file, readable by its owner alone; False where it is there."""
    path = key_file(settings)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A key is never seen half written, and never replaces another.
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def public_hex(key: Ed25519PrivateKey) -> str:
    """Return the public half of a key, in hexadecimal digits."""
    return key.public_key().public_bytes_raw().hex()


def signed_by(public: str, signature: str, content: bytes) -> bool:
    """Tell whether the key made the signature of the content; False for what is neither key nor signature."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _read(path: Path) -> str | None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if mode & 0o077:
        raise BadSettings(f"{path} : cette clé ne doit être lisible que de son propriétaire (chmod 600).")
    return path.read_text(encoding="ascii", errors="replace").strip()
