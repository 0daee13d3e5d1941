"""Files given back to people: always saved, never opened by the browser inside our pages."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from flask import Response, send_file
from werkzeug.exceptions import ServiceUnavailable

from ptce_aap.documents.calendar_file import MEDIA_TYPE
from ptce_aap.web.context import storage

# Were it opened all the same, a hostile file runs nothing and reaches nothing.
_CSP = "sandbox; default-src 'none'; frame-ancestors 'none'"


def calendar(content: str, *, filename: str) -> Response:
    """Answer with the dates of a calendar file."""
    return made(content.encode(), filename=filename, media_type=MEDIA_TYPE)


def send(digest: str, *, filename: str, media_type: str) -> Response:
    """Answer with a stored file. Whoever calls has checked that this person may read it."""
    try:
        stream = storage().open(digest)
    except FileNotFoundError as error:
        raise ServiceUnavailable() from error
    return _saved(stream, filename, media_type)


def made(content: bytes, *, filename: str, media_type: str) -> Response:
    """Answer with a file that was made for this request."""
    return _saved(BytesIO(content), filename, media_type)


def _saved(stream: IO[bytes], filename: str, media_type: str) -> Response:
    response = send_file(stream, mimetype=media_type, as_attachment=True, download_name=filename, etag=False)
    response.headers["Content-Security-Policy"] = _CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
