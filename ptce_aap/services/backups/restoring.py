"""Puts a backup back into an empty installation, of either engine: all of it, or nothing."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap import clock, migrations
from ptce_aap.config import Settings
from ptce_aap.database import MOVES_TABLES, BrokenKeys, require_whole_keys
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.services.backups import archive, rows
from ptce_aap.services.backups.making import FOLDERS, FORMAT, SECRET_KEY, Tell, key_mark
from ptce_aap.services.journal import journal_key
from ptce_aap.services.retention import ledger
from ptce_aap.storage import Storage
from ptce_aap.storage.store import is_digest

SETTINGS = "reglages-sauvegardes.json"


@dataclass(slots=True)
class Restored:
    """What was put back; ``other_key``: the secret key in force is not the one of the backup.

    ``kept_journal_key``: a key of the journal was here already and stays.
    """

    header: Mapping[str, Any]
    rows: int = 0
    files: int = 0
    erased: int = 0
    other_key: bool = False
    kept_journal_key: bool = False
    instance: dict[str, bytes] = field(default_factory=dict)


def restore(
    session: Session,
    settings: Settings,
    storage: Storage,
    source: Path,
    *,
    passphrase: str | None,
    tell: Tell,
    erasures: Sequence[ledger.Entry] = (),
    now: datetime | None = None,
) -> Restored:
    """Put a backup back in one transaction of an empty database, then bring its tables up to date.

    The archive is read whole and checked before anything is written. Files come before the rows that name them; what
    a crash leaves of them, in a database that stays empty, is found again by the next try or forgotten as any file that
    no row names. What the list of erasures names is erased again before anybody reads anything.
    Errors: ``RuleViolation`` with ``installation_not_empty``, ``backup_too_new``, ``backup_definitions_differ`` and
    those of ``archive.reading``.
    """
    about = archive.checked(source, passphrase)
    header = about.header
    if header.get("format") != FORMAT:
        raise RuleViolation("backup_damaged")
    if header.get("version") != 1 or not migrations.known(str(header.get("revision"))):
        raise RuleViolation("backup_too_new", software=str(header.get("software")))
    tell("Sauvegarde lue en entier : rien n'y manque et rien n'y est altéré.")
    connection = session.connection(execution_options={MOVES_TABLES: True})
    filled = rows.first_filled(connection)
    if filled is not None:
        raise RuleViolation("installation_not_empty", table=filled)
    if rows.revision_of(connection) is not None:
        migrations.empty_within(connection)
    migrations.upgrade_within(connection, str(header["revision"]))
    done = _put_all(session, settings, storage, source, passphrase, Restored(header))
    tell(f"Base de données : {done.rows} lignes. Fichiers : {done.files}.")
    migrations.upgrade_within(connection)
    rows.count_on(connection, rows.tables_of(connection))
    try:
        require_whole_keys(connection)
    except BrokenKeys as error:
        raise RuleViolation("backup_damaged") from error
    if erasures:
        done.erased = ledger.obey(session, erasures, now=now or clock.now())
        tell(f"Effacements refaits : {done.erased}.")
    _put_instance(settings, done)
    return done


def _put_all(
    session: Session, settings: Settings, storage: Storage, source: Path, passphrase: str | None, done: Restored
) -> Restored:
    connection = session.connection()
    tables = {table.name: table for table in rows.tables_of(connection)}
    rows.let_wait(connection)
    with archive.reading(source, passphrase) as members:
        for name, stream in members:
            match PurePosixPath(name).parts:
                case ("tables", table, _) if table in tables:
                    done.rows += rows.write(connection, tables[table], stream.read())
                case ("files", digest) if is_digest(digest):
                    if storage.put(stream).digest != digest:
                        raise RuleViolation("backup_damaged")
                    done.files += 1
                case ("definitions", folder, *rest) if folder in FOLDERS and rest and ".." not in rest:
                    _require_same(settings.definitions.joinpath(folder, *rest), content := stream.read())
                    done.instance[name] = content
                case ("settings.json",) | ("keys", "secret_key" | "journal_key"):
                    done.instance[name] = stream.read()
                case (archive.HEADER | archive.MANIFEST,):
                    continue
                case _:
                    raise RuleViolation("backup_damaged")
    return done


def _require_same(path: Path, content: bytes) -> None:
    if path.exists() and (not path.is_file() or path.read_bytes() != content):
        raise RuleViolation("backup_definitions_differ", path=str(path))


def _put_instance(settings: Settings, done: Restored) -> None:
    """Write the files of the instance, each whole; the database that they belong to is committed after them."""
    drawn_here = _drawn(settings) == settings.secret_key
    for name, content in done.instance.items():
        kind, *rest = PurePosixPath(name).parts
        if kind == "definitions":
            replace(settings.definitions.joinpath(*rest), content, mode=0o644)
        elif kind == "settings.json":
            # To be read, not obeyed: the addresses of another machine are no settings of this one.
            replace(settings.instance / SETTINGS, content, mode=0o600)
        elif rest == [SECRET_KEY]:
            # Whatever key was drawn here has sealed nothing: the database was empty.
            replace(settings.instance / SECRET_KEY, content, mode=0o600)
        else:
            done.kept_journal_key = _keep_journal_key(settings, content)
    in_force = _drawn(settings) if drawn_here else settings.secret_key
    done.other_key = key_mark(in_force) != done.header.get("key_mark")


def _drawn(settings: Settings) -> str:
    """Return the key that the installation drew; nothing where the operator gives one."""
    path = settings.instance / SECRET_KEY
    return path.read_text(encoding="ascii").strip() if path.exists() else ""


def _keep_journal_key(settings: Settings, content: bytes) -> bool:
    """Put the key of the journal back unless another is here; tell whether another stays."""
    path = journal_key.key_file(settings)
    if not path.exists():
        replace(path, content, mode=0o600)
    return path.read_bytes().strip() != content.strip()


def replace(path: Path, content: bytes, *, mode: int) -> None:
    """Write a file whole, or leave the one that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
