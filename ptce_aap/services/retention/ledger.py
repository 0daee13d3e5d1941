"""The list of what was erased, kept beside backups: one that is older is made to obey it when it is put back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.exchange import canonical_json
from ptce_aap.models import Dossier, Erasure, Person, RoleGrant
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.retention import erasing, people

FILE = "effacements.jsonl"
_FIELDS = frozenset({"at", "kind", "object", "why"})
Entry = dict[str, str]


def lines(session: Session) -> Iterator[str]:
    """Yield one line for each erasure, the oldest first: references, neither name nor address."""
    for one in session.scalars(select(Erasure).order_by(Erasure.id)):
        yield canonical_json({"kind": one.object_kind, "object": one.object, "why": one.why, "at": one.at.isoformat()})


def read(path: Path) -> list[Entry]:
    """Read a list. Errors: ``backup_erasures_unreadable`` with its file."""
    try:
        found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise RuleViolation("backup_erasures_unreadable", path=str(path)) from error
    for one in found:
        if not isinstance(one, dict) or one.keys() != _FIELDS or not all(isinstance(v, str) for v in one.values()):
            raise RuleViolation("backup_erasures_unreadable", path=str(path))
    return found


def merged(path: Path, told: Iterable[str]) -> str:
    """Return the text of a list with what it says already: a list that is older than it never shortens it."""
    known = dict.fromkeys(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else {}
    return "".join(f"{line}\n" for line in {**known, **dict.fromkeys(told)})


def obey(session: Session, entries: Iterable[Entry], *, now: datetime) -> int:
    """Erase again what a list says and these data still hold; return how many objects.

    Dossiers first. Roles that an erased person had still when the backup was made had been taken back since.
    """
    wanted = {(one["kind"], one["object"]): one["why"] for one in entries}
    done = {(row.object_kind, row.object) for row in session.execute(select(Erasure.object_kind, Erasure.object))}
    todo = {key: why for key, why in wanted.items() if key not in done}
    count = 0
    for (kind, reference), why in sorted(todo.items()):
        if kind == "dossier":
            found = session.scalar(select(Dossier.id).where(Dossier.reference == reference))
            if found is not None:
                erasing.erase_dossiers(session, SYSTEM, [found], why=why, now=now)
                count += 1
    for (kind, reference), why in sorted(todo.items()):
        person = session.scalar(select(Person).where(Person.reference == reference)) if kind == "person" else None
        if person is not None:
            for grant in session.scalars(select(RoleGrant).where(RoleGrant.person_id == person.id)):
                session.delete(grant)
            session.flush()
            people.erase(session, SYSTEM, person, why=why, now=now, held=(), again=True)
            count += 1
    return count
