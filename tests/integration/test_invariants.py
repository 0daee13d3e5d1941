"""Every invariant holds on sound data, and each one can fail: the data are spoiled behind the application's back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from ptce_aap.clock import now
from ptce_aap.database import Database
from ptce_aap.definitions import load_call
from ptce_aap.domain.permissions import Role
from ptce_aap.domain.portfolio.problem import Kind, Limit
from ptce_aap.models import (
    Absence,
    Assignment,
    Attachment,
    Authenticator,
    Call,
    CallExtension,
    ComplementQuestion,
    ComplementRequest,
    Conflict,
    ConflictCorrection,
    Consultation,
    Departure,
    Dossier,
    DossierConfirmation,
    DossierCopy,
    DossierMessage,
    DossierPerson,
    ErasureRequest,
    InboxItem,
    Job,
    JurorTerms,
    MailMessage,
    MessageReading,
    Opinion,
    OpinionTerm,
    OutboxItem,
    OutboxLease,
    Person,
    ProposedAct,
    ProposedActEnd,
    ReadingPlan,
    RegionResource,
    ResourceChange,
    RoleGrant,
    Scenario,
    Sheet,
    SignIn,
    Substitution,
    TableUpload,
)
from ptce_aap.services import invariants
from ptce_aap.services.calls import calls
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.deposits import revisions
from ptce_aap.services.journal import head_writing, journal
from ptce_aap.services.jury import discussion
from ptce_aap.services.ranking import corrected_inputs, corrected_store
from ptce_aap.services.ranking.corrected_store import Part
from ptce_aap.services.selection import departures, scenarios
from ptce_aap.services.selection.departures import Asked
from ptce_aap.services.selection.scenario_inputs import Wish
from tests.databases import Databases
from tests.deliberations import CLOSED, NOW, Scene, lay_out

_PROTECTED = (
    "corrected_evidence",
    "corrected_part",
    "daily_head",
    "definition_source",
    "departure",
    "departure_withdrawal",
    "discussion_mark",
    "filing",
    "journal_entry",
    "journal_head",
    "proposed_act",
    "proposed_act_end",
    "ranking",
    "ranking_entry",
    "shortlist",
)


def _sql(statement: str) -> Callable[[Session], object]:
    return lambda session: session.execute(text(statement))


def _signed_in(session: Session, *, proved: datetime = NOW, enrolled: bool = False) -> None:
    """A session opened by a password alone."""
    session.add(
        SignIn(
            digest="d",
            person_id=1,
            created_at=NOW,
            seen_at=NOW,
            expires_at=NOW + timedelta(hours=12),
            strong=False,
            proved_at=proved,
        )
    )
    if enrolled:
        session.add(Authenticator(person_id=1, sealed="x", last_step=1, since=NOW))


def _first(session: Session) -> Dossier:
    return session.get_one(Dossier, 1)


def _opinion_elsewhere(session: Session) -> None:
    dossier = _first(session)
    session.add(
        Opinion(
            dossier_id=dossier.id,
            call_id=dossier.call_id,
            region="94",
            answers={},
            verdict=None,
            author_id=dossier.owner_id,
            at=NOW,
        )
    )


def _conflict_before_the_end(session: Session) -> None:
    sheet = session.get_one(Sheet, 1)
    session.add(
        Conflict(
            dossier_id=sheet.dossier_id,
            person_id=sheet.person_id,
            call_id=sheet.call_id,
            reason="",
            declared_at=CLOSED,
        )
    )


def _conflict_of_the_chair(session: Session) -> None:
    departure = session.get_one(Departure, 1)
    session.add(
        Conflict(
            dossier_id=departure.dossier_id,
            person_id=departure.decided_by_id,
            call_id=departure.call_id,
            reason="",
            declared_at=CLOSED,
        )
    )


def _unknown_seat(session: Session) -> None:
    person = session.get_one(Person, 1)
    session.add(RoleGrant(person_id=person.id, call_id=1, role="juror", seat="marine", granted_at=NOW))


def _plan_without_its_line(session: Session) -> None:
    plan = ReadingPlan(call_id=1, asked_by_id=1, asked_at=NOW, settings={}, edits={}, inputs_digest="0" * 64)
    plan.content, plan.computed_at = {"demands": {}}, NOW
    plan.applied, plan.applied_at = {"given": [], "taken": []}, NOW
    session.add(plan)


def _unknown_theme(session: Session) -> None:
    session.add(JurorTerms(call_id=1, person_id=1, themes=["astronomie"]))


def _shortlist_gone(session: Session) -> None:
    for table in ("corrected_evidence", "shortlist"):
        session.execute(text(f"DELETE FROM {table}"))


def _scenario_elsewhere(session: Session) -> None:
    other = calls.open_call(session, SYSTEM, load_call("ptce-2015"), now=CLOSED)
    session.get_one(Scenario, 1).call_id = other.id


def _revision(session: Session, *, read: bool = False, **told: Any) -> None:
    revision = revisions.begin(session, _first(session), now=NOW)
    for name, value in told.items():
        setattr(revision, name, value)
    if read:
        session.add(
            Assignment(dossier_id=revision.id, person_id=1, call_id=revision.call_id, assigned_by_id=1, assigned_at=NOW)
        )


def _somebody(person: Callable[[Dossier], int]) -> Callable[[Session], DossierPerson]:
    """Add a co-editor to the first dossier, behind the application's back."""

    def work(session: Session) -> DossierPerson:
        dossier = _first(session)
        link = DossierPerson(dossier_id=dossier.id, person_id=person(dossier), email="a@b.org", email_key="a@b.org")
        link.kind, link.given, link.invited_by_id = "editor", "read", dossier.owner_id
        link.invited_at = link.sent_at = link.accepted_at = NOW
        session.add(link)
        session.flush()
        return link

    return work


