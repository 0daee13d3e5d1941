"""The numerical libraries of a process that computes: one thread each, loaded once and before any fork."""

from __future__ import annotations

import importlib
import os

# Read by the linear algebra libraries when they are loaded. With one thread the same inputs give the same bytes.
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_LOADED = ("numpy", "scipy.linalg", "scipy.optimize", "scipy.special")


def load() -> None:
    """Load the libraries in this process: the jobs that it forks find them there."""
    for name in _THREADS:
        os.environ[name] = "1"
    for name in _LOADED:
        importlib.import_module(name)
