"""Disks that fill: a small one of memory where this machine mounts it, a limit on the size of files elsewhere."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

_MEGABYTE = 1024 * 1024
_SIZE = 24 * _MEGABYTE


class Disk(Protocol):
    """A folder whose room a test takes away and gives back."""

    folder: Path

    def fill(self, leave: int) -> None:
        """Leave this many bytes of room."""

    def free(self) -> None:
        """Give the room back."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Give a folder that can be full."""
    folder.mkdir(exist_ok=True)
    if not _mounted(folder):
        limited = LimitedFiles(folder)
        try:
            yield limited
        finally:
            limited.free()
        return
    try:
        yield SmallMount(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


class SmallMount:
    """A disk of memory of its own, filled by one file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._filler = folder, folder / "filler"

    def fill(self, leave: int) -> None:
        room = os.statvfs(self.folder)
        with self._filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(room.f_bavail * room.f_frsize - leave, 1))

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)


class LimitedFiles:
    """No disk of our own: no file of this process grows past what the largest of the folder has, and some bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._before = folder, resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self, leave: int) -> None:
        largest = max((path.stat().st_size for path in self.folder.rglob("*-wal")), default=0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + leave, self._before[1]))

    def free(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)


def _mounted(folder: Path) -> bool:
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
