"""Style sheets and scripts as they are served: compressed once per version, in the instance's folder."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from whitenoise.compress import Compressor

STATIC = Path(__file__).resolve().parents[1] / "static"


def served(instance: Path) -> Path:
    """Return the folder to serve: the compressed copy of this version where it was prepared, else the files."""
    copy = _copy(instance)
    return copy if copy.is_dir() else STATIC


def prepare(instance: Path) -> None:
    """Make the compressed copy of this version, and forget those of others."""
    copy = _copy(instance)
    if copy.is_dir():
        return
    shutil.rmtree(copy.parent, ignore_errors=True)
    unfinished = copy.with_suffix(".unfinished")
    shutil.copytree(STATIC, unfinished)
    compressor = Compressor(quiet=True)
    for path in sorted(unfinished.rglob("*")):
        if path.is_file() and compressor.should_compress(path.name):
            compressor.compress(str(path))
    unfinished.rename(copy)


def _copy(instance: Path) -> Path:
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(STATIC)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return instance / "static" / digest.hexdigest()[:16]
