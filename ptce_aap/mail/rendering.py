"""A template of ``templates/mail/`` and its facts become a message: subject, HTML, and the same words as plain text."""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ptce_aap.mail.message import Joined, Message, on_one_line
from ptce_aap.mail.plain import as_plain_text
from ptce_aap.resources import shipped
from ptce_aap.typography import FrenchSpaces


def folder() -> Path:
    """Return where the templates of messages are."""
    return shipped("templates") / "mail"


def compose(
    to: str, kind: str, facts: Mapping[str, object], *, stop: str = "", joined: tuple[Joined, ...] = ()
) -> Message:
    """Return the message that the template ``kind`` makes of these facts; a fact that it misses is an error.

    Facts are escaped: what people typed is read as typed, in both texts. The plain text is read from the HTML,
    so that the two never say different things.
    Errors: ``mail_address_refused``.
    """
    template = _environment().get_template(f"{kind}.html")
    told = {"stop": stop, **facts}
    subject = "".join(template.blocks["subject"](template.new_context(told)))
    rendered = template.render(told)
    return Message(
        to,
        on_one_line(html.unescape(subject), 250),
        as_plain_text(rendered),
        html=rendered,
        kind=kind,
        stop=stop,
        joined=joined,
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder()),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=[FrenchSpaces],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["court"] = _short
    environment.filters["compte"] = _counted
    return environment


def _short(text: object, limit: int = 120) -> str:
    return on_one_line(str(text), limit)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number}\u00a0{one if number < 2 else many}"
