"""One message to one person: its address, its subject, its two texts and what is joined to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Any

from ptce_aap.domain.errors import RuleViolation

_MAXIMUM_ADDRESS = 254
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+\.[^\s@<>()\[\],;:\"\\.]+")


def parse_address(text: str) -> Address:
    """Return ``text`` as one e-mail address. Errors: ``RuleViolation("mail_address_refused")``."""
    if len(text) > _MAXIMUM_ADDRESS or not text.isascii() or not _ADDRESS.fullmatch(text):
        raise RuleViolation("mail_address_refused")
    try:
        return Address(addr_spec=text)
    except (ValueError, IndexError) as error:
        raise RuleViolation("mail_address_refused") from error


def is_address(text: str) -> bool:
    """Tell whether a message can be sent there."""
    try:
        parse_address(text)
    except RuleViolation:
        return False
    return True


def on_one_line(text: str, limit: int = 120) -> str:
    """Return a name typed by somebody as it may stand in a subject: one line, cut where it is long."""
    line = re.sub(" +", " ", _CONTROL.sub(" ", text)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Joined:
    """A small text file that travels with a message, such as a calendar."""

    name: str
    subtype: str  # of text/…
    content: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one person; a header that a stranger could bend is refused here.

    ``kind`` names its template, ``stop`` is the address by which the person asks for no more such messages.
    """

    to: str
    subject: str
    text: str
    html: str = ""
    kind: str = ""
    stop: str = ""
    joined: tuple[Joined, ...] = ()

    def __post_init__(self) -> None:
        parse_address(self.to)
        if _CONTROL.search(self.subject) or not self.subject.strip() or len(self.subject) > 300:
            raise RuleViolation("mail_subject_refused")
        if re.search(r"[\s<>]", self.stop):
            raise ValueError("an address by which messages are stopped holds neither blanks nor brackets")

    def as_payload(self) -> dict[str, object]:
        """Return the form in which the outbox keeps the message until it is sent."""
        payload: dict[str, object] = {"to": self.to, "subject": self.subject, "text": self.text}
        payload |= {name: value for name in ("html", "kind", "stop") if (value := getattr(self, name))}
        if self.joined:
            payload["joined"] = [[file.name, file.subtype, file.content] for file in self.joined]
        return payload

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Message:
        """Return the message that the outbox kept."""
        joined = tuple(Joined(*file) for file in payload.get("joined", ()))
        return cls(**{name: value for name, value in payload.items() if name != "joined"}, joined=joined)
