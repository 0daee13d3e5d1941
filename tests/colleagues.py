"""People who share a dossier, laid out in a test: what each does, is refused and finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.sharing import Kind, Right
from ptce_aap.models import OutboxItem
from ptce_aap.services import invariants
from ptce_aap.services.applicants import applicant, dossier_invitations, dossier_people
from tests.filings import BASE, NOW, Applicants

SUMMARY = "projet.resume"


def do(call: Applicants, work: Callable[..., Any], name: str, *args: object, at: Any = NOW, **more: Any) -> Any:
    """Act as somebody."""
    return call.database.transaction(work, call.actor(name), *args, **more, now=at)


def invite(
    call: Applicants,
    reference: str,
    name: str = "basile",
    kind: Kind = Kind.EDITOR,
    right: Right = Right.EDIT,
    *,
    by: str = "anne",
    at: Any = NOW,
) -> str:
    email = f"{name}@example.org"
    return str(do(call, dossier_invitations.invite, by, reference, email, kind, right, base_url=BASE, at=at))


def join(call: Applicants, reference: str, name: str = "basile", **given: Any) -> None:
    do(call, dossier_invitations.accept, name, invite(call, reference, name, **given))


def line(call: Applicants, reference: str, name: str = "basile") -> dossier_people.Line:
    with call.database.reading() as session:
        page = dossier_people.people_page(session, call.actor(), reference, now=NOW)
    return next(one for one in page.lines if one.email == f"{name}@example.org")


def refusal(work: Callable[..., Any], *args: Any, **more: Any) -> str:
    with pytest.raises(RuleViolation) as refused:
        work(*args, **more)
    return refused.value.code


def opens(call: Applicants, reference: str, name: str) -> str:
    """Return what somebody may do on a dossier; nothing where it does not exist for him."""
    with call.database.reading() as session:
        try:
            return applicant.held(session, call.actor(name), reference)[2].value
        except NotFound:
            return ""


def letters(call: Applicants, to: str) -> list[str]:
    with call.database.reading() as session:
        items = session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail").order_by(OutboxItem.created_at))
        return [item.payload["subject"] for item in items if item.payload["to"] == to]


def sound(call: Applicants) -> None:
    with call.database.reading() as session:
        assert [finding.name for finding in invariants.check_all(session) if not finding.ok] == []
