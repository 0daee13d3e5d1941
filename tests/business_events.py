"""Watches every request of a test run: what it commits to business tables goes with one line of the journal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import has_request_context, request
from sqlalchemy import Connection, Engine, event

from ptce_aap.models import Base

# What may change without a line, and why.
UNTOLD_TABLES = {
    "machinery": {"inbox", "job", "mail_message", "outbox", "outbox_lease", "periodic_task"},
    "the journal itself": {"daily_head", "daily_head_letter", "daily_head_stamp", "journal_entry", "journal_head"},
    "ways in, whose opening and closing have lines": {
        *("authenticator", "half_sign_in", "person_token", "sign_in", "spent_challenge")
    },
    "working papers, until they are applied": {"reading_plan", "resource_upload", "scenario", "table_upload"},
    "what correspondents keep for their own work: it decides nothing and nobody else reads it": {
        *("dossier_label", "dossier_note", "saved_view"),
    },
    "what was read, put away, or is computed again at will": {
        *("corrected_evidence", "corrected_part", "corrected_ranking", "dossier_copy", "message_reading"),
        "resource_visit",
    },
}
# The line of the first letter typed stands for those that the same hand types just after.
UNTOLD_ENDPOINTS = {"applicant.autosave", "applicant.autosave_row"}
# A transaction has one act. What may have a line beside the act that brings it, and why (decision 36).
FOLLOWS = {
    "an entrance, counted by whoever looks for one, whatever opened it": {
        "account.signed_in": {
            *("account.registered", "account.password_set", "account.identity_bound", "account.recovery_code_used"),
            *("account.second_factor_set", "account.second_factor_removed"),
        },
        "account.proved": {"account.recovery_code_used"},
    },
    "what became of an account, of which each part happens alone elsewhere": {
        "account.identity_bound": {"account.registered"},
        "account.joined": {"account.email_confirmed", "account.registered"},
    },
    "the other accounts of one person, each closed to the same dossiers": {
        "conflict.declared": {
            *("account.email_confirmed", "account.joined", "account.password_set", "account.registered"),
            *("dossier.filed", "ownership.taken", "person.joined", "role.granted"),
        },
    },
    "a ranking, from which the verifiers start": {
        "ranking.computed": {"dossier.admitted", "mark.revised", "marking.closed"},
    },
    "what two decided together: the answer of the second, and the act": {
        "call.extended": {"extension.confirmed"},
        "conflict.corrected": {"correction.confirmed"},
        "shortlist.frozen": {"freezing.confirmed"},
        "shortlist.published": {"publication.confirmed"},
        "role.granted": {"substitute.named"},
    },
    "another object, whose history is read alone": {
        "assignment.given": {"plan.applied", "plan.undone"},
        "assignment.taken_back": {"plan.applied", "plan.undone"},
        "complement.answered": {"dossier.filed"},
        "dossier.erased": {"account.erased"},
    },
    "how a dossier begins: empty, with the answers of a test, with those of a former dossier": {
        "dossier.copied": {"dossier.started"},
        "dossier.saved": {"dossier.started"},
    },
}
# One line for each of the objects that the act touches; every other act has one line.
FOR_EACH = {
    *("assignment.given", "assignment.taken_back", "conflict.declared", "consultation.asked", "dossier.erased"),
    "eligibility.proposed",  # of chosen dossiers, together
}
# Requests of several transactions, each with its line, and why: what is refused in one must not undo the others.
SEVERAL = {
    "applicant.save": "the texts of a stage, then each file that came with them",
}
# Given on the way to any lasting act, and kept where that act is refused.
ON_THE_WAY = ["account.proved"]
BUSINESS = frozenset(Base.metadata.tables) - frozenset().union(*UNTOLD_TABLES.values())

_WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_WRITTEN, _LINES = "tables_written", "lines_written"
_TOLD = "tests.transactions_told"


def acts_that_lead(acts: Sequence[str]) -> list[str]:
    """Return the acts of a transaction that nothing else in it explains: one, where its lines are as they should."""
    counted = Counter(acts)
    counted.update({act: 1 - counted[act] for act in FOR_EACH & counted.keys()})
    brought = {act: by for pairs in FOLLOWS.values() for act, by in pairs.items()}
    counted.subtract([act for act in counted if brought.get(act, set()) & counted.keys()])
    return sorted(counted.elements())


@dataclass
class Watch:
    """Requests that committed business: endpoints that wrote a line, (endpoint, table) of those that did not.

    ``several``: endpoints that wrote more lines than the act has, with these lines.
    """

    told: set[str] = field(default_factory=set)
    untold: set[tuple[str, str]] = field(default_factory=set)
    several: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)

    def tell(self, endpoint: str, acts: Sequence[str], before: list[str]) -> None:
        """Note a transaction that wrote lines; ``before``: the acts of the former ones of this request."""
        self.told.add(endpoint)
        if len(acts_that_lead(acts)) != 1:
            self.several.add((endpoint, tuple(sorted(acts))))
        if before and endpoint not in SEVERAL:
            self.several.add((endpoint, (*before, *sorted(acts))))
        if list(acts) != ON_THE_WAY:
            before.extend(acts)


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch every engine of this process."""
    watch = Watch()

    def note(connection: Connection, _cursor: Any, statement: str, _given: Any, context: Any, _many: bool) -> None:
        if (found := _WRITE.match(statement)) and has_request_context():
            connection.info.setdefault(_WRITTEN, set()).add(found[1])
            if found[1] == "journal_entry" and context is not None:
                lines: dict[tuple[str, int], str] = connection.info.setdefault(_LINES, {})
                lines |= {(one["chain"], one["sequence"]): one["act"] for one in context.compiled_parameters}

    def rolled_back(connection: Connection) -> None:
        connection.info.pop(_WRITTEN, None)
        connection.info.pop(_LINES, None)

    def committed(connection: Connection) -> None:
        written: set[str] = connection.info.pop(_WRITTEN, set())
        lines: dict[tuple[str, int], str] = connection.info.pop(_LINES, {})
        if not has_request_context():
            return
        if lines:
            before = request.environ.setdefault(_TOLD, [])
            watch.tell(str(request.endpoint), list(lines.values()), before)
        elif written & BUSINESS and request.endpoint not in UNTOLD_ENDPOINTS:
            watch.untold |= {(str(request.endpoint), table) for table in written & BUSINESS}

    listeners = (("before_cursor_execute", note), ("commit", committed), ("rollback", rolled_back))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield watch
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)
