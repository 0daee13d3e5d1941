"""What is wrong in a bundle: the first thing that does not hold, where it stands, in a code that commands word."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """The first thing that does not hold. ``line``: of the journal or of the list of a file, from 1."""

    code: str
    file: str
    line: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


class Invalid(Exception):
    """A bundle that does not hold; ``problem`` is the first thing that is wrong."""

    def __init__(self, code: str, file: str, line: int | None = None, **facts: Any) -> None:
        super().__init__(code)
        self.problem = Problem(code, file, line, facts)
