"""The numerical libraries in a command: one thread each, so that the same input gives the same bytes."""

from __future__ import annotations

import os

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def one_thread() -> None:
    """Hold the linear algebra to one thread; to be called before the first numerical import."""
    for name in _THREADS:
        os.environ[name] = "1"
