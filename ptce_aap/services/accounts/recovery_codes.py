"""Recovery codes: ten, shown once, each worth one code of the application."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ptce_aap.models import RecoveryCode
from ptce_aap.services.accounts import passwords

HOW_MANY = 10
# Neither 0 and O nor 1, I and L: codes are read on paper.
_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_GROUP, _GROUPS = 4, 4


@dataclass(frozen=True, slots=True)
class Drawn:
    """A code as it is shown, and what is kept of it."""

    shown: str  # four groups of four signs; the first finds the row, the others are 59 random bits
    selector: str
    code_hash: str


def draw() -> list[Drawn]:
    """Draw ten codes. Hashing takes a while: it is done before the transaction, which holds locks."""
    drawn: dict[str, Drawn] = {}
    while len(drawn) < HOW_MANY:
        groups = ["".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS)]
        drawn[groups[0]] = Drawn("-".join(groups), groups[0], passwords.hash_secret("".join(groups[1:])))
    return list(drawn.values())


def looks_like_one(text: str) -> bool:
    """Tell a recovery code from the six digits of an application."""
    return len(_read(text)) == _GROUP * _GROUPS


def replace(session: Session, person_id: int, drawn: list[Drawn], *, now: datetime) -> None:
    """Keep these codes of a person; those he had are worth nothing any more."""
    forget(session, person_id)
    for one in drawn:
        session.add(
            RecoveryCode(person_id=person_id, selector=one.selector, code_hash=one.code_hash, made_at=now, used_at=None)
        )
    session.flush()


def forget(session: Session, person_id: int) -> None:
    """Forget every code of a person."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))


def left(session: Session, person_id: int) -> int:
    """Return how many codes are still worth something."""
    unused = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def take(session: Session, person_id: int, text: str, *, now: datetime) -> bool:
    """Use a code up; False where it is none of this person's, or was used. Unknown codes cost the same work."""
    code = _read(text)
    selector, rest = code[:_GROUP], code[_GROUP:]
    kept = select(RecoveryCode.code_hash).where(RecoveryCode.person_id == person_id, RecoveryCode.selector == selector)
    if not passwords.verify_secret(session.scalar(kept), rest):
        return False
    used = session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.selector == selector, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.selector)
        .execution_options(synchronize_session=False)
    )
    return used.scalar_one_or_none() is not None


def _read(text: str) -> str:
    """Return the signs of a code, however it was typed: blanks, hyphens and lower case are nothing."""
    return "".join(sign for sign in text.upper() if sign.isalnum())
