"""The messages of the demonstration, read in the browser: nothing is sent while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from flask import Blueprint, render_template
from werkzeug.exceptions import NotFound

from ptce_aap.web.access import public
from ptce_aap.web.context import settings

bp = Blueprint("mailbox", __name__, url_prefix="/messages")
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that was written."""

    key: str
    to: str
    subject: str
    at: datetime | None
    text: str


@bp.get("")
@public
def messages() -> str:
    """List the latest messages of the demonstration."""
    letters = [_read(path) for path in _files()[:SHOWN]]
    return render_template("mailbox/messages.html", letters=letters)


@bp.get("/<key>")
@public
def message(key: str) -> str:
    """Show one message."""
    found = next((path for path in _files() if path.stem == key), None)
    if found is None:
        raise NotFound()
    return render_template(
        "mailbox/message.html", letter=_read(found), breadcrumb=[("Messages", "/messages"), ("Message", None)]
    )


def _files() -> list[Path]:
    """Return the files of the messages, the latest first; nothing exists outside the demonstration."""
    if not settings().demo:
        raise NotFound()
    folder = settings().instance / "outbox"
    return sorted(folder.glob("*.eml"), key=lambda path: (-path.stat().st_mtime, path.name))


def _read(path: Path) -> Letter:
    mail = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=default)
    body = mail.get_body(("plain",))
    date = mail["Date"]
    return Letter(
        key=path.stem,
        to=str(mail["To"] or ""),
        subject=str(mail["Subject"] or ""),
        at=date.datetime if date is not None else None,
        text=str(body.get_content()) if body is not None else "",
    )
