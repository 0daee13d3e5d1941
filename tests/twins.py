"""Two databases that differ by one dossier: how the one is made out of the other, and how each is read to its end."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from flask import Flask
from sqlalchemy import ForeignKeyConstraint
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.test import TestResponse

from ptce_aap.domain.journal_chain import FIRST, digest_of
from ptce_aap.domain.permissions import RIGHTS, Scope
from ptce_aap.models import Base
from tests.permissions.entries import entries

# What is drawn for each answer, whatever is in the database.
_DRAWN = re.compile(r'(?:nonce|data-options|name="(?:csrf_token|_auteur|_renvoi|tirage)" value)="[^"]*"')
_NONCE = re.compile(r"'nonce-[^']*'")
_LINK = re.compile(r'(?:href|action)="(/[^"#]*)')
_SEARCHES = 'name="q"'
# The key of an application of codes is drawn at each look; the state of an installation is measured at each look, and
# ``test_attacks_deport.py`` reads that it is a partial view.
_LEFT_OUT = ("/static/", "/deconnexion", "/compte/securite/application", "/pilotage/installation")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person was answered, without what is drawn for each answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


Answers = dict[str, Answer]


def answer_of(response: TestResponse) -> Answer:
    """Return what was answered, headers included; apart cookies, which are drawn, and the time of the server."""
    told = ((name, value) for name, value in response.headers if name not in {"Set-Cookie", "Date"})
    headers = tuple((name, _NONCE.sub("", value)) for name, value in told)
    return Answer(response.status_code, headers, _DRAWN.sub("", response.get_data().decode("utf-8", "replace")))


def crawl(ask: Callable[[str], TestResponse], starts: Iterable[str], *, searched: Collection[str] = ()) -> Answers:
    """Read every page that is reached by links, forms, redirections and searches for these words."""
    waiting, answers = deque(starts), Answers()
    while waiting:
        path = waiting.popleft()
        if path in answers or any(left in path for left in _LEFT_OUT):
            continue
        response = ask(path)
        text = response.get_data().decode("utf-8", "replace")
        answers[path] = answer_of(response)
        if response.mimetype == "text/html":
            waiting.extend(found.replace("&amp;", "&") for found in _LINK.findall(text))
            if "?" not in path and _SEARCHES in text:
                waiting.extend(f"{path}?q={quote(word)}" for word in searched)
        if response.location:
            waiting.append(response.location)
        response.close()
    return answers


def differing(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    """Return the addresses that are not answered alike, or that one of them alone leads to."""
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))


def tells_of_the_list(app: Flask, path: str) -> bool:
    """Tell whether a page is one that everybody who holds a role reads once the list is published, or anybody."""
    try:
        endpoint = app.url_map.bind("localhost").match(path.partition("?")[0])[0]
    except MethodNotAllowed:
        return True  # the address of a form, which such a page leads to: nothing is read there
    except HTTPException:
        return False
    entry = entries()[endpoint]
    scopes = {entry.scope or _SCOPES[deed] for deed in entry.get}
    return scopes <= {Scope.STANDINGS, Scope.PUBLIC} and endpoint != "management.conflicts"


def declared_apart(path: str, answer: Answer, slug: str, title: str) -> Answer:
    """Return a page of the jury without what one has declared oneself: the row of a dossier, and the numbers."""
    if not path.startswith(f"/jury/{slug}"):
        return answer
    headers = tuple(one for one in answer.headers if one[0] != "Content-Length")
    body = _COUNTED.sub("", answer.body)
    if "/conflits" in path:
        body = _ROW.sub(lambda row: "" if title in row[0] else row[0].partition(">")[2], body)
        body = _NO_ROW.sub("", _BETWEEN.sub("><", body))
    return replace(answer, headers=headers, body=body)


_SCOPES = {line.deed: line.scope for line in RIGHTS}
_COUNTED = re.compile(r'\s;\s\d+ conflits? déclarés?|Vous avez déclaré \d+ conflits?|name="listed" value="\d+"')
_BETWEEN = re.compile(r">\s+<")
_ROW = re.compile(r"<tr id=.*?</tr>", re.DOTALL)
# A list that is searched holds one line more, or its only one.
_NUMBER = r'<p class="app-results".*?</p>\s*'
_EMPTY = r'<div class="app-table(?:(?!<div class="app-table).)*?<tbody>\s*</tbody>\s*</table>\s*</div>\s*'
_NO_ROW = re.compile(f"{_NUMBER}|{_EMPTY}", re.DOTALL)


def remove_dossier(path: Path, reference: str) -> None:
    """Take a dossier out of a database, with all that was ever written of it, as if it had never been.

    Its journal is numbered and chained again: it is that of a world where nobody acted on this dossier.
    """
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')
        named = {reference}
        rows = connection.execute("SELECT rowid FROM dossier WHERE reference = ?", (reference,)).fetchall()
        gone = {"dossier": {rowid for (rowid,) in rows}}
        acts = connection.execute("SELECT rowid FROM proposed_act WHERE object = ?", (reference,)).fetchall()
        gone["proposed_act"] = {rowid for (rowid,) in acts}
        while _follow(connection, gone):
            pass
        for table, rowids in gone.items():
            for rowid in rowids:
                if table == "sheet":
                    named |= set(connection.execute("SELECT reference FROM sheet WHERE rowid = ?", (rowid,)).fetchone())
                connection.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (rowid,))
        _forget(connection, named)
    connection.close()


def _follow(connection: sqlite3.Connection, gone: dict[str, set[int]]) -> bool:
    """Add the rows that refer to a row that goes; tell whether there were any."""
    before = sum(map(len, gone.values()))
    for table in Base.metadata.sorted_tables:
        for key in (one for one in table.constraints if isinstance(one, ForeignKeyConstraint)):
            parent = key.elements[0].column.table.name
            if not gone.get(parent):
                continue
            pairs = " AND ".join(f'c."{one.parent.name}" = p."{one.column.name}"' for one in key.elements)
            marks = ", ".join(map(str, gone[parent]))
            query = f'SELECT c.rowid FROM "{table.name}" c JOIN "{parent}" p ON {pairs} WHERE p.rowid IN ({marks})'
            gone.setdefault(table.name, set()).update(rowid for (rowid,) in connection.execute(query))
    return sum(map(len, gone.values())) > before


def _forget(connection: sqlite3.Connection, named: Collection[str]) -> None:
    """Leave the lines of the journal that name none of these; chain the others again."""
    connection.row_factory = sqlite3.Row
    told = connection.execute("SELECT * FROM journal_entry ORDER BY chain, sequence").fetchall()
    heads: dict[str, tuple[int, str]] = {}
    connection.execute("DELETE FROM journal_entry")
    for row in told:
        if row["object"] in named or any(name in row["facts"] for name in named):
            continue
        line = dict(row)
        number, previous = heads.get(line["chain"], (0, FIRST))
        line |= {"sequence": number + 1, "previous": previous}
        at = line["at"].replace(" ", "T") + ("" if "." in line["at"] else ".000000") + "Z"
        content = {key: line[key] for key in line if key not in {"digest", "call_id"}}
        line["digest"] = digest_of({**content, "at": at, "facts": json.loads(line["facts"])})
        heads[line["chain"]] = (number + 1, line["digest"])
        columns = ", ".join(f'"{name}"' for name in line)
        connection.execute(
            f"INSERT INTO journal_entry ({columns}) VALUES ({', '.join('?' * len(line))})", tuple(line.values())
        )
    for chain, (sequence, digest) in heads.items():
        connection.execute(
            "UPDATE journal_head SET sequence = ?, digest = ? WHERE chain = ?", (sequence, digest, chain)
        )
