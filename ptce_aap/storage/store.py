"""One interface over a local folder, an S3-compatible service and the memory: bytes named by their SHA-256."""

from __future__ import annotations

import io
import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.store import ObjectStore, from_url

from ptce_aap.domain.errors import RuleViolation

_CHUNK = 256 * 1024
_SPOOL = 1024 * 1024
_INCOMING = "incoming"
_ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept: the digest that finds it again, and its size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as the storage lists it; ``modified_at``: when it was last put, or set aside (UTC)."""

    digest: str
    modified_at: datetime
    aside: bool


class Storage(Protocol):
    """Bytes by digest; who may read them is decided by the row that names the digest, never here.

    A file that no row names is first set aside: it is still found by ``open``, so that a row written at that very
    moment loses nothing, and forgotten at a later round only.
    """

    def put(self, stream: IO[bytes], *, limit: int | None = None) -> Stored:
        """Keep everything that ``stream`` still holds; durable when this returns.

        Errors: ``RuleViolation("file_too_big", limit=…)`` past ``limit`` bytes; nothing is kept then.
        """
        ...

    def open(self, digest: str) -> BinaryIO:
        """Open what was kept; the caller closes it. Errors: ``FileNotFoundError``."""
        ...

    def exists(self, digest: str) -> bool:
        """Tell whether these bytes are here."""
        ...

    def delete(self, digest: str) -> None:
        """Forget these bytes; deleting twice is no error."""
        ...

    def kept(self) -> Iterator[Kept]:
        """List every file, set aside or not."""
        ...

    def set_aside(self, digest: str) -> None:
        """Put a file aside; one that is gone is no error."""
        ...

    def bring_back(self, digest: str) -> None:
        """Put a file that was set aside back in its place."""
        ...

    def forget_aside(self, digest: str) -> None:
        """Forget what was set aside under this digest; what is in its place stays."""
        ...

    def forget_unfinished(self, *, before: datetime) -> None:
        """Forget what a crash left of files whose writing began before this instant."""
        ...


def open_storage(url: str) -> Storage:
    """Return the storage named by ``file:///folder``, ``s3://bucket/prefix`` or ``memory:///``."""
    parts = urlsplit(url)
    match parts.scheme:
        case "file":
            return FolderStorage(Path(unquote(parts.path)))
        case "s3":
            return ObjectStorage(from_url(url, client_options={"allow_http": _plain_http_is_local()}))
        case "memory":
            return ObjectStorage(from_url(url))
    raise ValueError(f"PTCE_STORAGE_URL : « {parts.scheme} » est inconnu ; choisir file://, s3:// ou memory://.")


def _plain_http_is_local() -> bool:
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    return endpoint.hostname in {"localhost", "127.0.0.1", "::1"}


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
                stored = _copy(stream, file, limit)
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

    def delete(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)
        self._aside(digest).unlink(missing_ok=True)

    def kept(self) -> Iterator[Kept]:
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            yield from _kept(path, aside=False)
        for path in self._folder.glob(f"{_ASIDE}/*"):
            yield from _kept(path, aside=True)

    def set_aside(self, digest: str) -> None:
        aside = self._aside(digest)
        aside.parent.mkdir(exist_ok=True, mode=0o700)
        try:
            self._path(digest).replace(aside)
            os.utime(aside)
        except FileNotFoundError:
            return

    def bring_back(self, digest: str) -> None:
        target = self._path(digest)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        self._aside(digest).replace(target)
        _sync_folder(target.parent)

    def forget_aside(self, digest: str) -> None:
        self._aside(digest).unlink(missing_ok=True)

    def forget_unfinished(self, *, before: datetime) -> None:
        for path in self._folder.glob(f"{_INCOMING}/*"):
            if path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._folder / _key(digest)

    def _aside(self, digest: str) -> Path:
        return self._folder / _key(digest, aside=True)


class ObjectStorage:
    """An object store: S3-compatible, or the memory in tests."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, stream: IO[bytes], *, limit: int | None = None) -> Stored:
        # The name is the digest of the whole, so the whole is read before anything is sent.
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool:
            stored = _copy(stream, spool, limit)
            spool.seek(0)
            obstore.put(self._store, _key(stored.digest), spool)
        return stored

    def open(self, digest: str) -> BinaryIO:
        try:
            source = obstore.open_reader(self._store, _key(digest))
        except FileNotFoundError:
            source = obstore.open_reader(self._store, _key(digest, aside=True))
        return io.BufferedReader(_ObjectReader(source), _CHUNK)

    def exists(self, digest: str) -> bool:
        return any(self._has(_key(digest, aside=aside)) for aside in (False, True))

    def delete(self, digest: str) -> None:
        obstore.delete(self._store, [_key(digest), _key(digest, aside=True)])

    def kept(self) -> Iterator[Kept]:
        for found in itertools.chain.from_iterable(obstore.list(self._store)):
            folder, _, digest = found["path"].rpartition("/")
            aside = folder == _ASIDE
            if _is_digest(digest) and (aside or folder == digest[:2]):
                yield Kept(digest, found["last_modified"].astimezone(UTC), aside)

    def set_aside(self, digest: str) -> None:
        with suppress(FileNotFoundError):
            obstore.rename(self._store, _key(digest), _key(digest, aside=True))

    def bring_back(self, digest: str) -> None:
        obstore.rename(self._store, _key(digest, aside=True), _key(digest))

    def forget_aside(self, digest: str) -> None:
        obstore.delete(self._store, _key(digest, aside=True))

    def forget_unfinished(self, *, before: datetime) -> None:
        """Do nothing: such a service shows whole objects only."""

    def _has(self, key: str) -> bool:
        try:
            obstore.head(self._store, key)
        except FileNotFoundError:
            return False
        return True


class _ObjectReader(io.RawIOBase):
    """A stored object as a readable, seekable stream of this language."""

    def __init__(self, source: obstore.ReadableFile) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = bytes(self._source.read(len(buffer)))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _copy(source: IO[bytes], target: IO[bytes], limit: int | None) -> Stored:
    digest, size = sha256(), 0
    while chunk := source.read(_CHUNK):
        size += len(chunk)
        if limit is not None and size > limit:
            raise RuleViolation("file_too_big", limit=limit)
        digest.update(chunk)
        target.write(chunk)
    return Stored(digest.hexdigest(), size)


def _key(digest: str, *, aside: bool = False) -> str:
    if not _is_digest(digest):
        raise ValueError("not a SHA-256 digest")
    return f"{_ASIDE if aside else digest[:2]}/{digest}"


def _is_digest(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _kept(path: Path, *, aside: bool) -> Iterator[Kept]:
    try:
        modified = path.stat().st_mtime
    except FileNotFoundError:
        return  # taken away since it was listed
    if _is_digest(path.name):
        yield Kept(path.name, datetime.fromtimestamp(modified, UTC), aside)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
