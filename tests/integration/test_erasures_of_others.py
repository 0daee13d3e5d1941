"""Whoever has his data erased takes nothing of anybody else's along: neither letters, nor their trace, nor proofs."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.mail import catalogue
from ptce_aap.models import Call, Dossier, DossierPerson, MailMessage, OutboxItem, Person
from ptce_aap.models.erasure import ERASED
from ptce_aap.services.exchanges import letters
from ptce_aap.services.retention import people, requests
from tests.filings import BASE, NOW
from tests.integration.test_erasures import World, world

__all__ = ["world"]
OTHER = "juree@example.org"


def _send(session: Session, world: World) -> None:
    """Owe one message of each kind to somebody else, and keep the trace of another that left."""
    call_id = session.scalars(select(Call.id)).one()
    for example in catalogue.CATALOGUE:
        message = dataclasses.replace(example.example(BASE), to=OTHER)
        letters.send(session, message, at=NOW, call_id=call_id)
        left = letters.send(session, message, at=NOW, call_id=call_id)
        session.get_one(OutboxItem, left).payload = {}
        session.add(MailMessage(outbox_id=left, subject=message.subject, sent_at=NOW))


def _others(world: World) -> tuple[int, list[str]]:
    """Return how many messages wait for somebody else, and the subjects of those that left."""
    with world.database.reading() as session:
        waiting = [one for one in session.scalars(select(OutboxItem)) if one.payload.get("to") == OTHER]
        return len(waiting), sorted(session.scalars(select(MailMessage.subject)))


def _erase(world: World, held: tuple[str, ...] = ()) -> None:
    world.database.transaction(requests.ask, world.anne, now=NOW)
    with world.database.reading() as session:
        (asked,) = requests.waiting(session, world.admin(), held=held)
    world.database.transaction(requests.grant, world.admin(), asked.reference, held=held, now=NOW)


@pytest.mark.target("SEC-41")
@pytest.mark.parametrize("title", ["Votre dossier", "appel", OTHER])
def test_a_title_of_ordinary_words_takes_no_message_of_others_along(world: World, title: str) -> None:
    world.database.transaction(_send, world)
    world.database.transaction(lambda session: session.execute(update(Dossier).values(title=title)))
    waiting, subjects = _others(world)
    assert waiting > 20
    _erase(world)
    waiting_after, subjects_after = _others(world)
    assert waiting_after == waiting
    assert [one for one in subjects_after if one != ERASED] == [one for one in subjects if not _names(one, title)]


def _names(subject: str, title: str) -> bool:
    """Tell whether a message is about a dossier of this very name: it alone may be taken for his."""
    return subject.endswith(f"dossier {title}")


def test_a_subject_that_says_a_title_is_forgotten_however_long_it_is(world: World) -> None:
    title = "canari " * 30
    shown = f"{title[:79].rstrip()}…"

    def leave(session: Session) -> None:
        call_id = session.scalars(select(Call.id)).one()
        for letter in catalogue.CATALOGUE:
            message = letter.example(BASE)
            says = catalogue._NUMBER if letter.kind == "new_message" else catalogue._TITLE
            left = letters.send(session, message, at=NOW, call_id=call_id)
            session.get_one(OutboxItem, left).payload = {}
            session.add(MailMessage(outbox_id=left, subject=message.subject.replace(says, shown), sent_at=NOW))
        session.execute(update(Dossier).where(Dossier.reference == world.filed).values(title=title))

    def found() -> list[str]:
        with world.database.reading() as session:
            return [one for one in session.scalars(select(MailMessage.subject)) if shown in one]

    world.database.transaction(leave)
    assert len(found()) == 6
    _erase(world)
    assert found() == []


@pytest.mark.parametrize("claims", [True, False])
def test_an_account_that_only_says_an_address_forgets_nothing_of_whose_it_is(world: World, claims: bool) -> None:
    def pretend(session: Session) -> None:
        anne = session.get_one(Person, world.anne.person_id)
        anne.email, anne.password_hash, anne.email_confirmed_at = OTHER, "chosen", None
        anne.email_key, anne.claimed_key = (f"~{anne.reference}", OTHER) if claims else (OTHER, None)
        _send(session, world)
        session.execute(update(DossierPerson).values(email=OTHER, email_key=OTHER, dossier_id=_another(session)))

    def _another(session: Session) -> int:
        there = session.scalars(select(Dossier).where(Dossier.reference == world.filed)).one()
        stranger = Person(email="autre@example.org", email_key="autre@example.org", created_at=NOW)
        session.add(stranger)
        session.flush()
        other = Dossier(call_id=there.call_id, owner_id=stranger.id, state="draft", created_at=NOW, saved_at=NOW)
        session.add(other)
        session.flush()
        return other.id

    world.database.transaction(pretend)
    before = _others(world)[0]
    _erase(world)
    assert _others(world)[0] == before > 20
    with world.database.reading() as session:
        (link,) = session.scalars(select(DossierPerson))
        assert (link.email, link.ended_at) == (OTHER, None)


def test_a_request_takes_nothing_of_a_call_of_which_nothing_is_erased(world: World) -> None:
    with world.database.reading() as session:
        held = (session.scalars(select(Call.slug)).one(),)
    with pytest.raises(RuleViolation, match="erasure_suspended"):
        _erase(world, held)
    with world.database.reading() as session:
        assert requests.waiting(session, world.admin(), held=held)[0].refusal == "erasure_suspended"
        ever = NOW.replace(year=NOW.year + 50)
        assert world.anne.person_id not in people.unused_since(session, ever, held=held)
