"""The ranked shortlist: what freezing it would hold, the act of freezing, its publication, its documents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from ptce_aap.documents import shortlist as document
from ptce_aap.documents.shortlist import Outcome
from ptce_aap.domain.bundles import layout
from ptce_aap.domain.errors import Conflict, NotFound, RuleViolation
from ptce_aap.domain.permissions import Actor, Deed, Permission
from ptce_aap.domain.two_persons import JointAct
from ptce_aap.models import Call, ProposedAct, Shortlist
from ptce_aap.models.base import canonical_json
from ptce_aap.services.accounts import accounts
from ptce_aap.services.bundles.collecting import list_bytes
from ptce_aap.services.calls import calls
from ptce_aap.services.joint_acts import act_rights, two_persons
from ptce_aap.services.joint_acts.two_persons import Confirmed, Proposal
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import corrected_store, standings
from ptce_aap.services.ranking.deliberation import require_deliberation
from ptce_aap.services.ranking.standings import Line
from ptce_aap.services.selection import adoption, list_minutes, shortlist_content
from ptce_aap.services.selection.adoption import AdoptedList


@dataclass(frozen=True, slots=True)
class Preview:
    """What freezing the list now would hold, and what holds it back."""

    entries: tuple[document.ShortlistEntry, ...]
    departures: tuple[document.ShortlistDeparture, ...]
    line: Line
    seen: str  # digest of what is shown; freezing is refused if it has changed since
    obstacles: tuple[RuleViolation, ...]

    def count(self, outcome: str) -> int:
        """Return how many dossiers have this outcome."""
        return sum(entry.outcome == outcome for entry in self.entries)


def preview(session: Session, actor: Actor, call: Call) -> Preview:
    """Return what freezing now would hold. Errors: ``not_allowed``, ``deport``, ``marking_not_closed``…"""
    accounts.require(actor, Permission.FREEZE_SHORTLIST, call.id)
    standings.require_no_deport(session, actor, call)
    require_deliberation(call)
    adopted, line = _adopted_and_line(session, call)
    content = shortlist_content.collect(session, call, line, adopted)
    outdated = standings.outdated(session, adopted.ranking)
    return Preview(
        entries=_entries(content),
        departures=_departures(content),
        line=line,
        seen=_digest(content),
        obstacles=tuple(shortlist_content.obstacles(content, line, adopted, outdated=outdated)),
    )


def propose_freezing(
    session: Session, actor: Actor, call_id: int, seen: str, *, base_url: str | None, now: datetime
) -> ProposedAct:
    """Propose to freeze the list as it was shown.

    Errors: those of ``two_persons.propose``, ``already_frozen``, ``changed_meanwhile`` where it is no longer what was
    shown, ``ranking_outdated``, ``departure_to_confirm``, ``tie_on_the_line``, ``amount_missing``.
    """
    call = calls.locked(session, call_id)
    act_rights.require_proposer(session, actor, call, JointAct.FREEZING)
    require_deliberation(call)
    content, _, _ = _to_freeze(session, call)
    state = _digest(content)
    if state != seen:
        raise Conflict()
    proposal = Proposal(kind=JointAct.FREEZING, on=call.slug, content={"list": state}, state=state)
    return two_persons.propose(session, actor, call, proposal, base_url=base_url, now=now)


def list_state(session: Session, call: Call) -> str:
    """Return what a proposal to freeze stands on: the digest of the list of now. Errors: ``already_frozen``…"""
    require_deliberation(call)
    adopted, line = _adopted_and_line(session, call)
    return _digest(shortlist_content.collect(session, call, line, adopted))


def freeze(session: Session, done: Confirmed) -> Shortlist:
    """Freeze the list as two persons want it: nothing changes it any more.

    Errors: ``already_frozen``, ``ranking_outdated``, ``departure_to_confirm``, ``tie_on_the_line``,
    ``amount_missing``.
    """
    call, now = done.call, done.at
    require_deliberation(call)
    content, adopted, line = _to_freeze(session, call)
    frozen = {**content, "frozen_at": now.isoformat(), "decided_by": list_minutes.decided_by(done)}
    shortlist = Shortlist(
        call_id=call.id,
        ranking_id=adopted.ranking.id,
        frozen_at=now,
        frozen_by_id=done.by.person_id,
        content=frozen,
        sha256=_digest(frozen),
    )
    session.add(shortlist)
    session.flush()
    corrected_store.keep_as_evidence(session, call.id)
    call.frozen_at = now
    facts = {
        "sha256": shortlist.sha256,
        "list": layout.digest(list_bytes(frozen)),
        "ranking": adopted.ranking.sequence,
        "above": line.above,
        "cents": line.above_cents,
        "departures": len(adopted.departures),
    }
    journal.record(session, done.by, "shortlist.frozen", on=("call", call.slug), at=now, call_id=call.id, facts=facts)
    return shortlist


def propose_publication(
    session: Session, actor: Actor, call_id: int, *, base_url: str | None, now: datetime
) -> ProposedAct:
    """Propose to publish the frozen list.

    Errors: those of ``two_persons.propose``, ``not_frozen``, ``already_done``.
    """
    call = calls.locked(session, call_id)
    act_rights.require_proposer(session, actor, call, JointAct.PUBLICATION)
    state = publication_state(session, call)
    proposal = Proposal(kind=JointAct.PUBLICATION, on=call.slug, content={"list": state}, state=state)
    return two_persons.propose(session, actor, call, proposal, base_url=base_url, now=now)


def publication_state(session: Session, call: Call) -> str:
    """Return what a proposal to publish stands on: the frozen list. Errors: ``not_frozen``, ``already_done``."""
    frozen = frozen_shortlist(session, call)
    if not call.allows(Deed.PUBLISH_LIST):
        raise RuleViolation("already_done")
    return frozen.sha256


def publish(session: Session, done: Confirmed) -> None:
    """Publish the frozen list: the public page of the laureates opens, and so does the result of each applicant.

    Errors: ``not_frozen``, ``already_done``.
    """
    call = done.call
    facts = {"sha256": publication_state(session, call)}
    call.published_at = done.at
    on = ("call", call.slug)
    journal.record(session, done.by, "shortlist.published", on=on, at=done.at, call_id=call.id, facts=facts)


def frozen_shortlist(session: Session, call: Call) -> Shortlist:
    """Return the frozen list of a call. Errors: ``not_frozen``."""
    found = session.get(Shortlist, call.id)
    if found is None:
        raise RuleViolation("not_frozen")
    return found


def printable(session: Session, call: Call) -> document.Shortlist:
    """Return the frozen list as every document prints it. Errors: ``not_frozen``."""
    frozen = frozen_shortlist(session, call)
    content: Mapping[str, Any] = frozen.content
    return document.Shortlist(
        call_title=content["call"]["title"],
        call_name=content["call"]["name"],
        organiser=content["call"]["organiser"],
        frozen_at=frozen.frozen_at,
        envelope_cents=content["envelope_cents"],
        selected_cents=content["selected_cents"],
        seed=content["seed"],
        rule=content["rule"],
        entries=_entries(content),
        departures=_departures(content),
        digest=frozen.sha256,
        fictional=content["call"]["fictional"],
        signatures=tuple(content["signatures"]),
        minutes=list_minutes.sentences(content),
    )


def laureates(session: Session, call: Call) -> tuple[document.ShortlistEntry, ...]:
    """Return the selected dossiers once the list is published. Errors: ``not_found`` before."""
    frozen = session.get(Shortlist, call.id) if call.allows(Deed.SEE_LAUREATES) else None
    if frozen is None:
        raise NotFound()
    return tuple(entry for entry in _entries(frozen.content) if entry.outcome is Outcome.SELECTED)


def digest_holds(shortlist: Shortlist) -> bool:
    """Tell whether a frozen list is the one whose digest was written down."""
    return _digest(shortlist.content) == shortlist.sha256


def _adopted_and_line(session: Session, call: Call) -> tuple[AdoptedList, Line]:
    ranking = standings.latest(session, call.id)
    line = standings.line_of(session, call, ranking)
    if ranking is None or line is None:
        raise RuleViolation("no_ranking")
    return adoption.adopted_list(session, ranking), line


def _to_freeze(session: Session, call: Call) -> tuple[dict[str, Any], AdoptedList, Line]:
    """Return the list of now, ready to be frozen. Errors: what holds it back."""
    adopted, line = _adopted_and_line(session, call)
    content = shortlist_content.collect(session, call, line, adopted)
    outdated = standings.outdated(session, adopted.ranking)
    for obstacle in shortlist_content.obstacles(content, line, adopted, outdated=outdated):
        raise obstacle
    return content, adopted, line


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def _entries(content: Mapping[str, Any]) -> tuple[document.ShortlistEntry, ...]:
    return tuple(
        document.ShortlistEntry(
            rank=entry["rank"],
            number=entry["number"],
            title=entry["title"],
            carrier=entry["carrier"],
            region=entry["region"],
            stage=entry["stage"],
            requested_cents=entry["requested_cents"],
            amount_cents=entry["amount_cents"],
            cumulated_cents=entry["cumulated_cents"],
            total=None if entry["total"] is None else Fraction(entry["total"]),
            total_shown=entry["total_shown"],
            readings=entry["readings"],
            axis_means=tuple((label, shown) for label, shown in entry["axis_means"]),
            outcome=Outcome(entry["outcome"]),
            tie=entry["tie"],
            reason=entry["reason"],
            # Lists frozen before the committee could depart from the ranking do not hold them.
            announced_place=entry.get("announced_place"),
            adopted_place=entry.get("adopted_place"),
        )
        for entry in content["entries"]
    )


def _departures(content: Mapping[str, Any]) -> tuple[document.ShortlistDeparture, ...]:
    return tuple(
        document.ShortlistDeparture(
            number=one["number"],
            title=one["title"],
            rank=one["rank"],
            before=one["before"],
            after=one["after"],
            ground=one["ground"],
            reason=one["reason"],
            decided_at=datetime.fromisoformat(one["decided_at"]),
            decided_on=one["decided_on"],
            confirmed_on=one["confirmed_on"],
        )
        for one in content.get("departures", ())
    )
