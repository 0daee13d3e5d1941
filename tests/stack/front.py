"""gunicorn behind nginx in the place of our own web process, for tests that start processes one by one."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.stack.pieces import BUCKET, FILES, nginx, object_store

COMMAND = [sys.executable, "-m", "gunicorn", "--config", str(FILES / "gunicorn.conf.py")]


@contextmanager
def stored_outside(folder: Path) -> Iterator[str]:
    """Keep pieces in an S3 server of this test; give its address for the settings."""
    with object_store(folder) as told, pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        yield f"s3://{BUCKET}/{folder.name}"


@contextmanager
def before_gunicorn(port: int, processes: int = 2) -> Iterator[dict[str, str]]:
    """Run nginx on a port, before a gunicorn that the caller starts with ``COMMAND`` and this environment."""
    with ExitStack() as ends:
        folder = Path(tempfile.mkdtemp(prefix="ptce-web-", dir="/tmp"))
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        ends.enter_context(nginx(port, [f"unix:{folder}/web.sock"], secure=False))
        yield {
            "PTCE_LISTEN": f"unix:{folder}/web.sock",
            "PTCE_WEB_PROCESSES": str(processes),
            "PTCE_PROXIES": "unix 127.0.0.1",
            "PTCE_PROXIES_DATE": "oui",
            "PATH": os.environ["PATH"],
        }
