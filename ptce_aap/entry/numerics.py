"""The numerical libraries of a process that computes: one thread each, loaded once and before any fork."""

from __future__ import annotations

import importlib

from ptce_aap.cli.numerics import one_thread

_LOADED = ("numpy", "scipy.linalg", "scipy.optimize", "scipy.sparse", "scipy.special")


def load() -> None:
    """Load the libraries in this process: the jobs that it forks find them there."""
    one_thread()
    for name in _LOADED:
        importlib.import_module(name)
