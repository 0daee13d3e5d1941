"""The amount proposed for a ranked dossier: the amount asked for stands until somebody proposes another."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap.domain.errors import Conflict, RuleViolation
from ptce_aap.domain.permissions import Actor, Permission
from ptce_aap.models import AmountProposal
from ptce_aap.services.accounts import accounts
from ptce_aap.services.calls import calls
from ptce_aap.services.dossiers import rooms
from ptce_aap.services.journal import journal
from ptce_aap.services.ranking import corrected_refresh, standings
from ptce_aap.services.ranking.deliberation import require_deliberation

MOST_CENTS = 10**14


def propose(
    session: Session,
    actor: Actor,
    call_id: int,
    reference: str,
    amount_cents: int,
    reason: str,
    *,
    version: int,
    now: datetime,
) -> None:
    """Propose an amount, with its reason where it is not the amount asked for.

    ``version`` is that of the proposal that the person has read, 0 where there was none. Errors: ``not_allowed``,
    ``deport``, ``already_frozen``, ``not_found``, ``amount_out_of_range``, ``amount_reason_missing``,
    ``changed_meanwhile``.
    """
    call = calls.locked(session, call_id)
    accounts.require(actor, Permission.FREEZE_SHORTLIST, call.id)
    standings.require_no_deport(session, actor, call)
    require_deliberation(call)
    dossier = rooms.ranked_dossier(session, actor, call, reference, now=now)
    if not 0 <= amount_cents <= MOST_CENTS:
        raise RuleViolation("amount_out_of_range")
    if amount_cents != dossier.amount_cents and not reason.strip():
        raise RuleViolation("amount_reason_missing")
    held = session.get(AmountProposal, dossier.id, with_for_update=True)
    if version != (held.version if held else 0):
        raise Conflict()
    before = held.amount_cents if held else dossier.amount_cents
    if held is None:
        held = AmountProposal(dossier_id=dossier.id)
        session.add(held)
    held.amount_cents, held.reason, held.author_id, held.at = amount_cents, reason.strip(), actor.person_id, now
    facts = {"before": before, "after": amount_cents}
    journal.record(session, actor, "amount.proposed", on=("dossier", reference), at=now, call_id=call.id, facts=facts)
    # The line may stand elsewhere now.
    corrected_refresh.ask(session, call.id, at=now)
