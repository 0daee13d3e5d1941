"""Headers, form tokens and size limits: one place, for every response."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit
from wsgiref.headers import Headers

from flask import Flask, Response, request
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden

from ptce_aap.config import Settings
from ptce_aap.web import kept

CSP = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
_OF_FILES = "default-src 'none'; frame-ancestors 'none'"
_REQUEST_BYTES = 25 * 1024 * 1024
_FORM_BYTES = 2 * 1024 * 1024
_FORM_PARTS = 2_000
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Posted by mail programs, which hold no form token: the address is signed, and does nothing else.
WITHOUT_TOKEN = ("ptce_aap.web.reminders.stop",)


class _Protection(CSRFProtect):  # type: ignore[misc]
    """Asks every unsafe request for its token; a form sent again from the page that kept it has another proof."""

    def protect(self) -> None:
        if not kept.granted():
            super().protect()


def init_app(app: Flask, settings: Settings) -> None:
    """Set the limits, the protection of forms and the headers."""
    secure = _is_secure(settings)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.former_keys),
        WTF_CSRF_SECRET_KEY=settings.signing_keys,
        MAX_CONTENT_LENGTH=_REQUEST_BYTES,
        MAX_FORM_MEMORY_SIZE=_FORM_BYTES,
        MAX_FORM_PARTS=_FORM_PARTS,
        SESSION_COOKIE_NAME="__Host-ptce-form" if secure else "ptce-form",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        TRUSTED_HOSTS=_hosts(settings),
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session: a long evening loses no text
        WTF_CSRF_SSL_STRICT=secure,
    )
    app.before_request(_refuse_other_sites)
    app.before_request(_limit_typed_form)
    protection = _Protection(app)
    for view in WITHOUT_TOKEN:
        protection.exempt(view)
    app.after_request(_headers(secure, _policy(settings)))


def _refuse_other_sites() -> None:
    # Browsers say where a request comes from: no form of ours is sent by another site, whatever token it holds.
    if request.method not in _SAFE and request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Forbidden()


def _limit_typed_form() -> None:
    # The parser limits the memory of a form with files only; one without is read at once.
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = _FORM_BYTES


def _hosts(settings: Settings) -> list[str]:
    given = urlsplit(settings.base_url).hostname or "localhost"
    return [given] if settings.public else sorted({given, "127.0.0.1", "localhost", "[::1]"})


def _policy(settings: Settings) -> str:
    # Signing out leads on to the sign-in service: browsers hold the end of a form's way to this list too.
    if settings.proconnect_issuer is None:
        return CSP
    outside = urlsplit(settings.proconnect_issuer)
    return CSP.replace("form-action 'self'", f"form-action 'self' {outside.scheme}://{outside.netloc}")


def of_files(settings: Settings) -> Callable[[Headers, str, str], None]:
    """Return what adds headers to the files of ``static/``, which no view answers."""
    fixed = _fixed(_is_secure(settings)) | {"Content-Security-Policy": _OF_FILES, "Referrer-Policy": "same-origin"}

    def add(headers: Headers, _path: str, _url: str) -> None:
        for name, value in fixed.items():
            headers[name] = value

    return add


def _is_secure(settings: Settings) -> bool:
    return settings.base_url.startswith("https://")


def _fixed(secure: bool) -> dict[str, str]:
    """Return the headers that every answer has, pages and files alike."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    return headers | ({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if secure else {})


def _headers(secure: bool, policy: str) -> Callable[[Response], Response]:
    fixed = _fixed(secure)

    def add(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", policy)
        headers.update(fixed)
        # The address of a personal link is its secret: not even our own pages, and the logs before them, read it.
        headers["Referrer-Policy"] = "strict-origin" if "token" in (request.view_args or {}) else "same-origin"
        if request.endpoint != "static" and current_user.is_authenticated:
            headers["Cache-Control"] = "no-store"
        return response

    return add