def _conflict_too(session: Session, link: DossierPerson) -> None:
    person = link.person_id
    session.add(Conflict(dossier_id=link.dossier_id, person_id=person, call_id=1, reason="", declared_at=CLOSED))


def _owner_invited(session: Session) -> None:
    _conflict_too(session, _somebody(lambda dossier: dossier.owner_id)(session))


def _editor_confirms(session: Session) -> None:
    link = _somebody(lambda dossier: dossier.owner_id + 1)(session)
    word = {"answer": "confirmed", "name": "N", "quality": "", "sentence": "", "content_sha256": "0" * 64}
    session.add(DossierConfirmation(link_id=link.id, at=NOW, **word))


def _message(session: Session, of: int) -> None:
    """Write a message, on a draft where it is of the ninth dossier; the first dossier's is said to be read by it."""
    if of == 9:
        session.add(Dossier(id=9, call_id=1, owner_id=1, state="draft", created_at=NOW, saved_at=NOW))
        session.flush()
    message = DossierMessage(dossier_id=of, side="service", author_id=1, text="T", draw="d", sent_at=NOW)
    session.add(message)
    session.flush()
    dossier_id = of if of == 9 else 1
    session.add(MessageReading(dossier_id=dossier_id, person_id=1, up_to_id=message.id, at=NOW))


def _piece_that_nobody_names(session: Session) -> None:
    about = {"media_type": "application/pdf", "size": 1, "sha256": "0" * 64, "added_by_id": 1, "added_at": NOW}
    session.add(Attachment(dossier_id=1, key="pieces.statuts", filename="statuts.pdf", **about))


def _strange_table(session: Session) -> None:
    told = {"rows": [], "columns": ["pointure"]}
    session.add(TableUpload(dossier_id=1, key="membres.membres", person_id=1, filename="f.csv", content=told, at=NOW))


def _resource(session: Session, region: str, *, told: bool) -> None:
    content = {"name": "Fonds", "kind": "fonds_regional"}
    resource = RegionResource(call_id=1, region=region, name_key="fonds", published=False, content=content)
    resource.changed_at = NOW
    session.add(resource)
    session.flush()
    if told:
        change = ResourceChange(resource_id=resource.id, sequence=1, deed="added", by_id=1, at=NOW, content=content)
        session.add(change)


def _consultation(session: Session, **told: Any) -> None:
    asked = {"purpose": "opinion", "kind": "", "service": "s", "addressee": "a", "email": "e", "question": "q"}
    moments = {"asked_at": NOW, "sent_at": NOW, "due_at": NOW + timedelta(days=9)}
    of = {"dossier_id": _first(session).id, "asked_by_id": 1, "opened": ["projet"], "funding": {}, "answers": {}}
    session.add(Consultation(**{**of, **asked, **moments, **told}))


