"""A ZIP archive of files that are not compressed: the same bytes everywhere for the same files, nothing to inflate."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO

_WHEN = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_ORDINARY_FILE = 0o100644 << 16


def write(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of these files, in this order."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.create_system = _UNIX
            entry.external_attr = _ORDINARY_FILE
            archive.writestr(entry, content)
    return out.getvalue()
