"""The file of a backup: a tar whose last member tells the size and SHA-256 of all the others, sealed or not."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.exchange import canonical_json
from ptce_aap.services.backups.sealed import MAGIC, SealedReader, SealingWriter

HEADER = "en-tete.json"
MANIFEST = "manifeste.json"
_BUFFER = 1024 * 1024


@dataclass(slots=True)
class Written:
    """The archive being written."""

    tar: tarfile.TarFile
    members: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, name: str, content: bytes) -> None:
        """Add a member from the memory."""
        self.add_stream(name, io.BytesIO(content), len(content))

    def add_stream(self, name: str, stream: IO[bytes], size: int) -> None:
        """Add a member of ``size`` bytes."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        reader = _Hashed(stream)
        self.tar.addfile(member, reader)
        self.members.append((name, size, reader.hash.hexdigest()))


class _Hashed:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read and hash."""
        data = self._stream.read(size)
        self.hash.update(data)
        return data


@dataclass(frozen=True, slots=True)
class Checked:
    """What an archive says of itself, once every byte of it was read and found as its manifest says."""

    header: dict[str, Any]
    manifest: dict[str, Any]


@contextmanager
def writing(target: IO[bytes], header: dict[str, Any], passphrase: str | None) -> Iterator[Written]:
    """Open an archive to be filled; its manifest is written where nothing failed."""
    sealing = SealingWriter(target, passphrase) if passphrase is not None else None
    output: Any = sealing or target
    with tarfile.open(fileobj=output, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        written = Written(tar)
        written.add(HEADER, _json(header))
        yield written
        manifest = {"members": [list(one) for one in written.members]}
        written.add(MANIFEST, _json(manifest))
    if sealing is not None:
        sealing.finish()


def is_sealed(path: Path) -> bool:
    """Tell whether a passphrase is needed to read this file."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


@contextmanager
def reading(path: Path, passphrase: str | None) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Open an archive, its members in their order, each to be read before the next.

    Errors: ``RuleViolation`` with ``backup_locked``, ``backup_sealed_otherwise``, ``backup_damaged``.
    """
    sealed = is_sealed(path)
    if sealed and passphrase is None:
        raise RuleViolation("backup_locked")
    with path.open("rb") as file:
        source: IO[bytes] = file
        if sealed and passphrase is not None:
            source = io.BufferedReader(SealedReader(file, passphrase), _BUFFER)
        try:
            with tarfile.open(fileobj=source, mode="r|") as tar:
                yield _members(tar)
            # The seal of the last piece says that nothing was cut off.
            while source.read(_BUFFER):
                pass
        except (tarfile.TarError, EOFError) as error:
            raise RuleViolation("backup_damaged") from error


def checked(path: Path, passphrase: str | None) -> Checked:
    """Read an archive to its end. Errors: as ``reading``, and ``backup_damaged`` where a member is not as told."""
    found: list[list[Any]] = []
    header: Any = None
    manifest: Any = None
    with reading(path, passphrase) as members:
        for name, stream in members:
            if name in (HEADER, MANIFEST):
                content = stream.read()
                told = _object(content)
                header, manifest = (told, manifest) if name == HEADER else (header, told)
                if name == HEADER:
                    found.append([name, len(content), hashlib.sha256(content).hexdigest()])
                continue
            size, digest = 0, hashlib.sha256()
            while chunk := stream.read(_BUFFER):
                size += len(chunk)
                digest.update(chunk)
            found.append([name, size, digest.hexdigest()])
    if header is None or manifest is None or manifest.get("members") != found:
        raise RuleViolation("backup_damaged")
    return Checked(header, manifest)


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in tar:
        stream = tar.extractfile(member) if member.isreg() else None
        if stream is None:
            raise RuleViolation("backup_damaged")
        yield member.name, stream


def _object(content: bytes) -> dict[str, Any]:
    try:
        told = json.loads(content)
    except ValueError as error:
        raise RuleViolation("backup_damaged") from error
    if not isinstance(told, dict):
        raise RuleViolation("backup_damaged")
    return told


def _json(value: object) -> bytes:
    return canonical_json(value).encode("utf-8")
