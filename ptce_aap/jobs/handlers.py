"""Which handler answers which kind of outbox row.

A handler does its slow part (a PDF, an SMTP conversation) outside any transaction, where it may happen
twice after a crash, and returns what is to be recorded; that part happens exactly once, in the transaction
that marks the row done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.jobs.context import JobContext


@dataclass(frozen=True, slots=True)
class Task:
    """An outbox row being dealt with."""

    identifier: str
    kind: str
    payload: Mapping[str, Any]
    attempts: int
    created_at: datetime


Record = Callable[[Session], None]
Handler = Callable[[JobContext, Task], Record | None]

HANDLERS: dict[str, Handler] = {}
# The kinds whose handlers compute with arrays: their worker keeps the numerical libraries loaded.
COMPUTED: set[str] = set()


def handles(kind: str, *, computes: bool = False) -> Callable[[Handler], Handler]:
    """Register the function that answers outbox rows of this kind; ``computes``: on the queue of computations."""

    def register(handler: Handler) -> Handler:
        if kind in HANDLERS:
            raise ValueError(f"two handlers for {kind}")
        HANDLERS[kind] = handler
        if computes:
            COMPUTED.add(kind)
        return handler

    return register