def _complement(session: Session, *, named: bool = True, **told: Any) -> None:
    dossier = _first(session)
    revision = revisions.begin(session, dossier, now=NOW, scope=["projet.resume"], due_at=NOW + timedelta(days=9))
    request = ComplementRequest(
        dossier_id=dossier.id, revision_id=revision.id, asked_by_id=1, asked_at=NOW, due_at=revision.due_at
    )
    if named:
        question = ComplementQuestion(key="projet.resume", position=0, flaw="wrong", sentence="Précisez.")
        request.questions.append(question)
    session.add(request)
    session.flush()
    for name, value in told.items():
        setattr(revision, name, value)


def _answered_by_another(session: Session) -> None:
    _complement(session)
    request = session.scalars(select(ComplementRequest)).one()
    request.outcome, request.ended_at, request.filing_id = "answered", NOW, 1


def _copied_at_home(session: Session) -> None:
    dossier = _first(session)
    session.add(DossierCopy(dossier_id=dossier.id, source_id=dossier.id, call_id=dossier.call_id, at=NOW, leftovers=[]))


def _effect(session: Session, *, done: bool, marked: bool, held: bool = False, left: bool = False) -> None:
    """A row of the outbox, its mark in the inbox, a process that has it in hand, a message that left for it."""
    session.add(OutboxItem(id="e", kind="mail", payload={}, created_at=NOW, done_at=NOW if done else None))
    session.flush()
    if marked:
        session.add(InboxItem(handler="mail", outbox_id="e", done_at=NOW))
    if held:
        until = NOW + timedelta(seconds=45)
        session.add(OutboxLease(outbox_id="e", owner="o", process="p", taken_at=NOW, ends_at=until))
    if left:
        session.add(MailMessage(outbox_id="e", subject="", sent_at=NOW))


def _silent_job(session: Session) -> None:
    session.add(Job(requester_id=1, kind="export.x", params={}, created_at=NOW, finished_at=NOW, state="done"))


def _end_of_the_freezing(session: Session, **changed: object) -> None:
    session.execute(update(ProposedActEnd).values(**changed).execution_options(synchronize_session=False))


def _first_opinion(session: Session, **said: Any) -> Opinion:
    dossier = _first(session)
    of_dossier = {"dossier_id": dossier.id, "call_id": dossier.call_id, "region": dossier.region or ""}
    return Opinion(**of_dossier, answers={}, author_id=dossier.owner_id, at=NOW, **said)


def _frozen_otherwise(session: Session) -> None:
    call = _first(session).call_id
    session.execute(update(Call).values(opinions_due_at=NOW))
    frozen = {"frozen_at": NOW, "digest": "0" * 64}
    session.add(OpinionTerm(call_id=call, due_at=NOW, reason="r", by_id=1, at=NOW, **frozen))


def _put_off_by_one(session: Session) -> None:
    later = NOW + timedelta(days=1)
    session.add(CallExtension(call_id=1, before=NOW, after=later, reason="Panne.", by_id=1, at=later))


def _corrected_by_one(session: Session) -> None:
    act = session.scalars(select(ProposedAct)).one()  # which freezes the list
    sheet = session.get_one(Sheet, 1)
    conflict = {"dossier_id": sheet.dossier_id, "person_id": sheet.person_id, "declared_reason": "", "declared_at": NOW}
    session.add(ConflictCorrection(act_id=act.id, call_id=sheet.call_id, corrected_at=NOW, **conflict))


def _substitute_in_conflict(session: Session) -> None:
    sheet, by = session.get_one(Sheet, 1), session.scalars(select(ProposedAct.proposed_by_id)).one()
    held = {"call_id": sheet.call_id, "person_id": sheet.person_id}
    session.add(Conflict(dossier_id=sheet.dossier_id, reason="", declared_at=NOW, **held))
    at = NOW + timedelta(hours=1)
    session.add(Substitution(role="chair", reason="La présidence est en conflit.", named_by_id=by, named_at=at, **held))


_ERASED_DOSSIER = (
    "INSERT INTO erasure (object_kind, object, why, at) "
    "SELECT 'dossier', reference, 'asked', created_at FROM dossier WHERE id = 1"
)


