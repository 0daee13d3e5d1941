"""How people come to a dossier and go: links, offers, and every way to cheat them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.permissions import Grant, Role
from ptce_aap.domain.sharing import Kind, Right
from ptce_aap.models import Call, Conflict, Dossier, DossierPerson, JournalEntry, RoleGrant, visibility
from ptce_aap.services.applicants import (
    applicant,
    dossier_history,
    dossier_invitations,
    dossier_ownership,
    dossier_people,
    draft_figures,
)
from ptce_aap.services.deposits import reopening
from ptce_aap.services.ranking import standings
from tests.colleagues import do, invite, join, letters, line, opens, refusal, sound
from tests.filings import BASE, CLOSES, COMPLETE, NOW, Applicants, open_call, statements

WEEK = timedelta(days=7)


@pytest.fixture
def call(sqlite_database: Database) -> Applicants:
    return open_call(sqlite_database)


@pytest.fixture
def on_both(fresh_database: Database) -> Applicants:
    """The same, where the engine matters: locks, indexes, queries of the rooms."""
    return open_call(fresh_database)


def test_a_link_opens_the_dossier_once_to_whoever_holds_it(on_both: Applicants) -> None:
    call = on_both
    reference = call.bring(COMPLETE)
    secret = invite(call, reference)
    assert opens(call, reference, "basile") == ""
    with call.database.reading() as session:
        shown = dossier_invitations.invitation_of(session, secret, now=NOW)
        assert (shown.inviter, shown.right, shown.dossier.title) == ("Anne", Right.EDIT, "Pôle des Essais")
    # Bound to the link alone: it was sent to Basile, and Chloé holds it.
    do(call, dossier_invitations.accept, "chloe", secret)
    assert (opens(call, reference, "chloe"), opens(call, reference, "basile")) == ("edit", "")
    for name in ("basile", "chloe"):
        assert refusal(do, call, dossier_invitations.accept, name, secret) == "link_dead"
    assert refusal(do, call, dossier_invitations.accept, "basile", "x" * 43) == "link_dead"
    sound(call)


def test_a_link_dies_after_a_week_when_it_is_sent_again_and_when_it_is_taken_back(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    late = invite(call, reference, "basile")
    assert refusal(do, call, dossier_invitations.accept, "basile", late, at=NOW + WEEK) == "link_dead"
    again = dossier_invitations.send_again
    found = line(call, reference).reference
    assert refusal(do, call, again, "anne", reference, found, base_url=BASE) == "sent_a_moment_ago"
    # Then the wait doubles.
    do(call, again, "anne", reference, found, base_url=BASE, at=NOW + timedelta(minutes=10))
    fresh = do(call, again, "anne", reference, found, base_url=BASE, at=NOW + timedelta(minutes=20))
    soon = NOW + timedelta(minutes=39)
    assert refusal(do, call, again, "anne", reference, found, base_url=BASE, at=soon) == "sent_a_moment_ago"
    assert refusal(do, call, dossier_invitations.accept, "basile", late) == "link_dead"
    do(call, dossier_invitations.revoke, "anne", reference, found)
    assert refusal(do, call, dossier_invitations.accept, "basile", fresh) == "link_dead"
    assert refusal(do, call, dossier_invitations.revoke, "anne", reference, found) == "already_done"
    declined = invite(call, reference, "basile")
    call.database.transaction(dossier_invitations.decline, declined, base_url=BASE, now=NOW)
    assert refusal(do, call, dossier_invitations.accept, "basile", declined) == "link_dead"
    assert letters(call, "anne@example.org")[-1].startswith("Invitation refusée")
    sound(call)


def test_invitations_are_told_alike_whether_there_is_an_account_and_are_limited(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    call.actor("basile")
    invite(call, reference, "basile")
    invite(call, reference, "nobody")
    told = {name: letters(call, f"{name}@example.org")[-1] for name in ("basile", "nobody")}
    assert len(set(told.values())) == 1
    assert refusal(invite, call, reference, "nobody") == "already_invited"
    assert refusal(invite, call, reference, "anne") == "own_address"
    assert refusal(do, call, dossier_invitations.invite, "anne", reference, "nul", Kind.EDITOR, Right.READ,
                   base_url=BASE) == "mail_address_refused"  # fmt: skip
    assert refusal(invite, call, reference, "x", right=Right.OWN) == "not_found"
    for number in range(dossier_invitations.MOST_WAITING - 2):
        invite(call, reference, f"n{number}")
    assert refusal(invite, call, reference, "one-more") == "too_many_invitations"
    other = call.bring(COMPLETE)
    for number in range(dossier_invitations.MOST_A_DAY - dossier_invitations.MOST_WAITING):
        invite(call, other, f"m{number}")
        do(call, dossier_invitations.revoke, "anne", other, line(call, other, f"m{number}").reference)
    assert refusal(invite, call, other, "one-more") == "too_many_invitations"
    assert invite(call, other, "one-more", at=NOW + timedelta(days=1))


def test_only_the_owner_decides_who_works_on_the_dossier(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    join(call, reference, right=Right.FILE)
    join(call, reference, "chloe", right=Right.READ)
    other = line(call, reference, "chloe").reference
    acts: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = [
        (dossier_invitations.invite, ("d@example.org", Kind.EDITOR, Right.READ), {"base_url": BASE}),
        (dossier_invitations.send_again, (other,), {"base_url": BASE}),
        (dossier_invitations.give_right, (other, Right.FILE), {}),
        (dossier_invitations.give_right, (line(call, reference).reference, Right.FILE), {}),
        (dossier_invitations.revoke, (other,), {}),
        (dossier_ownership.offer, (line(call, reference).reference,), {"base_url": BASE}),
        (dossier_ownership.withdraw_offer, (), {}),
        (reopening.withdraw, ("Changement de projet",), {"base_url": BASE}),
    ]
    for work, args, more in acts:
        for name in ("basile", "chloe"):
            assert refusal(do, call, work, name, reference, *args, **more) == "owner_only"
        assert refusal(do, call, work, "zoe", reference, *args, **more) == "not_found"
    take = dossier_ownership.take
    assert refusal(do, call, take, "basile", reference, base_url=BASE) == "offer_gone"
    assert refusal(do, call, take, "zoe", reference, base_url=BASE) == "not_found"
    assert refusal(do, call, take, "anne", reference, base_url=BASE) == "not_found"


def test_a_link_of_another_dossier_is_nobody_here(call: Applicants) -> None:
    mine, other = call.bring(COMPLETE), call.bring(COMPLETE, "zoe")
    join(call, mine)
    found = line(call, mine).reference
    for work in (dossier_invitations.revoke, dossier_invitations.give_right):
        more = (Right.READ,) if work is dossier_invitations.give_right else ()
        assert refusal(do, call, work, "zoe", other, found, *more) == "not_found"
    assert opens(call, mine, "basile") == "edit"


def test_rights_change_and_end_at_the_next_request(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    join(call, reference)
    found = line(call, reference).reference
    do(call, dossier_invitations.give_right, "anne", reference, found, Right.READ)
    assert opens(call, reference, "basile") == "read"
    do(call, dossier_invitations.leave, "basile", reference)
    assert opens(call, reference, "basile") == ""
    assert refusal(do, call, dossier_invitations.leave, "basile", reference) == "not_found"
    assert refusal(do, call, dossier_invitations.leave, "anne", reference) == "owner_stays"
    join(call, reference)  # somebody who left may be invited again
    assert refusal(do, call, dossier_invitations.accept, "basile", invite(call, reference, "b2")) == (
        "already_of_the_dossier"
    )
    assert refusal(do, call, dossier_invitations.accept, "anne", invite(call, reference, "b3")) == (
        "already_of_the_dossier"
    )
    sound(call)


def test_a_dossier_changes_hands_when_the_other_takes_it_and_never_has_nobody(on_both: Applicants) -> None:
    call = on_both
    reference = call.bring(COMPLETE)
    join(call, reference)
    join(call, reference, "chloe")
    heir, other = line(call, reference).reference, line(call, reference, "chloe").reference
    do(call, dossier_ownership.offer, "anne", reference, heir, base_url=BASE)
    assert opens(call, reference, "anne") == "own"
    do(call, dossier_ownership.offer, "anne", reference, other, base_url=BASE)  # one offer at a time
    assert refusal(do, call, dossier_ownership.take, "basile", reference, base_url=BASE) == "offer_gone"
    do(call, dossier_ownership.refuse, "chloe", reference, base_url=BASE)
    do(call, dossier_ownership.offer, "anne", reference, heir, base_url=BASE)
    leave = select(Dossier.counted_since).where(Dossier.reference == reference)
    do(call, draft_figures.choose, "anne", reference, counted=True)
    with call.database.reading() as session:
        assert session.scalar(leave) is not None
    do(call, dossier_ownership.take, "basile", reference, base_url=BASE)
    with call.database.reading() as session:
        assert session.scalar(leave) is None  # that of one is not that of the next
    assert {name: opens(call, reference, name) for name in ("anne", "basile", "chloe")} == {
        "anne": "edit",
        "basile": "own",
        "chloe": "edit",
    }
    assert refusal(call.file, reference, name="anne") == "filing_not_given"
    assert refusal(invite, call, reference, "d") == "owner_only"
    do(call, dossier_invitations.leave, "anne", reference)
    assert opens(call, reference, "anne") == ""
    assert call.file(reference, name="basile").filed_by_id == call.actor("basile").person_id
    sound(call)


def test_an_offer_dies_with_the_link_of_the_heir(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    join(call, reference)
    found = line(call, reference).reference
    do(call, dossier_ownership.offer, "anne", reference, found, base_url=BASE)
    do(call, dossier_invitations.revoke, "anne", reference, found)
    assert refusal(do, call, dossier_ownership.take, "basile", reference, base_url=BASE) == "not_found"
    waiting = invite(call, reference, "chloe")
    assert waiting
    assert refusal(do, call, dossier_ownership.offer, "anne", reference, line(call, reference, "chloe").reference,
                   base_url=BASE) == "not_found"  # fmt: skip


def test_of_two_acceptances_at_once_one_wins(on_both: Applicants) -> None:
    call = on_both
    reference = call.bring(COMPLETE)
    secret = invite(call, reference)
    told: list[str] = []
    names = ["basile", "chloe"]
    actors = {name: call.actor(name) for name in names}
    gate = threading.Barrier(len(names))

    def run(name: str) -> None:
        gate.wait()
        try:
            call.database.transaction(dossier_invitations.accept, actors[name], secret, now=NOW)
            told.append("joined")
        except RuleViolation as refused:
            told.append(refused.code)

    threads = [threading.Thread(target=run, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["joined", "link_dead"]
    sound(call)


def make(call: Applicants, name: str, role: str, **place: str) -> None:
    def work(session: Session) -> None:
        person = call.actor(name).person_id
        session.add(RoleGrant(person_id=person, call_id=call.call.id, role=role, granted_at=NOW, **place))

    call.database.transaction(work)


def test_whoever_works_on_a_dossier_finds_it_in_no_other_room_even_after_leaving(on_both: Applicants) -> None:
    call = on_both
    reference = call.bring(COMPLETE)
    people = {"reader": Right.READ, "editor": Right.EDIT, "gone": Right.READ}
    for name, right in people.items():
        join(call, reference, name, right=right)
        make(call, name, "correspondent", region="31")
    do(call, dossier_invitations.leave, "gone", reference)
    make(call, "judge", "correspondent", region="31")

    def deport(name: str) -> bool:
        with call.database.reading() as session:
            return standings.in_deport(session, call.actor(name), call.call)

    # Ranks, exports and totals of the call close with the deposit: a draft is no dossier of the call yet.
    assert not any(deport(name) for name in (*people, "judge"))
    call.file(reference)
    assert [name for name in (*people, "judge") if deport(name)] == list(people)

    def work(session: Session) -> None:
        session.execute(update(Dossier).values(state="eligible"))
        session.execute(update(Call).values(marking_opened_at=CLOSES))

    call.database.transaction(work)
    with call.database.reading() as session:
        held = session.scalars(select(Call)).one()
        for name in (*people, "anne", "judge"):
            person = call.actor(name).person_id
            rooms = [
                visibility.instructed_by(person, held, {"31"}, readable=True),
                visibility.managed_by(person, held, now=CLOSES),
                visibility.presided_by(person, held),
                visibility.counted_for(person, held),
            ]
            found = {session.scalar(select(func.count()).select_from(room.subquery())) for room in rooms}
            assert found == ({1} if name == "judge" else {0}), name
        assert session.scalar(select(func.count()).select_from(Conflict)) == 3
    assert refusal(invite, call, reference, "late") == "people_settled"


def test_an_officer_of_the_call_joins_no_dossier_that_he_may_have_judged(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    grants = frozenset({Grant(Role.CORRESPONDENT, call.call.id, region="31")})
    draft, filed = (replace(call.actor(name), grants=grants) for name in ("basile", "chloe"))
    call.database.transaction(dossier_invitations.accept, draft, invite(call, reference), now=NOW)
    secret = invite(call, reference, "chloe")
    call.file(reference)
    assert refusal(call.database.transaction, dossier_invitations.accept, filed, secret, now=NOW) == "role_on_the_call"
    do(call, dossier_invitations.accept, "dora", secret)
    assert opens(call, reference, "dora") == "edit"


def test_the_link_itself_is_kept_nowhere(call: Applicants) -> None:
    reference = call.bring(COMPLETE)
    secret = invite(call, reference)
    with call.database.reading() as session:
        kept = session.scalars(select(DossierPerson)).one()
        assert secret not in (kept.token_digest, kept.reference)
        assert all(secret not in str(entry.facts) for entry in session.scalars(select(JournalEntry)))


def test_the_people_page_makes_as_many_statements_with_twenty_people_as_with_two(call: Applicants) -> None:
    reference = call.bring(COMPLETE)

    def counted() -> int:
        with statements(call.database) as sent, call.database.reading() as session:
            dossier_people.people_page(session, call.actor(), reference, now=NOW)
            dossier_history.history(session, call.actor(), reference)
            applicant.dossier_page(session, call.actor(), reference, now=NOW)
        return len(sent)

    for number in range(2):
        join(call, reference, f"n{number}")
    few = counted()
    for number in range(2, dossier_invitations.MOST_WAITING):
        invite(call, reference, f"n{number}")
    assert counted() == few <= 12
