"""What is written in the logs when somebody or a try is refused: who, where, on what, by references only."""

from __future__ import annotations

import re

import structlog
from flask import g, request
from flask_login import current_user

from ptce_aap.web import access

_log = structlog.get_logger("ptce_aap.web.access")
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{22}")
DENIED = "access.denied"
REFUSED_TRY = "access.try_refused"
CODES = frozenset({"not_found", "not_allowed", "deport"})
"""The refusals of services that say no to the person, not to what he typed."""


def note(status: int, code: str = "") -> None:
    """Write that a signed-in person was refused. What stands in the address is told only where it is a reference."""
    if request.endpoint is None or not current_user.is_authenticated or access.is_public(request.endpoint):
        return
    named = (request.view_args or {}).get("reference", "")
    call = g.get("call")
    _log.info(
        DENIED,
        status=status,
        code=code,
        actor=current_user.actor.reference,
        method=request.method,
        endpoint=request.endpoint,
        call=call.slug if call is not None else "",
        object=named if _REFERENCE.fullmatch(named) else "",
    )


def note_try(code: str) -> None:
    """Write that a password, a code, a key or a link was not the right one: where and why, never what was typed."""
    _log.info(REFUSED_TRY, code=code, endpoint=request.endpoint, method=request.method)
