"""How many tries are taken from whom: a flood is refused, and its victim still enters from a device that we know."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from flask import Flask, Response, make_response, render_template, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import TooManyRequests

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.web import denials, proxies
from ptce_aap.web.context import counters, settings
from ptce_aap.web.counters import Quota

MINUTE, HOUR, DAY = 60, 3600, 86_400
# Failures only: whoever enters uses nothing up, and forty jurors behind one address do not keep each other out.
SIGN_INS_OF_AN_ACCOUNT = Quota("sign-in-account", 10, 5 * MINUTE)
SIGN_INS_FROM_AN_ADDRESS = Quota("sign-in-address", 10, 5 * MINUTE)
SIGN_INS_IN_ALL = Quota("sign-in", 1_000, 5 * MINUTE)
SIGN_INS_OF_A_DEVICE = Quota("sign-in-device", 10, 5 * MINUTE)
CODES = Quota("code", 5, 5 * MINUTE)
CODES_OF_THE_DAY = Quota("code-day", 50, DAY)
CODES_OF_A_DEVICE = Quota("code-device", 5, 5 * MINUTE)
CODES_OF_A_DEVICE_IN_A_DAY = Quota("code-device-day", 50, DAY)
# What leaves a letter behind counts whether it succeeds or not.
RESETS_FROM_AN_ADDRESS = Quota("reset-address", 30, HOUR)
REGISTRATIONS_FROM_AN_ADDRESS = Quota("registration-address", 60, HOUR)
VISITS_FROM_AN_ADDRESS = Quota("visit-address", 120, 5 * MINUTE)
LINKS_FROM_AN_ADDRESS = Quota("link-address", 60, 5 * MINUTE)

_KNOWN_FOR = 90 * DAY
_ACCOUNTS_OF_A_DEVICE = 5
_EVERYBODY = "all"

Asked = Sequence[tuple[Quota, str]]


class TooManyTries(TooManyRequests):
    """A quota is used up; ``retry_after`` seconds are left."""

    def __init__(self, wait: int) -> None:
        super().__init__(retry_after=wait)
        self.wait = wait


def init_app(app: Flask) -> None:
    """Say what to do on the page that refuses a flood."""
    app.register_error_handler(TooManyTries, _page)


@contextmanager
def only_failures(asked: Asked) -> Iterator[None]:
    """Count a try; only one that a rule refuses stays counted, and is told. Errors: ``TooManyTries``."""
    count(asked)
    try:
        yield
    except RuleViolation as refusal:
        denials.note_try(refusal.code)
        raise
    except BaseException:
        counters().give_back(asked)  # a breakdown of ours is nobody's failure
        raise
    counters().give_back(asked)


def count(asked: Asked) -> None:
    """Count a try that counts whatever comes of it. Errors: ``TooManyTries``."""
    spent = counters().take(asked)
    if spent is not None:
        denials.note_try("too_many_tries")
        raise TooManyTries(spent.wait)


def of_sign_in(email: str) -> Asked:
    """Return what a try to sign in counts against: a device that this account knows has its own count.

    The address first and everybody last: a flood from one place uses up neither the account nor the whole.
    """
    if device := _device_that_knows(email):
        return [(SIGN_INS_OF_A_DEVICE, device)]
    return [
        (SIGN_INS_FROM_AN_ADDRESS, client_address()),
        (SIGN_INS_OF_AN_ACCOUNT, _mark_of(email)),
        (SIGN_INS_IN_ALL, _EVERYBODY),
    ]


def of_code(email: str, reference: str) -> Asked:
    """Return what a second-factor code counts against, once the password of this account was given.

    The account, never its address alone: others may have opened accounts that only say the same address.
    """
    if device := _device_that_knows(email):
        return [(CODES_OF_A_DEVICE, device), (CODES_OF_A_DEVICE_IN_A_DAY, device)]
    return [(CODES, _mark_of(reference)), (CODES_OF_THE_DAY, _mark_of(reference))]


def of_reset() -> Asked:
    """Return what a demand for a new password counts against; each account has its own count besides."""
    return [(RESETS_FROM_AN_ADDRESS, client_address())]


def of_registration(email: str) -> Asked:
    """Return what creating an account counts against; a password is tried there too (``enrolment.prepare``)."""
    return [(REGISTRATIONS_FROM_AN_ADDRESS, client_address()), (SIGN_INS_OF_AN_ACCOUNT, _mark_of(email))]


def of_link() -> Asked:
    """Return what trying a link received by mail counts against."""
    return [(LINKS_FROM_AN_ADDRESS, client_address())]


def of_visit() -> Asked:
    """Return what leaving for an outside sign-in service, and coming back, count against."""
    return [(VISITS_FROM_AN_ADDRESS, client_address())]


def client_address() -> str:
    """Return where a request comes from, as far as it can be told apart: of IPv6, the network of a home."""
    try:
        address = proxies.read_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def remember_device(response: Response, email: str) -> None:
    """Let this browser be known to an account that has just been entered from it, whoever floods that account.

    Only an account that has proved its address: whoever opens one with the address of another is no known device of it.
    """
    device, known = _device()
    kept = [_mark_of(email), *(mark for mark in known if mark != _mark_of(email))][:_ACCOUNTS_OF_A_DEVICE]
    response.set_cookie(
        _cookie(),
        # Its name stays when an account is added: entering another account gives no new tries on this one.
        _signer().dumps([device or secrets.token_urlsafe(16), *kept]),
        max_age=_KNOWN_FOR,
        httponly=True,
        samesite="Lax",
        secure=settings().base_url.startswith("https://"),
        path="/",
    )


def is_known_device(email: str) -> bool:
    """Tell whether this account was entered from this browser: what strangers use up leaves it something."""
    return bool(_device_that_knows(email))


def _device_that_knows(email: str) -> str:
    """Return the name of this device, empty where this account was never entered from it."""
    device, known = _device()
    return device if _mark_of(email) in known else ""


def _device() -> tuple[str, list[str]]:
    """Return the name of the browser and the accounts that know it; empty where we never named it."""
    try:
        name, *known = _signer().loads(request.cookies.get(_cookie(), ""), max_age=_KNOWN_FOR)
    except (BadSignature, ValueError):
        return "", []
    return name, known


def _mark_of(email: str) -> str:
    """Return what stands for an account in cookies and counts: nobody reads an address from it."""
    return hmac.new(_key(), email.strip().casefold().encode(), "sha256").hexdigest()[:32]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_key(), salt="known-device")


def _key() -> bytes:
    return settings().secret_key.encode()


def _cookie() -> str:
    return "__Host-ptce-appareil" if settings().base_url.startswith("https://") else "ptce-appareil"


def _page(refusal: TooManyTries) -> Response:
    minutes = -(-refusal.wait // MINUTE)
    wait = f"{-(-minutes // 60)}\u00a0heures" if minutes > 60 else f"{minutes}\u00a0minute{'s' if minutes > 1 else ''}"
    response = make_response(render_template("errors/too_many.html", wait=wait), 429)
    response.headers["Retry-After"] = str(refusal.wait)
    return response
