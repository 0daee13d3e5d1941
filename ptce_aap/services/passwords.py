"""Passwords: how they are hashed, checked and refused."""

from __future__ import annotations

import argon2

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.services import common_passwords

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 200

_hasher = argon2.PasswordHasher()
# Verified when the account does not exist, so that both refusals do the same work.
_nobody = ""


def use_parameters(*, time_cost: int, memory_cost_kib: int) -> None:
    """Change the cost of Argon2id: tests only, so that hundreds of sign-ins stay quick."""
    global _hasher, _nobody
    _hasher = argon2.PasswordHasher(time_cost=time_cost, memory_cost=memory_cost_kib, parallelism=1)
    _nobody = ""


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
    return _hasher.hash(secret)


def verify_password(stored: str | None, password: str) -> bool:
    """Tell whether a password is the one that was hashed; an account without one costs the same work."""
    global _nobody
    if not _nobody:
        _nobody = _hasher.hash("no account has this password")
    try:
        _hasher.verify(stored or _nobody, password[: MAXIMUM_LENGTH + 1])
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return stored is not None
