"""Bytes kept in an object store: an S3-compatible service, or the memory in tests."""

from __future__ import annotations

import io
import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, BinaryIO
from urllib.parse import urlsplit

import obstore
from obstore.store import ObjectStore, from_url

from ptce_aap.storage.store import ASIDE, CHUNK, Kept, Stored, copied, is_digest, key_of

_SPOOL = 1024 * 1024


def open_objects(url: str) -> ObjectStorage:
    """Return the object store named by ``s3://bucket/prefix`` or ``memory:///``."""
    if urlsplit(url).scheme == "memory":
        return ObjectStorage(from_url(url))
    return ObjectStorage(from_url(url, client_options={"allow_http": _plain_http_is_local()}))


def _plain_http_is_local() -> bool:
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    return endpoint.hostname in {"localhost", "127.0.0.1", "::1"}


class ObjectStorage:
    """An object store: S3-compatible, or the memory in tests."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, stream: IO[bytes], *, limit: int | None = None) -> Stored:
        # The name is the digest of the whole, so the whole is read before anything is sent.
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool:
            stored = copied(stream, spool, limit)
            spool.seek(0)
            obstore.put(self._store, key_of(stored.digest), spool)
        return stored

    def open(self, digest: str) -> BinaryIO:
        try:
            source = obstore.open_reader(self._store, key_of(digest))
        except FileNotFoundError:
            source = obstore.open_reader(self._store, key_of(digest, aside=True))
        return io.BufferedReader(_ObjectReader(source), CHUNK)

    def exists(self, digest: str) -> bool:
        return any(self._has(key_of(digest, aside=aside)) for aside in (False, True))

    def kept(self) -> Iterator[Kept]:
        for found in itertools.chain.from_iterable(obstore.list(self._store)):
            folder, _, digest = found["path"].rpartition("/")
            aside = folder == ASIDE
            if is_digest(digest) and (aside or folder == digest[:2]):
                yield Kept(digest, found["last_modified"].astimezone(UTC), aside)

    def set_aside(self, digest: str) -> None:
        with suppress(FileNotFoundError):
            obstore.rename(self._store, key_of(digest), key_of(digest, aside=True))

    def bring_back(self, digest: str) -> None:
        with suppress(FileNotFoundError):
            obstore.rename(self._store, key_of(digest, aside=True), key_of(digest))

    def forget_aside(self, digest: str) -> None:
        obstore.delete(self._store, key_of(digest, aside=True))

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
