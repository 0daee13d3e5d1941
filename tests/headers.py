"""What every answer of the application carries, whatever test asked for it: looked at on each request of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, request, request_finished

from ptce_aap.web.context import EXTENSION

_POLICY = ("default-src 'none'", "frame-ancestors")
_OF_A_PAGE = ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'")
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_RUN = frozenset({"text/javascript", "application/javascript", "application/ecmascript", "text/css"})
# A letter is shown in a frame of ours, in a sandbox that runs nothing: mails are styled where they stand.
_STYLED = frozenset({"management.letter_preview"})


def faults(response: Response, *, secure: bool, endpoint: str | None) -> list[str]:
    """Return what an answer lacks, or holds and should not."""
    headers, wrong = response.headers, []
    policy = headers.get("Content-Security-Policy", "")
    wrong += [part for part in _POLICY if part not in policy]
    if response.mimetype == "text/html" and endpoint not in _STYLED:
        wrong += [part for part in _OF_A_PAGE if part not in policy]
    if "script-src" in policy.replace("script-src 'none'", "") and "sandbox" in policy:
        wrong.append("a sandbox with scripts")
    if "unsafe-" in policy.replace("style-src 'unsafe-inline'", "" if endpoint in _STYLED else "unsafe-"):
        wrong.append("unsafe-")
    if response.mimetype in _RUN and endpoint != "static":
        wrong.append(f"a view that answers {response.mimetype}")
    wrong += [name for name, value in _ALWAYS.items() if headers.get(name) != value]
    if headers.get("Referrer-Policy") not in {"same-origin", "strict-origin"}:
        wrong.append("Referrer-Policy")
    if secure and "max-age=31536000" not in headers.get("Strict-Transport-Security", ""):
        wrong.append("Strict-Transport-Security")
    for cookie in headers.getlist("Set-Cookie"):
        wanted = {"httponly", "samesite=lax", "path=/"} | ({"secure"} if secure else set())
        held = {part.strip().lower() for part in cookie.split(";")[1:]}
        wrong += [f"cookie: {part}" for part in wanted - held]
        if secure and not cookie.startswith("__Host-"):
            wrong.append("cookie: __Host-")
    wrong += [name for name in ("Server", "X-Powered-By") if name in headers]
    return wrong


@contextmanager
def watching() -> Iterator[list[str]]:
    """Collect what is wrong with the answers of this process."""
    found: list[str] = []

    def look(sender: Flask, response: Response, **_: Any) -> None:
        if EXTENSION not in sender.extensions:
            return  # another application, which a test plays
        secure = bool(sender.config.get("SESSION_COOKIE_SECURE"))
        for fault in faults(response, secure=secure, endpoint=request.endpoint):
            found.append(f"{request.method} {request.path} ({response.status_code}): {fault}")

    with request_finished.connected_to(look):
        yield found
