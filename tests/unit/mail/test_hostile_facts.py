"""No fact of a message, whatever its template, adds a header, ends one, or changes to whom it goes."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from ptce_aap.clock import now
from ptce_aap.mail import messages, rendering
from ptce_aap.mail.catalogue import CATALOGUE
from ptce_aap.mail.message import Message
from ptce_aap.mail.sender import Letterhead
from tests import hostile

BASE = "https://aap.example.org"
AWAY = "evil.example"
FACTS = (
    "".join(f"Pôle{end}Bcc: x@{AWAY}{end}{end}<b>corps</b>" for end in hostile.LINE_ENDS),
    f"=?utf-8?q?x?=\r\n Subject: y\r\n\r\nTo: x@{AWAY}",
    f'"x" <x@{AWAY}>, y@{AWAY}; {{{{7*7}}}}',
    "\u202e\u2066" + "é" * 600,
    "".join(hostile.SCRIPTS[:20]),
)
# What a template chooses its words by, or leads to: the program writes them.
_OURS = frozenset({"link", "what", "stop", "kind", "verdict", "state", "outcome"})


def facts_of(kind: str, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the facts of the catalogue's example of a kind, and the rest of what it is composed with."""
    told: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def listen(to: str, kind: str, facts: dict[str, Any], **more: Any) -> Message:
        told.append((dict(facts), more))
        return rendering.compose(to, kind, facts, **more)

    with monkeypatch.context() as patch:
        patch.setattr(messages, "compose", listen)
        next(letter for letter in CATALOGUE if letter.kind == kind).example(BASE)
    return told[0]


def sent(message: Message) -> EmailMessage:
    """Return the message as its reader's program takes it."""
    raw = Letterhead("appels@aap.example.org", "aap.example.org").compose(message, identifier="0f3a", at=now())
    mail = message_from_bytes(raw.as_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.mark.target("SEC-40")
@pytest.mark.parametrize("kind", [letter.kind for letter in CATALOGUE])
def test_what_people_are_called_bends_no_message(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    facts, more = facts_of(kind, monkeypatch)
    plain = sent(rendering.compose("a@example.org", kind, facts, **more))
    typed = [name for name, value in facts.items() if isinstance(value, str) and name not in _OURS]
    for hostile_fact in FACTS:
        bent = rendering.compose("a@example.org", kind, {**facts, **dict.fromkeys(typed, hostile_fact)}, **more)
        mail = sent(bent)
        assert mail.keys() == plain.keys()
        assert [len(part.keys()) for part in mail.walk()] == [len(part.keys()) for part in plain.walk()]
        assert (mail["To"], mail["From"]) == (plain["To"], plain["From"])
        assert mail["Subject"] == bent.subject
        assert not any(sign in bent.subject for sign in hostile.LINE_ENDS)
        assert len(bent.subject) <= 250
        page = mail.get_body(("html",))
        assert page is not None
        assert "<b>corps" not in page.get_content()
        assert "<script" not in page.get_content()
        assert "49" not in bent.subject
        assert all(part.defects == [] for part in mail.walk())
