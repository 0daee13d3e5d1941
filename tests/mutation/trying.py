"""One fault tried: a process of its own imports the module with it, and runs the tests that should find it.

Importing this sets pytest and hypothesis for such runs alone: no test of the project does.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import signal
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.config import default_plugins
from hypothesis import settings

from tests.mutation.results import Verdict

# Imported once, here: a fault costs its tests and the modules of the application, not the tools; nor any plugin.
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
for _tool in (
    "fractions",
    "hypothesis.strategies",
    "hypothesis.database",
    "tomllib",
    "zoneinfo",
    *(f"_pytest.{one}" for one in default_plugins),
):
    importlib.import_module(_tool)

# What is drawn at random is the same for every fault, and in any other run.
settings.register_profile("mutants", max_examples=30, derandomize=True, database=None, deadline=None)
settings.load_profile("mutants")

_OPTIONS = (
    *("--noconftest", "--exitfirst", "--quiet", "--no-header", "--no-summary", "--tb=no", "--assert=plain"),
    *("-p", "no:cacheprovider", "-p", "no:unraisableexception", "-p", "no:threadexception", "--capture=no"),
)
CPU_S = 2
"""A fault that makes a loop endless is found when its tests have taken so long."""


def tried(module: str, source: str, path: Path, tests: Sequence[str]) -> Verdict:
    """Run the tests, stopping at the first that fails, where ``module`` is made of ``source``."""
    assert not any(name.startswith("ptce_aap") for name in sys.modules), "the application was imported before the fault"
    child = os.fork()
    if child == 0:
        os._exit(_run(module, source, path, tests))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return Verdict.ENDLESS
    return Verdict.SURVIVED if os.WEXITSTATUS(status) == pytest.ExitCode.OK else Verdict.KILLED


def _run(module: str, source: str, path: Path, tests: Sequence[str]) -> int:
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.meta_path.insert(0, _Faulty(module, source, path))
    gc.disable()  # its tests are short: looking for what may be freed would take half of their time
    try:
        return int(pytest.main([*_OPTIONS, *tests]))
    except BaseException:  # whatever a fault brings down was found
        return int(pytest.ExitCode.TESTS_FAILED)


class _Faulty(MetaPathFinder, Loader):
    """Gives the faulty text of one module to whoever imports it; all the others are found as ever."""

    def __init__(self, module: str, source: str, path: Path) -> None:
        self._module, self._source, self._path = module, source, path

    def find_spec(self, name: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != self._module:
            return None
        return ModuleSpec(name, self, origin=str(self._path))

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self._path)
        exec(compile(self._source, str(self._path), "exec"), module.__dict__)
