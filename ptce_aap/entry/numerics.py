"""The numerical libraries of a process that computes: one thread each, loaded once and before any fork."""

from __future__ import annotations

import importlib

from ptce_aap.cli.numerics import one_thread
from ptce_aap.entry.loading import loading

_LIBRARIES = ("numpy", "scipy.linalg", "scipy.optimize", "scipy.sparse", "scipy.special")
_OURS = tuple(f"ptce_aap.domain.corrected.{name}" for name in ("explaining", "following", "leaving", "weighing"))


def load() -> None:
    """Load the libraries in this process: the jobs that it forks find them there."""
    one_thread()
    with loading():
        for name in (*_LIBRARIES, *_OURS):
            importlib.import_module(name)
