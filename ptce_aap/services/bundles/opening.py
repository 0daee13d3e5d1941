"""Reading an archive that anybody may have written: nothing is inflated nor written to disk, sizes are bounded."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from ptce_aap.domain.bundles import layout
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.services.bundles.findings import Invalid

LARGEST = 256 * 1024 * 1024
LARGEST_VALUES = 64 * 1024 * 1024
_END = struct.Struct("<4s4H2LH")  # the end of an archive; its sixth number is the length of the table of contents
_END_MARK, _WIDE_MARK = b"PK\x05\x06", b"PK\x06\x07"
_LONGEST_COMMENT = 65_535
_LONGEST_CONTENTS = 1024 * 1024
_UNLISTED = frozenset({layout.MANIFEST})
_BESIDE = frozenset({layout.JOURNAL, layout.HEAD, layout.HEADS, layout.NOTICE, layout.VERIFIER})


@dataclass(frozen=True, slots=True)
class Opened:
    """The files of a bundle: those that its manifest names, each with the digest that it gives."""

    files: Mapping[str, bytes]
    call: str
    software: str

    def value(self, name: str) -> Any:
        """Return what a file of values holds. Errors: ``Invalid`` where it is no JSON."""
        return value_of(name, self.files[name])

    def table(self, name: str) -> dict[str, Any]:
        """Return a file that holds one object. Errors: ``Invalid``."""
        found = self.value(name)
        if not isinstance(found, dict):
            raise Invalid("wrong_shape", name)
        return found


def read(path: Path) -> Opened:
    """Return the files of a bundle: an archive as it was made, or the folder that it was unpacked to.

    Errors: ``RuleViolation`` for what is no bundle at all (``bundle_missing``, ``bundle_too_large``,
    ``bundle_damaged``, ``bundle_without_manifest``, ``bundle_format``), ``Invalid`` for one whose files are not those
    of its manifest.
    """
    try:
        files = _folder(path) if path.is_dir() else _archive(path)
    except FileNotFoundError:
        raise RuleViolation("bundle_missing") from None
    except OSError as error:
        raise RuleViolation("bundle_unreadable", why=error.strerror or "") from None
    if layout.MANIFEST not in files:
        raise RuleViolation("bundle_without_manifest")
    return _as_listed(files)


def value_of(name: str, content: bytes) -> Any:
    """Return the JSON value of a file, without floats nor repeated keys. Errors: ``Invalid``."""
    if len(content) > LARGEST_VALUES:
        raise Invalid("too_large", name)
    try:
        return json.loads(
            content.decode("utf-8"), parse_float=_refuse, parse_constant=_refuse, object_pairs_hook=_without_twice
        )
    except (ValueError, RecursionError):
        raise Invalid("not_json", name) from None


def _archive(path: Path) -> dict[str, bytes]:
    if path.stat().st_size > LARGEST:
        raise RuleViolation("bundle_too_large", mebibytes=LARGEST // 1024 // 1024)
    data = path.read_bytes()
    _require_few_entries(data)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            # Made without compression: what is not is another file, and nothing swells.
            if any(one.compress_type for one in entries) or sum(one.file_size for one in entries) > len(data):
                raise RuleViolation("bundle_compressed")
            if any(one.flag_bits for one in entries) or len({one.filename for one in entries}) < len(entries):
                raise RuleViolation("bundle_damaged")
            return {one.filename: archive.read(one) for one in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError, struct.error):
        raise RuleViolation("bundle_damaged") from None


def _require_few_entries(data: bytes) -> None:
    """Refuse an archive whose table of contents alone would fill the memory, before it is read."""
    at = len(data) - _END.size
    if data[at : at + 4] != _END_MARK or data[-2:] != b"\0\0":
        at = data.rfind(_END_MARK, max(0, at - _LONGEST_COMMENT))
    if at < 0 or len(data) < at + _END.size or _WIDE_MARK in data[max(0, at - 20) : at]:
        raise RuleViolation("bundle_damaged")
    if _END.unpack_from(data, at)[5] > _LONGEST_CONTENTS:
        raise RuleViolation("bundle_damaged")


def _folder(path: Path) -> dict[str, bytes]:
    """Return the files of a folder, those that systems hide left out. Links are not followed."""
    found: dict[str, bytes] = {}
    left = LARGEST
    for one in sorted(path.rglob("*")):
        name = one.relative_to(path).as_posix()
        if one.is_symlink() or not one.is_file() or any(part.startswith(".") for part in name.split("/")):
            continue
        left -= one.stat().st_size
        if left < 0:
            raise RuleViolation("bundle_too_large", mebibytes=LARGEST // 1024 // 1024)
        found[name] = one.read_bytes()
    return found


def _as_listed(files: Mapping[str, bytes]) -> Opened:
    manifest = _manifest(files[layout.MANIFEST])
    listed: dict[str, dict[str, Any]] = manifest["files"]
    for name in sorted(set(listed) | set(files) - _UNLISTED):
        if name not in layout.DATA and name not in _BESIDE and not layout.DEFINITION.fullmatch(name):
            raise Invalid("name_refused", name)
        if name not in files:
            raise Invalid("file_missing", name)
        if name not in listed:
            raise Invalid("file_unlisted", name)
        said = {"sha256": layout.digest(files[name]), "size": len(files[name])}
        if listed[name] != said:
            raise Invalid("file_altered", name)
    for name in (*layout.DATA, layout.JOURNAL, layout.HEAD, layout.HEADS):
        if name not in files:
            raise Invalid("file_missing", name)
    kept = {name: content for name, content in files.items() if name not in _UNLISTED}
    return Opened(kept, manifest["call"], manifest["software"]["version"])


def _manifest(content: bytes) -> dict[str, Any]:
    try:
        manifest = value_of(layout.MANIFEST, content)
        shaped = (
            isinstance(manifest["files"], dict)
            and isinstance(manifest["call"], str)
            and isinstance(manifest["software"]["version"], str)
        )
        number = manifest["format"]
    except (Invalid, KeyError, TypeError):
        raise RuleViolation("bundle_without_manifest") from None
    if not shaped:
        raise RuleViolation("bundle_without_manifest")
    if type(number) is not int or number != layout.FORMAT:
        raise RuleViolation("bundle_format", format=str(number)[:20])
    return manifest  # type: ignore[no-any-return]


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _without_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is written twice")
    return found
