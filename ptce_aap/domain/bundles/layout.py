"""The files of a bundle: their names, their one text form, and the manifest that names them all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

FORMAT = 1
"""The version of the format. Its meaning never changes: another form takes another number."""

MANIFEST = "manifest.json"
JOURNAL = "journal.jsonl"
HEAD = "head.json"
HEADS = "heads.json"
NOTICE = "LISEZMOI.txt"
VERIFIER = "verify_bundle.py"
CALL = "call.json"
RULE = "rule.json"
DOSSIERS = "dossiers.json"
ELIGIBILITY = "eligibility.json"
OPINIONS = "opinions.json"
MARKS = "marks.json"
CONFLICTS = "conflicts.json"
DECISIONS = "decisions.json"
RANKING = "ranking.json"
LIST = "list.json"
GRID, SHEET = "grille", "appel"
"""The definitions that ranking and list read: ``definitions/…/<name>.vN.toml``."""

DATA = (CALL, RULE, DOSSIERS, ELIGIBILITY, OPINIONS, MARKS, CONFLICTS, DECISIONS, RANKING, LIST)
"""The files of values, in the order in which they are checked. The journal seals them, with the definitions."""
SEALED_ACT = "bundle.sealed"
"""The act of the journal whose facts hold the digest of every sealed file: always the last line of a bundle."""

DEFINITION = re.compile(r"definitions/(?:forms|scoring)/[a-z0-9][a-z0-9-]*/[a-z0-9_.-]+\.(?:toml|csv)")
_DEFINITIONS = "definitions/"


def text(value: Any) -> bytes:
    """Return the bytes of a file of values: JSON, sorted keys, one value a line, UTF-8, a newline at the end."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n").encode("utf-8")


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file, in 64 hexadecimal digits: what ``sha256sum`` prints."""
    return hashlib.sha256(content).hexdigest()


def place_of(source: str) -> str:
    """Return where the file of a definition stands in a bundle."""
    return f"{_DEFINITIONS}{source}"


def sealed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files that the journal seals: values and definitions."""
    return {name: files[name] for name in sorted(files) if name in DATA or DEFINITION.fullmatch(name)}


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the digest of each file."""
    return {name: digest(content) for name, content in files.items()}


def manifest(files: Mapping[str, bytes], *, call: str, version: str) -> bytes:
    """Return the manifest of these files: everything in the bundle but itself."""
    listed = {name: {"sha256": digest(content), "size": len(content)} for name, content in files.items()}
    software = {"name": "ptce-aap", "version": version}
    return text({"call": call, "files": listed, "format": FORMAT, "software": software})
