"""The letters about acts of two persons: to those who may confirm, and to whoever proposed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ptce_aap import addresses
from ptce_aap.documents import french
from ptce_aap.domain.two_persons import LABELS, JointAct, Outcome
from ptce_aap.mail import messages
from ptce_aap.mail.message import is_address
from ptce_aap.models import Call, Person, ProposedAct
from ptce_aap.services.exchanges import letters


def to_confirm(
    session: Session, call: Call, act: ProposedAct, person: Person, *, proposer: str, base_url: str, now: datetime
) -> None:
    """Ask a person to confirm; the letter names the act and neither a dossier nor what was decided of one."""
    if not is_address(person.email):
        return
    letter = messages.act_to_confirm(
        person.email,
        act=LABELS[JointAct(act.kind)],
        proposer=proposer,
        call_title=call.title,
        until=f"{french.long_instant(act.expires_at)} (heure de Paris)",
        link=base_url + addresses.joint_act(call.slug, act.reference),
    )
    letters.send(session, letter, at=now, call_id=call.id)


def ended(
    session: Session,
    call: Call,
    act: ProposedAct,
    proposer: Person,
    outcome: Outcome,
    *,
    who: str,
    base_url: str,
    now: datetime,
) -> None:
    """Tell who proposed an act what became of it."""
    if not is_address(proposer.email):
        return
    of_himself = act.concerns_id == proposer.id
    letter = messages.act_ended(
        proposer.email,
        act=LABELS[JointAct(act.kind)],
        outcome=outcome.value,
        who=who,
        call_title=call.title,
        link=base_url + (addresses.jury(call.slug) if of_himself else addresses.joint_acts(call.slug)),
    )
    letters.send(session, letter, at=now, call_id=call.id)
