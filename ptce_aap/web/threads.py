"""The messages of a dossier as a page: one thread, whoever reads it and in whichever room."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import TextAreaField

from ptce_aap import clock
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.services.exchanges import correspondence
from ptce_aap.services.exchanges.correspondence import Desk
from ptce_aap.services.exchanges.message_files import Received
from ptce_aap.storage import inspection
from ptce_aap.web import downloads
from ptce_aap.web.context import actor, db, enter, settings, storage
from ptce_aap.web.forms import PageForm
from ptce_aap.web.messages import sentence

_DRAW_MOST = 64


class MessageForm(PageForm):
    """A message being written."""

    text = TextAreaField("Votre message")


@dataclass(frozen=True, slots=True)
class Room:
    """Where a thread is read: how it is found, its template, and the addresses of its acts."""

    load: Callable[[Session], Desk]
    template: str
    page: str
    read: str
    file: Callable[[str], str]
    trail: Callable[[Desk], list[tuple[str, str | None]]]


def show(room: Room, form: MessageForm | None = None, *, refusals: tuple[str, ...] = ()) -> str:
    """Show a page of the thread, the latest message first, and the form where this person may write."""
    number = request.args.get("page", 1, type=int)
    with db().reading() as session:
        desk = room.load(session)
        thread = correspondence.thread(session, actor(), desk, now=clock.now(), number=number)
    enter(desk.call)
    return render_template(
        room.template,
        thread=thread,
        dossier=desk.dossier,
        room=room,
        form=form or MessageForm(formdata=None),
        refusals=refusals,
        draw=_draw(),
        kinds=", ".join(extension.upper() for extension in inspection.accepted_extensions()),
        each=inspection.MAXIMUM_BYTES // 2**20,
        maximum=correspondence.TEXT_MOST,
        files_most=correspondence.FILES_MOST,
        breadcrumb=room.trail(desk),
    )


def write(room: Room) -> Response | tuple[str, int]:
    """Send a message with its files; sent twice from one form, it leaves once. A refusal keeps the text."""
    with db().reading() as session:
        room.load(session)  # whoever may not read the thread stores nothing
    form = MessageForm()
    try:
        files = [_receive(sent) for sent in request.files.getlist("fichiers") if sent.filename]
        db().transaction(_write, room, form.text.data or "", files)
    except NotFound:
        raise
    except RuleViolation as refusal:
        if refusal.code == "messages_closed":
            raise  # the page has no form any more: that of the refusal shows what was typed
        form.text.errors = [sentence(refusal)] if refusal.code.startswith("message_") else []
        return show(room, form, refusals=() if form.text.errors else (sentence(refusal),)), 422
    flash("Votre message est envoyé.", "success")
    return redirect(room.page)


def mark_read(room: Room) -> Response:
    """Note that the messages of the page are read."""
    db().transaction(_mark, room, request.form.get("jusqua", ""))
    return redirect(room.page)


def send_file(room: Room, reference: str) -> Response:
    """Give a file of a message back."""
    with db().reading() as session:
        file = correspondence.file_of(session, room.load(session), reference)
    return downloads.send(file.sha256, filename=file.filename, media_type=file.media_type)


def _write(session: Session, room: Room, text: str, files: list[Received]) -> None:
    correspondence.write(
        session,
        actor(),
        room.load(session),
        text,
        files,
        draw=request.form.get("tirage", "")[:_DRAW_MOST] or _draw(),
        base_url=settings().base_url,
        now=clock.now(),
        scanner=settings().clamav_url is not None,
    )


def _mark(session: Session, room: Room, up_to: str) -> None:
    correspondence.mark_read(session, actor(), room.load(session), up_to, now=clock.now())


def _receive(sent: Any) -> Received:
    inspected = inspection.inspect(sent.stream, sent.filename or "")
    return Received(inspected, storage().put(sent.stream, limit=inspection.MAXIMUM_BYTES))


def _draw() -> str:
    return secrets.token_urlsafe(16)