def _two_absences(session: Session) -> None:
    days = {"starts_at": NOW, "ends_at": NOW + timedelta(days=1), "named_by_id": 1, "named_at": NOW}
    session.add_all(Absence(call_id=1, absent_id=1, substitute_id=2, **days) for _ in range(2))


def _act_without_absence(session: Session) -> None:
    """A correspondent acts in somebody's place whom nobody said to be absent."""
    call = session.get_one(Call, 1)
    facts, on = {"in_place_of": "absente"}, ("call", call.slug)
    told = {"call_id": call.id, "role": Role.CORRESPONDENT, "facts": facts}
    journal.record(session, SYSTEM, "region.ranked", on=on, at=now(), **told)


def _granted(session: Session) -> None:
    """A request that was granted to an account which is still there."""
    session.add(ErasureRequest(person_id=1, asked_at=NOW, ended_at=NOW, outcome="erased"))


SPOILED = {
    "absence.acts_fall_in_its_days": _act_without_absence,
    "absence.is_one_at_a_time": _two_absences,
    "act.answered_by_another": lambda session: _end_of_the_freezing(
        session, by_id=session.scalars(select(ProposedAct.proposed_by_id)).one()
    ),
    "act.answered_in_time": lambda session: _end_of_the_freezing(session, at=NOW + timedelta(days=7)),
    "act.done_was_confirmed": _put_off_by_one,
    "act.matches_its_digest": _sql("UPDATE proposed_act SET reason = 'Une autre raison.'"),
    "conflict.corrected_by_two": _corrected_by_one,
    "substitute.had_no_conflict": _substitute_in_conflict,
    "effect.a_job_that_ended_says_how": _silent_job,
    "effect.a_message_that_left_is_done": lambda session: _effect(session, done=False, marked=False, left=True),
    "effect.done_is_in_nobody_s_hands": lambda session: _effect(session, done=True, marked=True, held=True),
    "erasure.accounts_left_nothing": _sql("UPDATE person SET email = '' WHERE id = 1"),
    "erasure.deposits_are_blank_once_erased": _sql("UPDATE filing SET snapshot = '' WHERE id = 1"),
    "erasure.dossiers_left_nothing": _sql(_ERASED_DOSSIER),
    "erasure.is_in_the_journal": _sql(_ERASED_DOSSIER),
    "erasure.requests_end_with_it": _granted,
    "effect.is_done_once": lambda session: _effect(session, done=True, marked=False),
    "account.claimed_addresses_are_held": _sql(
        "UPDATE person SET email_key = '~1', claimed_key = 'a@b.org', email_confirmed_at = NULL WHERE id = 1"
    ),
    "people.owe_their_roles_to_others": _sql(
        "INSERT INTO role_giver (grant_id, person_id, as_administrator) SELECT id, person_id, FALSE FROM role_grant"
    ),
    "factor.codes_go_with_an_application": _sql(
        "INSERT INTO recovery_code (person_id, selector, code_hash, made_at) "
        "SELECT 1, 'ABCD', 'x', '2026-01-01 00:00:00'"
    ),
    "factor.codes_are_ten": _sql(
        "INSERT INTO authenticator (person_id, sealed, last_step, since) SELECT 1, 'x', 1, '2026-01-01 00:00:00'"
    ),
    "factor.passkeys_are_used_once_known": _sql(
        "INSERT INTO passkey (reference, person_id, name, credential_id, credential, sign_count, added_at, used_at) "
        "SELECT 'k', 1, 'K', 'c', 'c', 0, '2026-01-02 00:00:00', '2026-01-01 00:00:00'"
    ),
    "factor.proofs_are_given_in_a_session": lambda session: _signed_in(session, proved=NOW - timedelta(days=1)),
    "factor.sessions_are_as_strong_as_their_account": lambda session: _signed_in(session, enrolled=True),
    "dossier.copied_into_another_call": _copied_at_home,
    "complement.answered_by_its_deposit": _answered_by_another,
    "complement.opens_what_it_names": lambda session: _complement(session, scope=["projet.innovation"]),
    "complement.revision_is_limited": lambda session: _complement(session, named=False),
    "adoption.frozen_lists_hold_their_departures": _sql("UPDATE departure SET reason = 'Autre'"),
    "adoption.places_follow_decisions": _sql("UPDATE adopted_place SET moved = false"),
    "call.calendar_is_in_order": _sql("UPDATE call SET marking_opened_at = NULL"),
    "call.definitions_are_kept": _sql("UPDATE definition_source SET content = content || ' '"),
    "call.frozen_has_its_shortlist": _shortlist_gone,
    "corrected.has_a_result": _sql("DELETE FROM corrected_part"),
    "corrected.is_kept_with_the_frozen_list": _sql("DELETE FROM corrected_evidence"),
    "corrected.matches_its_digest": _sql("UPDATE corrected_part SET content = '{}'"),
    "departure.decided_before_the_freeze": _sql("UPDATE departure SET at = '2034-01-01 00:00:00'"),
    "departure.is_of_one_call": _sql("UPDATE departure SET ground = 'autre'"),
    "departure.not_decided_in_conflict": _conflict_of_the_chair,
    "discussion.follows_the_mark_in_force": _sql("UPDATE discussion_mark SET before = 2"),
    "discussion.is_in_session": _sql("UPDATE discussion_mark SET at = '2034-01-01 00:00:00'"),
    "discussion.is_on_the_scale": _sql("UPDATE discussion_mark SET half_points = 12"),
    "discussion.not_in_conflict": _conflict_of_the_chair,
    "opinion.term_follows_its_history": _sql("UPDATE call SET opinions_due_at = '2034-01-01 00:00:00'"),
    "region.frozen_order_matches_its_digest": _frozen_otherwise,
    "region.ranks_are_those_last_saved": lambda session: session.add(_first_opinion(session, regional_rank=7)),
    "call.closing_follows_its_history": _sql(
        "INSERT INTO call_extension (call_id, before, after, reason, by_id, at) "
        "SELECT id, closes_at, '2034-01-01 00:00:00', 'Panne', 1, opens_at FROM call"
    ),
    "dossier.withdrawn_with_a_reason": _sql("UPDATE dossier SET state = 'withdrawn' WHERE id = 1"),
    "filing.last_one_is_what_readers_read": _sql("DELETE FROM answer WHERE dossier_id = 1"),
    "revision.ended_ones_say_nothing": lambda session: _revision(session, ended_at=NOW),
    "revision.is_nobody_s_reading": lambda session: _revision(session, read=True),
    "revision.is_of_its_dossier": lambda session: _revision(session, owner_id=1),
    "dossier.columns_repeat_the_answers": _sql("UPDATE dossier SET title = 'Autre' WHERE id = 1"),
    "dossier.filed_ones_are_numbered": _sql("DELETE FROM filing WHERE dossier_id = 1"),
    "dossier.states_follow_decisions": _sql("UPDATE eligibility_decision SET eligible = false WHERE dossier_id = 1"),
    "filing.is_in_its_window": _sql("UPDATE dossier SET filed_at = '2034-01-01 00:00:00' WHERE id = 1"),
    "filing.matches_its_digest": _sql("UPDATE filing SET snapshot = snapshot || ' ' WHERE id = 1"),
    "filing.numbered_in_order": _sql("UPDATE filing SET sequence = 2 WHERE id = 1"),
    "journal.chains_hold": _sql("UPDATE journal_entry SET facts = '{}', actor = 'autre' WHERE sequence = 2"),
    "journal.has_no_gap": _sql("DELETE FROM journal_entry WHERE sequence = 1"),
    "journal.head_is_the_last_line": _sql("UPDATE journal_head SET digest = (SELECT max(previous) FROM journal_entry)"),
    "journal.heads_are_signed": _sql("UPDATE daily_head SET signature = digest || digest"),
    "journal.keeps_what_heads_name": _sql("DELETE FROM journal_entry WHERE chain = 'call-1'"),
    "jury.readers_are_given_eligible_dossiers": _sql("UPDATE dossier SET state = 'filed' WHERE id = 1"),
    "message.is_of_a_filed_dossier": lambda session: _message(session, 9),
    "message.is_read_in_its_thread": lambda session: _message(session, 2),
    "opinion.is_of_its_region": _opinion_elsewhere,
    "people.are_in_conflict": _somebody(lambda dossier: dossier.owner_id + 1),
    "people.confirm_when_asked": _editor_confirms,
    "people.owner_is_not_invited": _owner_invited,
    "piece.is_named_by_its_answer": _piece_that_nobody_names,
    "plan.applied_is_told": _plan_without_its_line,
    "ranking.can_be_recomputed": _sql("UPDATE mark SET half_points = 1 WHERE sheet_id = 1"),
    "ranking.ranks_follow_totals": _sql('UPDATE ranking_entry SET "rank" = 4 WHERE position = 1'),
    "reminder.is_sent_in_its_time": _sql(
        "INSERT INTO reminder (dossier_id, days, closes_at, sent_at) SELECT 1, 3, '2034-01-05 00:00:00', "
        "'2034-01-01 00:00:00'"
    ),
    "consultation.is_about_what_is_filed": lambda session: _consultation(session, sent_at=NOW - timedelta(days=1)),
    "consultation.opens_what_its_call_opens": lambda session: _consultation(session, opened=["pieces"]),
    "resource.history_ends_as_it_is": lambda session: _resource(session, "31", told=False),
    "resource.is_of_its_call": lambda session: _resource(session, "nulle-part", told=True),
    "role.names_what_exists": _unknown_seat,
    "scenario.answer_respects_its_limits": _sql("UPDATE scenario SET instance = replace(instance, '15000000', '1')"),
    "scenario.is_of_one_call": _scenario_elsewhere,
    "scenario.matches_its_digest": _sql("UPDATE scenario SET inputs_digest = 'autre'"),
    "sheet.final_is_complete": _sql("UPDATE mark SET half_points = NULL WHERE sheet_id = 1"),
    "sheet.is_of_one_call_and_grid": _sql("UPDATE sheet SET grid_digest = 'autre' WHERE id = 1"),
    "sheet.marks_are_counted": _sql("UPDATE sheet SET marks_count = 1 WHERE id = 1"),
    "sheet.not_ended_in_conflict": _conflict_before_the_end,
    "shortlist.fits_the_envelope": _sql(
        "UPDATE shortlist SET content = replace(content, '\"selected_cents\":', '\"selected_cents\"\\:9')"
    ),
    "shortlist.matches_its_digest": _sql("UPDATE shortlist SET sha256 = 'autre'"),
    "table_upload.fits_its_table": _strange_table,
    "terms.name_what_exists": _unknown_theme,
}


