"""Pages leave compressed, where the request comes from our own pages: 200 rows then weigh what a small picture does."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

_LEAST = 2_000  # bytes: less is not worth a header
_LEVEL = 4
# A page that another site asks for in its reader's name is never compressed: its length would tell that site what the
# page holds (BREACH). Browsers say where a request comes from; one that does not say gets the page as it is.
_FROM_HERE = frozenset({"same-origin", "none"})


def init_app(app: Flask) -> None:
    """Compress pages on their way out."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html" or response.direct_passthrough or response.is_streamed:
        return response
    response.headers.add("Vary", "Accept-Encoding, Sec-Fetch-Site")
    wanted = request.accept_encodings["gzip"] > 0 and request.headers.get("Sec-Fetch-Site") in _FROM_HERE
    if not wanted or "Content-Encoding" in response.headers or (response.content_length or 0) < _LEAST:
        return response
    response.set_data(gzip.compress(response.get_data(), _LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
