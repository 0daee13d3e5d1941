"""Bytes kept in a folder of this machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO

from ptce_aap.storage.store import ASIDE, Kept, Stored, copied, is_digest, key_of

_INCOMING = "incoming"


class FolderStorage:
    """A folder of this machine; a crash leaves either the whole file or nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, stream: IO[bytes], *, limit: int | None = None) -> Stored:
        incoming = self._folder / _INCOMING
        incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=incoming)
        try:
            with os.fdopen(descriptor, "wb") as file:
                stored = copied(stream, file, limit)
                file.flush()
                os.fsync(file.fileno())
            target = self._path(stored.digest)
            if not target.parent.is_dir():
                target.parent.mkdir(exist_ok=True, mode=0o700)
                _sync_folder(self._folder)
            Path(name).replace(target)
            # A rename is durable only once its folder is.
            _sync_folder(target.parent)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return stored

    def open(self, digest: str) -> BinaryIO:
        try:
            return self._path(digest).open("rb")
        except FileNotFoundError:
            return self._aside(digest).open("rb")

    def exists(self, digest: str) -> bool:
        return self._path(digest).is_file() or self._aside(digest).is_file()

    def kept(self) -> Iterator[Kept]:
        for aside, pattern in ((False, "[0-9a-f][0-9a-f]/*"), (True, f"{ASIDE}/*")):
            for path, modified in _dated(self._folder, pattern):
                if is_digest(path.name):
                    yield Kept(path.name, modified, aside)

    def set_aside(self, digest: str) -> None:
        source, aside = self._path(digest), self._aside(digest)
        aside.parent.mkdir(exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):
            # Dated before it is there: set aside under its old date, the next round would forget it at once.
            os.utime(source)
            source.replace(aside)

    def bring_back(self, digest: str) -> None:
        target = self._path(digest)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        with suppress(FileNotFoundError):
            self._aside(digest).replace(target)
            _sync_folder(target.parent)

    def forget_aside(self, digest: str) -> None:
        self._aside(digest).unlink(missing_ok=True)

    def forget_unfinished(self, *, before: datetime) -> None:
        for path, modified in _dated(self._folder, f"{_INCOMING}/*"):
            if modified < before:
                path.unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._folder / key_of(digest)

    def _aside(self, digest: str) -> Path:
        return self._folder / key_of(digest, aside=True)


def _dated(folder: Path, pattern: str) -> Iterator[tuple[Path, datetime]]:
    """Yield files with their dates; one that was taken away since it was listed is left out."""
    for path in folder.glob(pattern):
        try:
            modified = path.stat().st_mtime
        except FileNotFoundError:
            continue
        yield path, datetime.fromtimestamp(modified, UTC)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
