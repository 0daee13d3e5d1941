"""What people are called, their addresses and what they typed, anywhere in a database: the journal holds none of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from ptce_aap.models import Answer, Base, JournalEntry, Opinion

# Columns whose value is somebody's, by their name: a table that comes later is looked at too.
_COLUMNS = frozenset(
    {
        *("carrier", "carrier_key", "comment", "email", "email_key", "filename", "label", "name", "name_key"),
        *("quality", "reason", "sentence", "subject", "text", "title", "title_key"),
    }
)
# The files of a call are public.
_PUBLIC = frozenset({"call", "definition_source"})
# An answer may be a key of the questionnaire, which the journal may name; a name or a text is longer, or has blanks.
_LONGEST_KEY = 24


def personal_texts(session: Session) -> set[str]:
    """Return every text of the database that is somebody's."""
    texts: set[str] = set()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if table.name not in _PUBLIC and column.name in _COLUMNS and isinstance(column.type, String):
                texts.update(session.execute(select(column).distinct()).scalars())
    for typed in (Answer.value, Opinion.answers):
        for value in session.scalars(select(typed)):
            texts.update(leaf for leaf in leaves(value) if " " in leaf or "@" in leaf or len(leaf) > _LONGEST_KEY)
    return {text for text in texts if text}


def told_in_the_journal(session: Session) -> list[str]:
    """Return the lines that hold something personal, whole or within a longer text."""
    texts = personal_texts(session)
    long = [text for text in texts if " " in text or "@" in text]
    told = []
    for entry in session.scalars(select(JournalEntry)):
        held = {entry.actor, entry.object, *leaves(entry.facts)}
        row = json.dumps([entry.actor, entry.object, entry.facts], ensure_ascii=False)
        if held & texts or any(text in row for text in long):
            told.append(f"{entry.chain} {entry.sequence} {entry.act}")
    return told


def leaves(value: Any) -> Iterator[str]:
    """Yield every text of a JSON value, keys apart from those of its objects."""
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from leaves(one)
        case list():
            for one in value:
                yield from leaves(one)
