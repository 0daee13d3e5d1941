"""Signed statements of the sign-in service: who signed, for whom, when; nothing of one that fails is believed."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

# Signatures by a private key only: with « none » or a shared secret, the public keys would be enough to forge.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_SKEW_S = 30


class Untrue(Exception):
    """A statement that must not be believed; the text says why, and holds nothing of it."""


def read(statement: str, keys: KeySet, *, issuer: str, client_id: str, now: float, expires: bool) -> dict[str, Any]:
    """Return the claims of a signed statement (compact JWS). ``expires``: it must say until when it holds.

    Errors: ``Untrue``.
    """
    try:
        claims = jwt.decode(statement, keys, algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Untrue(f"signature: {type(error).__name__}") from error
    if claims.get("iss") != issuer:
        raise Untrue("issuer")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if client_id not in audiences or (len(audiences) > 1 and claims.get("azp") != client_id):
        raise Untrue("audience")
    if claims.get("azp", client_id) != client_id:
        raise Untrue("authorised party")
    _check_times(claims, now, expires)
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise Untrue("subject")
    return dict(claims)


def check_nonce(claims: Mapping[str, Any], nonce: str) -> None:
    """Refuse a statement made for another visit. Errors: ``Untrue``."""
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise Untrue("nonce")


def _check_times(claims: Mapping[str, Any], now: float, expires: bool) -> None:
    until, since, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf")
    if until is None and expires:
        raise Untrue("no expiry")
    for instant in (until, since, begins):
        if instant is not None and (isinstance(instant, bool) or not isinstance(instant, int | float)):
            raise Untrue("instants")
    if until is not None and until <= now - _SKEW_S:
        raise Untrue("expired")
    if any(instant is not None and instant > now + _SKEW_S for instant in (since, begins)):
        raise Untrue("not yet")
