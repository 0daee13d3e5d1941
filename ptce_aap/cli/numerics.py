"""The numerical libraries in a command: one thread each, so that the same input gives the same bytes."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def one_thread() -> None:
    """Hold the linear algebra to one thread; to be called before the first numerical import."""
    for name in _THREADS:
        os.environ[name] = "1"


@contextmanager
def quiet_solver() -> Iterator[None]:
    """Keep what the solver itself prints off the standard output: in rare solves it writes a line of its own there."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        ctypes.CDLL(None).fflush(None)
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
