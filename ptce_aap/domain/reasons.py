"""Why somebody decides: a reason is always asked for and always bounded."""

from __future__ import annotations

from ptce_aap.domain.errors import RuleViolation


def read_reason(text: str, *, most: int) -> str:
    """Return a reason without its outer blanks. Errors: ``reason_needed``, ``reason_too_long`` (``maximum``)."""
    reason = text.strip()
    if not reason:
        raise RuleViolation("reason_needed")
    if len(reason) > most:
        raise RuleViolation("reason_too_long", maximum=most)
    return reason
