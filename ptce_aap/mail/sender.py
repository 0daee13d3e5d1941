"""The way out of a message: an SMTP server, or files in ``instance/outbox/`` where none is set."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from ptce_aap.config import Settings
from ptce_aap.mail.message import Message, parse_address

# A server that is silent when called is away, and documents wait behind its messages; one that thinks is not.
_GREETING_S = 10
_TIMEOUT_S = 30
_SERVICE = "Appels à projets"
_STOP = "List-Unsubscribe"


class Sender(Protocol):
    """Sends one message; raises when it could not, and may then be asked again with the same identifier."""

    def send(self, message: Message, *, identifier: str, at: datetime) -> None:
        """Send ``message``; the same ``identifier`` gives the same Message-ID, so that a copy can be told."""
        ...


def open_sender(settings: Settings) -> Sender:
    """Return the sender that the settings ask for."""
    letterhead = Letterhead(settings.smtp_from, urlsplit(settings.base_url).hostname or "localhost")
    if settings.smtp_url is None:
        return FileSender(settings.instance / "outbox", letterhead)
    return SmtpSender(urlsplit(settings.smtp_url), letterhead)


class _Folding(EmailPolicy):
    """The library's way with headers, but for two: it loses blanks of a long subject, and cuts a long address."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """Return the header as it travels."""
        if name == _STOP:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        if name == "Subject":
            folded = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
            return f"{name}: {folded}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_TRAVELLING = _Folding(linesep=SMTP.linesep)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What every message of this installation carries."""

    sender: str
    domain: str

    def compose(self, message: Message, *, identifier: str, at: datetime) -> EmailMessage:
        """Return the message as it travels."""
        mail = EmailMessage(policy=_TRAVELLING)
        mail["Message-ID"] = f"<{identifier}@{self.domain}>"
        mail["Date"] = at
        mail["From"] = Address(display_name=_SERVICE, addr_spec=self.sender)
        mail["To"] = parse_address(message.to)
        # Encoded here: the library would read « =?utf-8?q?…?= » in a text that somebody typed.
        mail["Subject"] = Header(message.subject, "utf-8").encode(maxlinelen=0)
        mail["Auto-Submitted"] = "auto-generated"
        if message.stop:
            mail[_STOP] = f"<{message.stop}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail.set_content(message.text, charset="utf-8", cte="quoted-printable")
        if message.html:
            mail.add_alternative(message.html, subtype="html", charset="utf-8", cte="quoted-printable")
        for file in message.joined:
            mail.add_attachment(
                file.content.encode(),
                maintype="text",
                subtype=file.subtype,
                filename=file.name,
                params={"charset": "utf-8"},
            )
        _set_boundaries(mail, identifier)
        return mail


def _set_boundaries(mail: EmailMessage, identifier: str) -> None:
    """Part the message by lines of its own, the same each time it is written; no encoded text holds ``=_``."""
    for depth, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{identifier}-{depth}")


@dataclass(frozen=True, slots=True)
class FileSender:
    """Writes each message to a file named by its identifier: sent twice, it is still one file."""

    folder: Path
    letterhead: Letterhead

    def send(self, message: Message, *, identifier: str, at: datetime) -> None:
        """Write the message, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.folder / f".{identifier}.part"
        draft.write_bytes(self.letterhead.compose(message, identifier=identifier, at=at).as_bytes())
        draft.replace(self.folder / f"{identifier}.eml")


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """Speaks to ``smtp://user:password@host:port`` (TLS as soon as the server offers it) or ``smtps://…``."""

    url: SplitResult
    letterhead: Letterhead

    def send(self, message: Message, *, identifier: str, at: datetime) -> None:
        """Hand the message over; returning means that the server took charge of it."""
        mail = self.letterhead.compose(message, identifier=identifier, at=at)
        with self._connect() as server:
            if self.url.username:
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
            server.send_message(mail)

    def _connect(self) -> smtplib.SMTP:
        host, context = self.url.hostname or "localhost", ssl.create_default_context()
        if self.url.scheme == "smtps":
            return _patient(smtplib.SMTP_SSL(host, self.url.port or 465, timeout=_GREETING_S, context=context))
        server = _patient(smtplib.SMTP(host, self.url.port or 25, timeout=_GREETING_S))
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif self.url.username:
            server.close()
            raise smtplib.SMTPNotSupportedError("the server offers no encryption: the password is not sent")
        return server


def _patient(server: smtplib.SMTP) -> smtplib.SMTP:
    """Give a server that has answered the time that it needs for a message."""
    assert server.sock is not None
    server.sock.settimeout(_TIMEOUT_S)
    return server
