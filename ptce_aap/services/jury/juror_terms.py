"""What sharing out respects of each juror: the call team sets his loads and his region, he and it say what he knows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import Conflict as Changed
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.models import Call, JurorTerms
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import dossiers
from ptce_aap.services.journal import journal
from ptce_aap.services.jury.jurors import Juror, jurors

MOST = 1_000  # dossiers to read, for one juror


@dataclass(frozen=True, slots=True)
class Terms:
    """What is known of a juror; ``version`` 0: nothing was written yet."""

    minimum: int | None = None
    maximum: int | None = None
    region: str | None = None
    themes: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one juror's terms, with what can be chosen; (value, label) pairs."""

    juror: Juror
    terms: Terms
    themes: tuple[tuple[str, str], ...]
    regions: tuple[tuple[str, str], ...]


_NOTHING = Terms()


def terms_of(session: Session, call: Call) -> dict[int, Terms]:
    """Return what is known of the jurors of a call, by person."""
    rows = session.scalars(select(JurorTerms).where(JurorTerms.call_id == call.id))
    return {row.person_id: _terms(row) for row in rows}


def themes_to_know(session: Session, call: Call) -> tuple[tuple[str, str], ...]:
    """Return the themes that the dossiers of a call may have, with their labels; none where it asks for none."""
    question = dossiers.theme_question(calls.definition_of(session, call))
    return tuple((option.value, option.label) for option in question.options) if question else ()


def page(session: Session, actor: Actor, call: Call, reference: str) -> Page:
    """Return the terms of a juror. Errors: ``not_found``."""
    accounts.require(actor, Permission.ASSIGN, call.id)
    return _page(session, call, _juror(session, actor, call, reference))


def own_page(session: Session, actor: Actor, call: Call) -> Page:
    """Return one's own terms, as a juror. Errors: ``not_found``."""
    accounts.require(actor, Permission.SCORE, call.id)
    return _page(session, call, _juror(session, actor, call, actor.reference))


def save(
    session: Session,
    actor: Actor,
    call_id: int,
    reference: str,
    *,
    minimum: int | None,
    maximum: int | None,
    region: str,
    themes: Collection[str],
    version: int,
    now: datetime,
) -> None:
    """Write what the call team knows of a juror.

    Errors: ``not_found``, ``loads_backwards``, ``load_out_of_range``, ``unknown_region``, ``changed_meanwhile``.
    """
    accounts.require(actor, Permission.ASSIGN, call_id)
    call = calls.locked(session, call_id)
    juror = _juror(session, actor, call, reference)
    known = {code.code for code in calls.definition_of(session, call).sheet.regions}
    if region and region not in known:
        raise RuleViolation("unknown_region", given=region, admitted=", ".join(sorted(known)))
    for load in (minimum, maximum):
        if load is not None and not 0 <= load <= MOST:
            raise RuleViolation("load_out_of_range", maximum=MOST)
    if minimum is not None and maximum is not None and minimum > maximum:
        raise RuleViolation("loads_backwards")
    row = _row(session, call, juror, version)
    row.minimum, row.maximum, row.region = minimum, maximum, region or None
    row.themes = _admitted(session, call, themes)
    _note(session, actor, call, juror, row, now)


def save_own_themes(
    session: Session, actor: Actor, call_id: int, *, themes: Collection[str], version: int, now: datetime
) -> None:
    """Write the themes that a juror says he knows. Errors: ``not_found``, ``changed_meanwhile``."""
    accounts.require(actor, Permission.SCORE, call_id)
    call = calls.locked(session, call_id)
    juror = _juror(session, actor, call, actor.reference)
    row = _row(session, call, juror, version)
    row.themes = _admitted(session, call, themes)
    _note(session, actor, call, juror, row, now)


def _juror(session: Session, actor: Actor, call: Call, reference: str) -> Juror:
    found = next((juror for juror in jurors(session, actor, call) if juror.reference == reference), None)
    if found is None:
        raise NotFound()
    return found


def _page(session: Session, call: Call, juror: Juror) -> Page:
    row = session.get(JurorTerms, (call.id, juror.person_id))
    regions = calls.definition_of(session, call).sheet.regions
    return Page(
        juror=juror,
        terms=_terms(row) if row else _NOTHING,
        themes=themes_to_know(session, call),
        regions=tuple((region.code, region.name) for region in regions),
    )


def _row(session: Session, call: Call, juror: Juror, version: int) -> JurorTerms:
    row = session.get(JurorTerms, (call.id, juror.person_id))
    if (row.version if row else 0) != version:
        raise Changed()
    if row is None:
        row = JurorTerms(call_id=call.id, person_id=juror.person_id, themes=[])
        session.add(row)
    return row


def _admitted(session: Session, call: Call, themes: Collection[str]) -> list[str]:
    """Return the themes that the call knows, in its order: anything else was forged."""
    known = [value for value, _ in themes_to_know(session, call)]
    if not set(themes) <= set(known):
        raise NotFound()
    return [value for value in known if value in themes]


def _note(session: Session, actor: Actor, call: Call, juror: Juror, row: JurorTerms, now: datetime) -> None:
    session.flush()
    facts = {"minimum": row.minimum, "maximum": row.maximum, "themes": len(row.themes)}
    on = ("person", juror.reference)
    journal.record(session, actor, "juror.described", on=on, at=now, call_id=call.id, facts=facts)


def _terms(row: JurorTerms) -> Terms:
    return Terms(row.minimum, row.maximum, row.region, tuple(row.themes), row.version)
