"""Passwords: how they are hashed, checked and refused."""

from __future__ import annotations

import argon2

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.services.accounts import common_passwords

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 200

_hasher = argon2.PasswordHasher()
# For secrets of 59 random bits, which no dictionary holds: the least that OWASP asks of Argon2id, ten at a time.
_light = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified when the account does not exist, so that both refusals do the same work.
_nobody = ""
_no_secret = ""


def use_parameters(*, time_cost: int, memory_cost_kib: int) -> None:
    """Change the cost of Argon2id: tests only, so that hundreds of sign-ins stay quick."""
    global _hasher, _light, _nobody, _no_secret
    _hasher = _light = argon2.PasswordHasher(time_cost=time_cost, memory_cost=memory_cost_kib, parallelism=1)
    _nobody = _no_secret = ""


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password that a person chooses; nothing is asked of what it is made of.

    Errors: ``password_too_short``, ``password_too_long``, ``password_common``.
    """
    if len(password) < MINIMUM_LENGTH:
        raise RuleViolation("password_too_short", minimum=MINIMUM_LENGTH, given=len(password))
    if len(password) > MAXIMUM_LENGTH:
        raise RuleViolation("password_too_long", maximum=MAXIMUM_LENGTH)
    if common_passwords.is_common(password):
        raise RuleViolation("password_common")
    return _hasher.hash(password)


def hash_secret(secret: str) -> str:
    """Return the Argon2id hash of a secret that we have drawn ourselves."""
    return _light.hash(secret)


def verify_secret(stored: str | None, secret: str) -> bool:
    """Tell whether a secret is the one that was hashed; one that is not known costs the same work."""
    global _no_secret
    if not _no_secret:
        _no_secret = _light.hash("nothing has this secret")
    return _verify(_light, stored or _no_secret, secret) and stored is not None


def verify_password(stored: str | None, password: str) -> bool:
    """Tell whether a password is the one that was hashed; an account without one costs the same work."""
    global _nobody
    if not _nobody:
        _nobody = _hasher.hash("no account has this password")
    return _verify(_hasher, stored or _nobody, password) and stored is not None


def _verify(hasher: argon2.PasswordHasher, kept: str, given: str) -> bool:
    try:
        return hasher.verify(kept, given[: MAXIMUM_LENGTH + 1])
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
