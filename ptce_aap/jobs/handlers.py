"""Which handler answers which kind of outbox row.

A handler does its slow part (a PDF, an SMTP conversation) outside any transaction, where it may happen
twice after a crash, and returns what is to be recorded; that part happens exactly once, in the transaction
that marks the row done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
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


class On(StrEnum):
    """On which queue a kind of row waits. The workers of the last two keep the numerical libraries loaded."""

    COMMON = "ptce"  # receipts, exports, what tidies
    MAILS = "ptce-mails"  # minutes of a mail server that says nothing: no document waits behind it
    COMPUTATIONS = "ptce-computations"  # seconds of numerical work: no document delays it
    RANKS = "ptce-ranks"  # what a page waits for, under a second: no long computation delays it


QUEUES: dict[str, On] = {}
PERIODS: dict[str, timedelta] = {}
"""The kinds that come back by themselves: the relay owes a row of each once a period."""


def handles(kind: str, *, on: On = On.COMMON) -> Callable[[Handler], Handler]:
    """Register the function that answers outbox rows of this kind, and the queue on which they wait."""

    def register(handler: Handler) -> Handler:
        if kind in HANDLERS:
            raise ValueError(f"two handlers for {kind}")
        HANDLERS[kind] = handler
        QUEUES[kind] = on
        return handler

    return register


def periodic(kind: str, *, every: timedelta, on: On = On.COMMON) -> Callable[[Handler], Handler]:
    """Register a handler of a kind that nobody asks for: the relay owes a row of it once a period, its payload empty.

    A round that is not done yet is not followed by another. The handler looks at what is to be done now, whatever
    was missed meanwhile, and does nothing where there is nothing: a period says how late it may be, not at what hour.
    """

    def register(handler: Handler) -> Handler:
        handles(kind, on=on)(handler)
        PERIODS[kind] = every
        return handler

    return register
