"""One interface over a local folder, an S3-compatible service and the memory: bytes named by their SHA-256."""

from __future__ import annotations

import io
import os
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.store import ObjectStore, from_url

from ptce_aap.domain.errors import RuleViolation

_CHUNK = 256 * 1024
_SPOOL = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept: the digest that finds it again, and its size in bytes."""

    digest: str
    size: int


class Storage(Protocol):
    """Bytes by digest; who may read them is decided by the row that names the digest, never here."""

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
        incoming = self._folder / "incoming"
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
        return self._path(digest).open("rb")

    def exists(self, digest: str) -> bool:
        return self._path(digest).is_file()

    def delete(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._folder / _key(digest)


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
        return io.BufferedReader(_ObjectReader(obstore.open_reader(self._store, _key(digest))), _CHUNK)

    def exists(self, digest: str) -> bool:
        try:
            obstore.head(self._store, _key(digest))
        except FileNotFoundError:
            return False
        return True

    def delete(self, digest: str) -> None:
        obstore.delete(self._store, _key(digest))


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


def _key(digest: str) -> str:
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256 digest")
    return f"{digest[:2]}/{digest}"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