# Other checks that the same row breaks, since they read it too; any other that spoke would speak of something else.
ALSO = {
    "act.answered_in_time": {"act.done_was_confirmed"},
    "act.done_was_confirmed": {"call.closing_follows_its_history"},
    "corrected.has_a_result": {"corrected.matches_its_digest"},
    "departure.not_decided_in_conflict": {"discussion.not_in_conflict"},
    "discussion.is_in_session": {"ranking.can_be_recomputed"},
    "discussion.is_on_the_scale": {"ranking.can_be_recomputed"},
    "discussion.not_in_conflict": {"departure.not_decided_in_conflict"},
    "dossier.withdrawn_with_a_reason": {"jury.readers_are_given_eligible_dossiers", "ranking.can_be_recomputed"},
    "erasure.deposits_are_blank_once_erased": {
        "filing.last_one_is_what_readers_read",
        "filing.matches_its_digest",
    },
    "erasure.dossiers_left_nothing": {"erasure.is_in_the_journal"},
    "erasure.is_in_the_journal": {"erasure.dossiers_left_nothing"},
    "factor.sessions_are_as_strong_as_their_account": {"factor.codes_are_ten"},
    "filing.last_one_is_what_readers_read": {"dossier.columns_repeat_the_answers"},
    "journal.has_no_gap": {"journal.chains_hold"},
    "journal.keeps_what_heads_name": {"journal.has_no_gap"},
    "jury.readers_are_given_eligible_dossiers": {"dossier.states_follow_decisions", "ranking.can_be_recomputed"},
    "people.confirm_when_asked": {"people.are_in_conflict"},
    "ranking.can_be_recomputed": {"discussion.follows_the_mark_in_force"},
    "ranking.ranks_follow_totals": {"adoption.places_follow_decisions", "ranking.can_be_recomputed"},
    "revision.is_nobody_s_reading": {"jury.readers_are_given_eligible_dossiers"},
    "scenario.answer_respects_its_limits": {"scenario.matches_its_digest"},
    "sheet.final_is_complete": {
        "discussion.follows_the_mark_in_force",
        "ranking.can_be_recomputed",
        "sheet.marks_are_counted",
    },
    "sheet.not_ended_in_conflict": {"discussion.not_in_conflict", "ranking.can_be_recomputed"},
    "shortlist.fits_the_envelope": {"shortlist.matches_its_digest"},
    "substitute.had_no_conflict": {"ranking.can_be_recomputed"},
}


