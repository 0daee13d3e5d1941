"""French spaces in templates: no-break ones before « : ; ? ! » % €, set once when a template is compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import Environment
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

_BEFORE = re.compile(r"(?<![ \n]) (?=[:;?!»%€](?:[\s<\"'.,)…]|$))")
_HARD = "\u00a0"


class FrenchSpaces(Extension):
    """Correct what templates say themselves, texts and literals alike; values from elsewhere are left as they are.

    The filter ``espaces`` corrects a value where it is known to be a sentence of the application.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters["espaces"] = _spaced_value

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            worded = token.type in ("data", "string")
            yield Token(token.lineno, token.type, spaced(token.value)) if worded else token


def _spaced_value(text: str) -> str:
    corrected = spaced(str(text))
    return Markup(corrected) if isinstance(text, Markup) else corrected  # noqa: S704 - it was markup already


def spaced(text: str) -> str:
    """Return the text with the spaces of French typography."""
    return _BEFORE.sub(_HARD, text).replace("« ", f"«{_HARD}")
