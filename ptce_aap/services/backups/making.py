"""Makes a backup while people work: one snapshot of the database, then every file that its rows name."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.orm import Session

from ptce_aap.config import Settings
from ptce_aap.domain.exchange import canonical_json
from ptce_aap.services.backups import archive, rows
from ptce_aap.services.journal import journal_key
from ptce_aap.services.running import stored_files
from ptce_aap.storage import Storage

FORMAT = "ptce-aap-sauvegarde"
SECRET_KEY = "secret_key"  # noqa: S105 - the name of a file
LAST = "derniere-sauvegarde.json"
FOLDERS = ("forms", "scoring")
_AT_ONCE = 5000
_TOLD_EVERY = 500
# What a backup in clear does not repeat: keys, and addresses that may hold a password.
_SECRETS = frozenset(
    {
        *("PTCE_DATABASE_URL", "PTCE_JOURNAL_KEY", "PTCE_PROCONNECT_CLIENT_SECRET", "PTCE_REDIS_URL"),
        *("PTCE_SECRET_KEY", "PTCE_SECRET_KEY_FALLBACKS", "PTCE_SMTP_URL", "PTCE_STORAGE_URL"),
    }
)
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup holds; ``lost`` are the references of rows whose file the storage has no more."""

    tables: int
    rows: int
    files: int
    size: int
    lost: tuple[str, ...]


def make(
    session: Session,
    settings: Settings,
    storage: Storage,
    target: Path,
    *,
    passphrase: str | None,
    now: datetime,
    tell: Tell,
) -> Made:
    """Write the backup of an installation into ``target``, which appears whole or not at all.

    ``session`` reads, and nothing else was read by it: its first look is the snapshot. Sealed with a passphrase, the
    backup holds the keys of ``instance/`` too; in clear it never does.
    Errors: ``FileExistsError`` where the target is there, ``OSError``.
    """
    if target.exists():
        raise FileExistsError(target)
    draft = target.with_name(f".{target.name}.partiel")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with archive.writing(file, _header(session, settings, passphrase, now), passphrase) as written:
                tables, count = _add_rows(session, written, tell)
                files = _add_files(session, storage, written, now, tell)
                _add_instance(settings, written, sealed=passphrase is not None)
                lost = tuple(stored_files.missing(session, storage))
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        os.link(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    _remember(settings, now, target, sealed=passphrase is not None, size=size)
    return Made(tables, count, files, size, lost)


def key_mark(secret: str) -> str:
    """Return what tells one secret key from another without telling the key."""
    return hashlib.sha256(b"ptce-aap backup key mark\n" + secret.encode("utf-8")).hexdigest()[:16]


def _header(session: Session, settings: Settings, passphrase: str | None, now: datetime) -> dict[str, object]:
    if session.get_bind().dialect.name == "postgresql":
        # Every later look of this session sees what the first one saw; SQLite does so in any transaction.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    connection = session.connection()
    return {
        "engine": connection.dialect.name,
        "format": FORMAT,
        "key_mark": key_mark(settings.secret_key),
        "made_at": now.isoformat(),
        "revision": rows.revision_of(connection),
        "sealed": passphrase is not None,
        "software": version("ptce-aap"),
        "version": 1,
    }


def _add_rows(session: Session, written: archive.Written, tell: Tell) -> tuple[int, int]:
    connection, total = session.connection(), 0
    tables = rows.tables_of(connection)
    for table in tables:
        for number, (content, count) in enumerate(rows.lines(connection, table), start=1):
            written.add(f"tables/{table.name}/{number:06d}.jsonl", content)
            total += count
    tell(f"Base de données : {len(tables)} tables, {total} lignes.")
    return len(tables), total


def _add_files(session: Session, storage: Storage, written: archive.Written, now: datetime, tell: Tell) -> int:
    # Listed after the snapshot: whatever a row of it names was kept before that row was written.
    kept = sorted({one.digest for one in storage.kept()})
    named: list[str] = []
    for some in _parts(kept):
        named.extend(sorted(stored_files.named(session, some, now=now)))
    for done, digest in enumerate(named, start=1):
        with storage.open(digest) as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(0)
            written.add_stream(f"files/{digest}", stream, size)
        if done % _TOLD_EVERY == 0:
            tell(f"Fichiers : {done} sur {len(named)}.")
    tell(f"Fichiers : {len(named)}.")
    return len(named)


def _parts(digests: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(digests), _AT_ONCE):
        yield digests[start : start + _AT_ONCE]


def _add_instance(settings: Settings, written: archive.Written, *, sealed: bool) -> None:
    for folder in FOLDERS:
        for path in sorted((settings.definitions / folder).rglob("*")):
            if path.is_file():
                written.add(f"definitions/{path.relative_to(settings.definitions).as_posix()}", path.read_bytes())
    config = settings.instance / "config.toml"
    if config.is_file():
        values = tomllib.loads(config.read_text(encoding="utf-8"))
        open_ones = {key: value for key, value in sorted(values.items()) if key not in _SECRETS}
        written.add("settings.json", canonical_json(open_ones).encode("utf-8"))
    if sealed:
        for path in (settings.instance / SECRET_KEY, journal_key.key_file(settings)):
            if path.is_file():
                written.add(f"keys/{path.name}", path.read_bytes())


def _remember(settings: Settings, now: datetime, target: Path, *, sealed: bool, size: int) -> None:
    """Leave when the last backup was made, for whoever looks after the installation."""
    told = {"at": now.isoformat(), "file": target.name, "sealed": sealed, "size": size}
    draft = settings.instance / f".{LAST}"
    draft.write_text(canonical_json(told), encoding="utf-8")
    draft.replace(settings.instance / LAST)
