"""Which tests say that they hold a target, read in their source: ``@pytest.mark.target("SEC-05")``."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"


@dataclass(frozen=True, slots=True, order=True)
class Test:
    """A function of a file of tests; ``path`` is told from the root of the repository."""

    __test__ = False
    path: str
    name: str

    def __str__(self) -> str:
        return f"{self.path}::{self.name}"


class Misplaced(ValueError):
    """A marker that stands elsewhere than over one function of a test, or that names no single target in plain."""


def marked(folder: Path = TESTS, root: Path = ROOT) -> dict[str, tuple[Test, ...]]:
    """Return the tests of each target that a marker names. Errors: Misplaced."""
    found: dict[str, set[Test]] = defaultdict(set)
    for path in sorted(folder.rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        if "mark.target" in source:
            for identifier, name in _of(ast.parse(source, str(path))):
                found[identifier].add(Test(path.relative_to(root).as_posix(), name))
    return {identifier: tuple(sorted(tests)) for identifier, tests in sorted(found.items())}


def _of(module: ast.Module) -> Iterator[tuple[str, str]]:
    known = set()
    for function in module.body:
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            for decorator in filter(_is_marker, function.decorator_list):
                known.add(decorator)
                yield _named(decorator), function.name
    for node in ast.walk(module):
        if _is_marker(node) and node not in known:
            raise Misplaced(ast.unparse(node))


def _is_marker(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.target"


def _named(marker: ast.AST) -> str:
    match marker:
        case ast.Call(args=[ast.Constant(value=str(identifier))], keywords=[]):
            return identifier
    raise Misplaced(ast.unparse(marker))
