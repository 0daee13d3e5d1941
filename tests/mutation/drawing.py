"""Every small fault of one module: mutmut's operators on the whole of it, tables included, and elements dropped."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.mutators import mutation_operators

from tests.mutation.results import Mutant

# What says nothing of what the module does: kinds of values, where names come from, how a class keeps its fields.
_UNTOUCHED = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom)
_DISPLAYS = (cst.Tuple, cst.List, cst.Set, cst.Dict)


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield the faults of a module, each once; those that change nothing or make no module are left out."""
    text = path.read_text(encoding="utf-8")
    module = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    places = module.resolve(PositionProvider)
    parents = module.resolve(ParentNodeProvider)
    seen = {_meaning(text)}
    for node in _touched(module.module):
        for replaced, new in _faults(node, parents.get(node)):
            changed = module.module.deep_replace(replaced, new)
            source = changed.code if isinstance(changed, cst.Module) else text
            meaning = _meaning(source)
            if meaning is None or meaning in seen:
                continue
            seen.add(meaning)
            yield Mutant(places[node].start.line, *_difference(text, source), source)


def _touched(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for child in node.children:
        if not isinstance(child, _UNTOUCHED):
            yield child
            yield from _touched(child)


def _faults(node: cst.CSTNode, parent: cst.CSTNode | None) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    if isinstance(node, cst.BaseString) and (_is_sentence(node) or isinstance(parent, cst.Expr)):
        return
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            for new in operator(node):
                yield node, new
    if isinstance(node, _DISPLAYS):
        for place in range(len(node.elements)):
            kept = [*node.elements[:place], *node.elements[place + 1 :]]
            if kept or not isinstance(node, cst.Set):  # an empty set is not written so
                yield node, node.with_changes(elements=kept)


def _is_sentence(node: cst.BaseString) -> bool:
    """Tell whether a text is words for readers: their spelling is not what the module decides."""
    return isinstance(node, cst.SimpleString) and " " in str(node.evaluated_value).strip()


def _meaning(source: str) -> str | None:
    try:
        return ast.dump(ast.parse(source))
    except (SyntaxError, ValueError):
        return None


def _difference(before: str, after: str) -> tuple[str, str]:
    """Return the lines that differ, before and after, without their common beginning and end."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return " ".join(one.strip() for one in old), " ".join(one.strip() for one in new)