@pytest.fixture(scope="module")
def frozen(databases: Databases) -> Iterator[Scene]:
    """A frozen list with everything that checks read; what spoils it is undone."""
    database = databases.create("sqlite")
    yield _frozen(database)
    databases.discard(database)


def _frozen(database: Database) -> Scene:
    scene = lay_out(database, [90, 80, 70], readings=[2, 2, 1])
    _revise(scene)
    _depart(scene)
    database.transaction(_compute, scene)
    database.transaction(_simulate, scene)
    scene.freeze()
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    database.transaction(head_writing.write, key, witnesses=(), base_url="https://aap.example.org", now=NOW)
    return scene


def _revise(scene: Scene) -> None:
    with scene.database.reading() as session:
        sheet, mark = session.get_one(Sheet, 1), session.get_one(Sheet, 1).marks[0]
    revised = {mark.criterion: (mark.half_points or 0) + 1}
    said = {"version": 0, "base_url": "https://aap.example.org", "now": NOW}
    scene.database.transaction(
        discussion.revise, scene.actor("chair"), scene.call_id(), sheet.reference, revised, "Après la discussion.",
        **said,
    )  # fmt: skip


def _depart(scene: Scene) -> None:
    asked = Asked(scene.dossiers[1], 1, "discussion", "Le comité en a délibéré.")
    with scene.database.reading() as session:
        seen = departures.prepare(session, scene.actor("chair"), scene.call(session), asked).effect.adopted.seen
    scene.database.transaction(departures.decide, scene.actor("chair"), scene.call_id(), asked, seen=seen, now=NOW)


