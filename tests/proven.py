"""Sessions of tests: opened with a second factor just given, as an official's are, without typing a code."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.models import Person
from ptce_aap.services.accounts import accounts


def open_session(session: Session, person: Person, *, now: datetime) -> str:
    """Open a session with a fresh proof; return what its cookie holds."""
    return accounts.open_session(session, person, now=now, strong=True)