def _compute(session: Session, scene: Scene) -> None:
    inputs = corrected_inputs.inputs_of(session, scene.call(session), now=NOW)
    corrected_store.record(session, inputs, {Part.RESULT: {"line": 1.5}}, milliseconds=1, now=NOW)


def _simulate(session: Session, scene: Scene) -> None:
    wish = Wish((Limit(Kind.BUDGET, 15_000_000),))
    scenarios.save(session, scene.actor("team"), scene.call_id(), "Petite enveloppe", wish, now=NOW)


class _Undone(Exception):
    """The transaction that spoiled the data goes back."""


def _broken(session: Session) -> dict[str, tuple[str, ...]]:
    return {one.name: one.examples for one in invariants.check_all(session) if not one.ok}


@pytest.mark.target("REL-20")
def test_sound_data_break_nothing(fresh_database: Database) -> None:
    _frozen(fresh_database)
    with fresh_database.reading() as session:
        assert _broken(session) == {}


def test_an_empty_database_breaks_nothing(fresh_database: Database) -> None:
    with fresh_database.reading() as session:
        assert _broken(session) == {}


@pytest.mark.target("REL-20")
def test_there_are_fifty_invariants_or_more_and_each_is_shown_to_fail() -> None:
    assert len(invariants.CHECKS) >= 50
    assert SPOILED.keys() == invariants.CHECKS.keys()  # that of stored files, in test_tidying


@pytest.mark.target("REL-20")
@pytest.mark.parametrize("name", sorted(SPOILED))
def test_spoiled_data_break_the_invariant_that_says_so_and_no_other(frozen: Scene, name: str) -> None:
    found: dict[str, tuple[str, ...]] = {}

    def spoil(session: Session) -> None:
        for table in _PROTECTED:
            session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_update"))
            session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_delete"))
        SPOILED[name](session)
        session.flush()
        session.expire_all()
        found.update(_broken(session))
        raise _Undone

    with pytest.raises(_Undone):
        frozen.database.transaction(spoil)
    assert found.keys() == {name} | ALSO.get(name, set())
