"""What the database itself refuses, on both engines: each named constraint broken, each frozen row changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.models import (
    Absence,
    AdoptedPlace,
    AmountProposal,
    Attachment,
    Base,
    BoundIdentity,
    Call,
    CallExtension,
    ComplementQuestion,
    ComplementRequest,
    ConflictCorrection,
    Consultation,
    CorrectedRanking,
    DailyHead,
    DailyHeadStamp,
    DefinitionSource,
    Departure,
    DepartureConfirmation,
    DepartureWithdrawal,
    DiscussionMark,
    Dossier,
    DossierConfirmation,
    DossierCopy,
    DossierLabel,
    DossierMessage,
    DossierNote,
    DossierPerson,
    Filing,
    Job,
    JurorTerms,
    MailMessage,
    Mark,
    MessageFile,
    Opinion,
    OpinionReopening,
    OpinionTerm,
    OutboxItem,
    OutboxLease,
    Passkey,
    Person,
    ProposedAct,
    ProposedActEnd,
    Ranking,
    RankingEntry,
    ReadingPlan,
    RegionalOrder,
    RegionResource,
    Reminder,
    ResourceChange,
    ResourceUpload,
    ResourceVisit,
    RoleGrant,
    SavedView,
    Scenario,
    Sheet,
    Shortlist,
    SignIn,
    Substitution,
    TableUpload,
    Withdrawal,
)
from ptce_aap.services.calls.calls import SYSTEM
from ptce_aap.services.journal import journal

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DIGEST = "0" * 64

# Table whose rows never change → a column that one might want to change.
FROZEN = {
    "complement_question": "sentence",
    "conflict_correction": "declared_reason",
    "call_extension": "reason",
    "withdrawal": "reason",
    "departure": "reason",
    "departure_confirmation": "passed",
    "departure_withdrawal": "ranking_id",
    "discussion_mark": "reason",
    "dossier_confirmation": "answer",
    "daily_head": "digest",
    "daily_head_stamp": "answer",
    "definition_source": "content",
    "filing": "snapshot",
    "journal_entry": "act",
    "opinion_reopening": "reason",
    "opinion_term": "due_at",
    "proposed_act": "content",
    "proposed_act_end": "outcome",
    "substitution": "reason",
    "ranking": "inputs_digest",
    "regional_order": "ranks",
    "ranking_entry": "total_shown",
    "shortlist": "content",
}


def _departure(values: str, reference: str = "'other'") -> str:
    """Decide the departure again, with this place, this place before, this reason."""
    return (
        "INSERT INTO departure (place, before, reason, reference, call_id, ranking_id, dossier_id, ground, passed, "
        f"decided_by_id, at) SELECT {values}, {reference}, call_id, ranking_id, dossier_id, ground, passed, "
        "decided_by_id, at FROM departure"
    )


def _discussion(values: str) -> str:
    """Revise the mark again, with this sequence, this mark before, this mark, this reason."""
    return (
        "INSERT INTO discussion_mark (sequence, before, half_points, reason, sheet_id, criterion, recorded_by_id, at) "
        f"SELECT {values}, sheet_id, criterion, recorded_by_id, at FROM discussion_mark"
    )


def _confirmation(values: str) -> str:
    """Answer again, with this answer, this name, this sentence."""
    return (
        "INSERT INTO dossier_confirmation (answer, name, sentence, link_id, quality, content_sha256, at) "
        f"SELECT {values}, link_id, quality, content_sha256, at FROM dossier_confirmation"
    )


def _complement(values: str) -> str:
    """Name another question, with this flaw and this sentence."""
    return (
        "INSERT INTO complement_question (flaw, sentence, request_id, key, position) "
        f"SELECT {values}, request_id, 'other', position FROM complement_question"
    )


def _head(values: str) -> str:
    """Sign the same day again, with this root and this signature."""
    return (
        "INSERT INTO daily_head (root, signature, number, day, at, chains, previous, digest, key) "
        f"SELECT {values}, number + 1, day, at, chains, previous, digest, key FROM daily_head"
    )


def _proposed(values: str) -> str:
    """Propose again, with this kind, this reason, this person concerned, this term, this reference."""
    return (
        "INSERT INTO proposed_act (kind, reason, concerns_id, expires_at, reference, call_id, object, content, state, "
        f"digest, proposed_by_id, proposed_at) SELECT {values}, call_id, object, content, state, digest, "
        "proposed_by_id, proposed_at FROM proposed_act WHERE kind = 'publication'"
    )


def _answered(values: str) -> str:
    """Answer the proposal that waits, with this outcome, this reason, this person."""
    return (
        "INSERT INTO proposed_act_end (outcome, reason, by_id, act_id, at) "
        f"SELECT {values}, id, proposed_at FROM proposed_act WHERE kind = 'publication'"
    )


def _named(values: str) -> str:
    """Name a substitute again, with this role, this reason, this person."""
    return (
        "INSERT INTO substitution (role, reason, person_id, call_id, named_by_id, named_at) "
        f"SELECT {values}, call_id, named_by_id, named_at FROM substitution"
    )


def _ended(outcome: str) -> str:
    """End requests with this outcome."""
    return f"UPDATE complement_request SET ended_at = asked_at, outcome = {outcome}"


# Constraint → what a careless program would do. Rows of the append-only tables are added again, the others changed.
def _request(values: str, columns: str = "") -> str:
    """Ask for an erasure by somebody."""
    return f"INSERT INTO erasure_request (reference, person_id, asked_at, version{columns}) VALUES {values}"


_NOON = "'2026-01-01 12:00:00'"
_ERASURE = "INSERT INTO erasure (object_kind, object, why, at) VALUES "
_REPORT = "INSERT INTO retention_report (reference, at, content) VALUES "

ATTACKS = {
    "ck_erasure_known_kind": f"{_ERASURE} ('call', 'x', 'asked', {_NOON})",
    "uq_erasure_object_kind_object": f"{_ERASURE} ('person', 'x', 'a', {_NOON}), ('person', 'x', 'b', {_NOON})",
    "ck_erasure_request_known_outcome": _request(f"('x', 1, {_NOON}, 1, {_NOON}, 'lost')", ", ended_at, outcome"),
    "ck_erasure_request_ended_in_some_way": _request(f"('x', 1, {_NOON}, 1, {_NOON})", ", ended_at"),
    "uq_erasure_request_person_id": _request(f"('x', 1, {_NOON}, 1), ('y', 1, {_NOON}, 1)"),
    "uq_erasure_request_reference": _request(f"('x', 1, {_NOON}, 1), ('x', 2, {_NOON}, 1)"),
    "uq_retention_report_reference": f"{_REPORT} ('x', {_NOON}, '0'), ('x', {_NOON}, '0')",
    "ck_conflict_correction_follows_the_declaration": (
        "INSERT INTO conflict_correction (act_id, call_id, dossier_id, person_id, declared_reason, declared_at, "
        "corrected_at) SELECT id, call_id, 1, 2, '', expires_at, proposed_at FROM proposed_act "
        "WHERE kind = 'publication'"
    ),
    "ck_proposed_act_a_correction_concerns_somebody": _proposed("'correction', 'r', NULL, expires_at, 'new'"),
    "ck_proposed_act_end_known_outcome": _answered("'forgotten', '', 2"),
    "ck_proposed_act_end_refused_with_a_reason": _answered("'refused', '', 2"),
    "ck_proposed_act_end_somebody_answers": _answered("'confirmed', '', NULL"),
    "ck_proposed_act_has_its_reason": _proposed("'extension', '', NULL, expires_at, 'new'"),
    "ck_proposed_act_known_kind": _proposed("'other', 'r', NULL, expires_at, 'new'"),
    "ck_proposed_act_leaves_time": _proposed("kind, reason, NULL, proposed_at, 'new'"),
    "ck_substitution_has_its_reason": _named("role, '', person_id"),
    "ck_substitution_known_role": _named("'admin', reason, person_id"),
    "ck_substitution_nobody_names_himself": _named("role, reason, named_by_id"),
    "uq_proposed_act_reference": _proposed("kind, reason, NULL, expires_at, reference"),
    "ck_complement_question_known_flaw": _complement("'ugly', 's'"),
    "ck_complement_question_says_what_is_expected": _complement("'wrong', ''"),
    "ck_complement_request_answered_by_a_deposit": _ended("'answered'"),
    "ck_complement_request_closed_with_a_reason": _ended("'closed'"),
    "ck_complement_request_ended_in_some_way": _ended("NULL"),
    "ck_complement_request_known_outcome": _ended("'lost'"),
    "ck_complement_request_leaves_time": "UPDATE complement_request SET due_at = asked_at",
    "uq_dossier_copy_source_id_call_id": "UPDATE dossier_copy SET source_id = 1, call_id = 1",
    "ck_daily_head_digests_are_whole": _head("'', signature"),
    "ck_daily_head_signature_is_whole": _head("root, ''"),
    "uq_daily_head_day": _head("root, signature"),
    "ck_journal_entry_digests_are_whole": "INSERT INTO journal_entry (chain, sequence, at, actor, role, act, "
    "object_kind, object, facts, previous, digest) SELECT chain, sequence + 1, at, actor, role, act, object_kind, "
    "object, facts, digest, '' FROM journal_entry",
    "ck_journal_head_digest_is_whole": "UPDATE journal_head SET sequence = sequence + 1, digest = ''",
    "uq_complement_request_dossier_id": "UPDATE complement_request SET dossier_id = 1",
    "uq_complement_request_filing_id": _ended("'answered', filing_id = 1"),
    "uq_complement_request_reference": "UPDATE complement_request SET reference = 'same'",
    "uq_complement_request_revision_id": "UPDATE complement_request SET revision_id = 3",
    "ck_departure_before_is_positive": _departure("1, 0, 'Motif'"),
    "ck_departure_confirmation_before_is_positive": "INSERT INTO departure_confirmation "
    "(departure_id, ranking_id, before, passed, decided_by_id, at) "
    "SELECT id, ranking_id, 0, passed, decided_by_id, at FROM departure",
    "ck_departure_has_its_reason": _departure("1, 1, ''"),
    "ck_departure_place_is_positive": _departure("0, 1, 'Motif'"),
    "uq_adopted_place_ranking_id_place": "UPDATE adopted_place SET place = 1",
    "uq_departure_reference": _departure("1, 1, 'Motif'", reference="reference"),
    "ck_amount_proposal_amount_is_not_negative": "UPDATE amount_proposal SET amount_cents = -1",
    "ck_attachment_infected_by_something": "UPDATE attachment SET signature = 'Eicar'",
    "ck_attachment_judged_at_some_time": "UPDATE attachment SET scan = 'clean'",
    "ck_attachment_known_scan": "UPDATE attachment SET scan = 'good'",
    "ck_attachment_size_is_not_negative": "UPDATE attachment SET size = -1",
    "ck_call_envelope_is_not_negative": "UPDATE call SET envelope_cents = -1",
    "ck_call_opens_before_it_closes": "UPDATE call SET closes_at = opens_at",
    "ck_discussion_mark_changes_the_mark": _discussion("2, 1, 1, 'Motif'"),
    "ck_discussion_mark_half_points_are_not_negative": _discussion("2, 1, -1, 'Motif'"),
    "ck_discussion_mark_has_its_reason": _discussion("2, 1, 2, ''"),
    "ck_dossier_confirmation_declined_with_a_sentence": _confirmation("'declined', 'N', ''"),
    "ck_dossier_confirmation_has_a_name": _confirmation("'confirmed', '', ''"),
    "ck_dossier_confirmation_known_answer": _confirmation("'perhaps', 'N', 's'"),
    "ck_dossier_filed_once_it_is_no_draft": "UPDATE dossier SET state = 'draft'",
    "ck_opinion_reopening_has_its_reason": "INSERT INTO opinion_reopening "
    "(dossier_id, given_at, mark, reason, by_id, at) "
    "SELECT dossier_id, given_at, mark, '', by_id, at FROM opinion_reopening",
    "ck_opinion_term_changes_the_term": "INSERT INTO opinion_term (call_id, before, due_at, reason, by_id, at) "
    "SELECT call_id, due_at, due_at, reason, by_id, at FROM opinion_term",
    "ck_opinion_term_has_its_reason": "INSERT INTO opinion_term (call_id, before, due_at, reason, by_id, at) "
    "SELECT call_id, before, due_at, '', by_id, at FROM opinion_term",
    "ck_opinion_term_is_frozen_after_it": "UPDATE opinion_term SET frozen_at = at, digest = 'd'",
    "ck_opinion_term_is_frozen_whole": "UPDATE opinion_term SET digest = 'd'",
    "ck_call_extension_has_its_reason": "INSERT INTO call_extension (call_id, before, after, reason, by_id, at) "
    "SELECT call_id, before, after, '', by_id, at FROM call_extension",
    "ck_call_extension_puts_the_closing_off": "INSERT INTO call_extension (call_id, before, after, reason, by_id, at) "
    "SELECT call_id, after, before, reason, by_id, at FROM call_extension",
    "ck_dossier_only_revisions_are_limited": "UPDATE dossier SET due_at = created_at",
    "ck_dossier_only_revisions_end": "UPDATE dossier SET ended_at = created_at",
    "ck_dossier_revision_is_a_draft": "UPDATE dossier SET revises_id = 1 WHERE id = 2",
    "ck_withdrawal_has_its_reason": "INSERT INTO withdrawal (dossier_id, reason, by_id, at) "
    "SELECT dossier_id, '', by_id, at FROM withdrawal",
    "ck_dossier_message_known_side": "INSERT INTO dossier_message (reference, dossier_id, side, author_id, text, "
    "draw, sent_at) SELECT 'z', dossier_id, 'jury', author_id, 't', 'z', sent_at FROM dossier_message WHERE id = 1",
    "ck_dossier_message_says_something": "INSERT INTO dossier_message (reference, dossier_id, side, author_id, text, "
    "draw, sent_at) SELECT 'z', dossier_id, side, author_id, '', 'z', sent_at FROM dossier_message WHERE id = 1",
    "ck_dossier_numbered_when_filed": "UPDATE dossier SET number = NULL",
    "ck_dossier_person_accepted_by_somebody": "UPDATE dossier_person SET accepted_at = NULL WHERE id = 1",
    "ck_dossier_person_heir_is_there": "UPDATE dossier_person SET ownership_offered_at = sent_at WHERE id = 3",
    "ck_dossier_person_known_kind": "UPDATE dossier_person SET kind = 'friend'",
    "ck_dossier_person_known_right": "UPDATE dossier_person SET given = 'own'",
    "ck_dossier_person_link_dies_with_its_use": "UPDATE dossier_person SET token_digest = 'x' WHERE id = 1",
    "ck_dossier_person_reads_by_link": "UPDATE dossier_person SET kind = 'representative' WHERE id = 1",
    "ck_juror_terms_maximum_is_not_negative": "UPDATE juror_terms SET minimum = NULL, maximum = -1",
    "ck_juror_terms_minimum_is_not_negative": "UPDATE juror_terms SET minimum = -1",
    "ck_juror_terms_minimum_is_under_the_maximum": "UPDATE juror_terms SET minimum = maximum + 1",
    "ck_mark_half_points_are_not_negative": "UPDATE mark SET half_points = -1",
    "ck_message_file_known_scan": "UPDATE message_file SET scan = 'seen'",
    "ck_message_file_size_is_not_negative": "INSERT INTO message_file (reference, message_id, filename, media_type, "
    "size, sha256, scan) SELECT 'z', id, 'f', 'm', -1, 'x', 'clean' FROM dossier_message",
    "ck_opinion_rank_is_positive": "UPDATE opinion SET regional_rank = regional_rank - 1",
    "ck_reading_plan_applied_with_what_it_did": "UPDATE reading_plan SET applied = '{}'",
    "ck_reading_plan_computed_with_its_content": "UPDATE reading_plan SET content = '{}'",
    "ck_reading_plan_undone_once_applied": "UPDATE reading_plan SET undone_at = asked_at",
    "ck_role_grant_only_a_correspondent_has_a_region": "UPDATE role_grant SET region = '31'",
    "ck_role_grant_only_a_juror_has_a_seat": "UPDATE role_grant SET seat = NULL",
    "ck_outbox_lease_ends_after_it_began": "UPDATE outbox_lease SET ends_at = taken_at",
    "ck_reminder_known_days": "UPDATE reminder SET days = 2",
    "ck_reminder_sent_before_the_closing": "UPDATE reminder SET sent_at = closes_at",
    "ck_scenario_has_a_name": "UPDATE scenario SET name = '' WHERE id = 1",
    "ck_scenario_is_done_with_its_result": "UPDATE scenario SET state = 'done'",
    "ck_sheet_draft_or_final": "UPDATE sheet SET state = 'lost'",
    "ck_sheet_final_has_its_instant": "UPDATE sheet SET state = 'final'",
    "uq_attachment_reference": "UPDATE attachment SET reference = 'same'",
    "uq_call_slug": "UPDATE call SET slug = 'same'",
    "uq_corrected_ranking_call_id_sequence": "INSERT INTO corrected_ranking (call_id, sequence, inputs_digest, "
    "readings, settings, quick, read_at, computed_at, milliseconds, sha256) SELECT call_id, sequence, inputs_digest, "
    "readings, settings, quick, read_at, computed_at, milliseconds, sha256 FROM corrected_ranking",
    "uq_discussion_mark_sheet_id_criterion_sequence": _discussion("1, 1, 2, 'Motif'"),
    "uq_dossier_number": "UPDATE dossier SET number = 'same'",
    "uq_dossier_revises_id": "INSERT INTO dossier (reference, call_id, owner_id, state, created_at, saved_at, title, "
    "title_key, carrier, carrier_key, version, revises_id) SELECT 'other', call_id, owner_id, state, created_at, "
    "saved_at, title, title_key, carrier, carrier_key, version, revises_id FROM dossier WHERE id = 3",
    "uq_dossier_reference": "UPDATE dossier SET reference = 'same'",
    "uq_dossier_person_dossier_id": "UPDATE dossier_person SET ownership_offered_at = sent_at WHERE id = 2",
    "uq_dossier_person_dossier_id_kind_email_key": "UPDATE dossier_person SET email_key = 'same' WHERE id > 2",
    "uq_dossier_person_dossier_id_person_id": "UPDATE dossier_person SET person_id = 1 WHERE id = 2",
    "uq_dossier_person_reference": "UPDATE dossier_person SET reference = 'same'",
    "uq_dossier_person_token_digest": "UPDATE dossier_person SET token_digest = 'same' WHERE id > 2",
    "uq_filing_dossier_id_sequence": "INSERT INTO filing (dossier_id, sequence, filed_at, filed_by_id, snapshot, "
    "sha256, missing) SELECT dossier_id, sequence, filed_at, filed_by_id, snapshot, sha256, missing FROM filing",
    "uq_job_reference": "UPDATE job SET reference = 'same'",
    "uq_dossier_message_dossier_id_author_id_draw": "INSERT INTO dossier_message (reference, dossier_id, side, "
    "author_id, text, draw, sent_at) SELECT 'z', dossier_id, side, author_id, 't', draw, sent_at "
    "FROM dossier_message WHERE id = 1",
    "uq_dossier_message_reference": "INSERT INTO dossier_message (reference, dossier_id, side, author_id, text, "
    "draw, sent_at) SELECT reference, dossier_id, side, author_id, 't', 'z', sent_at "
    "FROM dossier_message WHERE id = 1",
    "uq_message_file_reference": "INSERT INTO message_file (reference, message_id, filename, media_type, size, "
    "sha256, scan) SELECT reference, message_id, 'f', 'm', 1, 'x', 'clean' FROM message_file",
    "uq_mail_message_outbox_id": "UPDATE mail_message SET outbox_id = (SELECT min(outbox_id) FROM mail_message)",
    "uq_mail_message_reference": "UPDATE mail_message SET reference = 'same'",
    "uq_opinion_call_id_region_regional_rank": "UPDATE opinion SET regional_rank = 1",
    "ck_passkey_a_count_is_not_negative": "UPDATE passkey SET sign_count = -1",
    "ck_passkey_a_passkey_has_a_name": "UPDATE passkey SET name = ''",
    "uq_passkey_credential_id": "UPDATE passkey SET credential_id = 'same'",
    "uq_passkey_reference": "UPDATE passkey SET reference = 'same'",
    "ck_person_a_claim_holds_no_address": "UPDATE person SET claimed_key = 'a@b.org', email_key = 'c@d.org', "
    "email_confirmed_at = NULL WHERE id = 1",
    "ck_person_a_claim_proved_nothing": "UPDATE person SET claimed_key = 'a@b.org', email_key = '~1', "
    "email_confirmed_at = created_at WHERE id = 1",
    "uq_person_email_key": "UPDATE person SET email_key = 'same'",
    "uq_person_reference": "UPDATE person SET reference = 'same'",
    "uq_ranking_call_id_sequence": "INSERT INTO ranking (call_id, sequence, computed_at, computed_by_id, grid_digest, "
    "inputs_digest, seed) SELECT call_id, sequence, computed_at, computed_by_id, grid_digest, inputs_digest, seed "
    "FROM ranking",
    "uq_ranking_entry_ranking_id_position": "INSERT INTO ranking_entry (ranking_id, dossier_id, position, readings, "
    "total_shown, axis_means, flags) SELECT ranking_id, dossier_id + 1, position, readings, total_shown, axis_means, "
    "flags FROM ranking_entry",
    "uq_reading_plan_reference": "UPDATE reading_plan SET reference = 'same'",
    "ck_consultation_answered_by_somebody": "UPDATE consultation SET respondent = 'r'",
    "ck_consultation_answered_in_time": "UPDATE consultation SET answered_at = due_at, respondent = 'r'",
    "ck_consultation_answered_or_withdrawn": "UPDATE consultation SET answered_at = asked_at, respondent = 'r', "
    "withdrawn_at = asked_at, token_digest = NULL",
    "ck_consultation_funding_is_of_a_line": "UPDATE consultation SET purpose = 'funding'",
    "ck_consultation_is_sent_to_somebody": "UPDATE consultation SET service = ''",
    "ck_consultation_known_purpose": "UPDATE consultation SET purpose = 'none'",
    "ck_consultation_leaves_time": "UPDATE consultation SET due_at = asked_at",
    "ck_consultation_link_dies_with_it": "UPDATE consultation SET withdrawn_at = asked_at",
    "ck_consultation_moves_are_counted": "UPDATE consultation SET moves = -1",
    "uq_consultation_reference": "UPDATE consultation SET reference = 'same'",
    "uq_consultation_token_digest": "UPDATE consultation SET token_digest = 'same'",
    "ck_region_resource_has_a_name": "UPDATE region_resource SET name_key = ''",
    "ck_region_resource_shown_since_some_time": "UPDATE region_resource SET published = true",
    "ck_region_resource_withdrawn_is_not_shown": "UPDATE region_resource SET published = true, "
    "appeared_at = changed_at, withdrawn_at = changed_at",
    "uq_region_resource_call_id_region_name_key": "UPDATE region_resource SET name_key = 'same'",
    "uq_region_resource_reference": "UPDATE region_resource SET reference = 'same'",
    "ck_resource_change_known_deed": "INSERT INTO resource_change (resource_id, sequence, deed, by_id, at, content) "
    "SELECT resource_id, 2, 'sold', by_id, at, content FROM resource_change",
    "uq_resource_change_resource_id_sequence": "INSERT INTO resource_change (resource_id, sequence, deed, by_id, at, "
    "content) SELECT resource_id, sequence, deed, by_id, at, content FROM resource_change",
    "uq_resource_upload_call_id_region_person_id": "UPDATE resource_upload SET region = '31'",
    "uq_resource_upload_reference": "UPDATE resource_upload SET reference = 'same'",
    "ck_resource_visit_one_after_the_other": "UPDATE resource_visit SET seen_at = '2000-01-01 00:00:00'",
    "ck_dossier_label_says_something": "UPDATE dossier_label SET key = '' WHERE dossier_id = 1",
    "uq_dossier_label_dossier_id_region_key": "UPDATE dossier_label SET dossier_id = 1",
    "ck_dossier_note_says_something": "UPDATE dossier_note SET text = ''",
    "ck_saved_view_has_a_name": "UPDATE saved_view SET name_key = '' WHERE name = '1'",
    "uq_saved_view_person_id_call_id_name_key": "UPDATE saved_view SET name_key = 'n'",
    "uq_saved_view_reference": "UPDATE saved_view SET reference = 'same'",
    "uq_scenario_call_id_name": "UPDATE scenario SET name = 'same'",
    "uq_scenario_reference": "UPDATE scenario SET reference = 'same'",
    "uq_sheet_dossier_id_person_id": "UPDATE sheet SET person_id = (SELECT min(person_id) FROM sheet)",
    "uq_sheet_reference": "UPDATE sheet SET reference = 'same'",
    "ck_bound_identity_names_somebody": "UPDATE bound_identity SET subject = '' WHERE person_id = 1",
    "uq_sign_in_reference": "UPDATE sign_in SET reference = 'same'",
    "ck_absence_ended_before_its_term": "UPDATE absence SET ended_at = ends_at, ended_by_id = 1",
    "ck_absence_lasts": "UPDATE absence SET ends_at = starts_at",
    "ck_absence_nobody_names_himself": "UPDATE absence SET named_by_id = substitute_id",
    "ck_absence_somebody_else_acts": "UPDATE absence SET absent_id = substitute_id",
    "ck_absence_somebody_ends_it": "UPDATE absence SET ended_at = named_at",
    "uq_absence_reference": "UPDATE absence SET reference = 'same'",
    "uq_table_upload_reference": "UPDATE table_upload SET reference = 'same'",
}


def two_of_each(session: Session) -> None:
    for number in (1, 2):
        session.add(Person(id=number, email=f"{number}@example.org", email_key=f"{number}@example.org", created_at=NOW))
        session.add(
            Call(
                id=number,
                slug=f"appel-{number}",
                name="appel",
                title="",
                short_title="",
                sources={},
                envelope_cents=0,
                draw_seed=1,
                created_at=NOW,
                opens_at=NOW,
                closes_at=NOW + timedelta(days=1),
            )
        )
        session.flush()
        dossier = Dossier(id=number, call_id=1, owner_id=1, state="filed", number=f"N{number}")
        dossier.created_at = dossier.saved_at = dossier.filed_at = NOW
        session.add(dossier)
        session.flush()
        of_dossier = {"dossier_id": number, "author_id": 1, "at": NOW}
        session.add(Opinion(**of_dossier, call_id=1, region="31", answers={}, regional_rank=number))
        session.add(AmountProposal(**of_dossier, amount_cents=100))
        session.add(
            Attachment(
                dossier_id=number,
                key="k",
                filename="f.pdf",
                media_type="application/pdf",
                size=1,
                sha256=DIGEST,
                added_by_id=1,
                added_at=NOW,
            )
        )
        session.add(TableUpload(dossier_id=1, key="k", person_id=1, filename="f", content={}, at=NOW))
        of_region = {"call_id": 1, "content": {}}
        named = {"name_key": f"r{number}", "published": False, "changed_at": NOW}
        session.add(RegionResource(id=number, region="31", **named, **of_region))
        session.add(ResourceUpload(region=str(number), person_id=1, filename="f", at=NOW, **of_region))
        asked = {"purpose": "opinion", "kind": "", "service": "s", "addressee": "a", "email": "e", "question": "q"}
        moments = {"asked_at": NOW, "sent_at": NOW, "due_at": NOW + timedelta(days=1)}
        opened = {"opened": [], "funding": {}, "answers": {}, "token_digest": str(number)}
        session.add(Consultation(dossier_id=number, asked_by_id=1, **asked, **moments, **opened))
        session.add(ResourceVisit(dossier_id=number, person_id=1, seen_at=NOW, before=NOW))
        session.add(DossierLabel(dossier_id=number, region="31", key="k", text="K", person_id=1, at=NOW))
        session.add(DossierNote(dossier_id=number, person_id=1, text="t", at=NOW))
        view = {"name": str(number), "name_key": f"v{number}", "query": ""}
        session.add(SavedView(person_id=1, call_id=1, **view, at=NOW))
        opened = {"created_at": NOW, "seen_at": NOW, "expires_at": NOW, "proved_at": NOW}
        session.add(BoundIdentity(issuer="service", subject=str(number), person_id=number, bound_at=NOW))
        session.add(SignIn(digest=str(number), person_id=number, **opened))
        session.add(RoleGrant(person_id=number, role="juror", seat="siege", granted_at=NOW))
        session.add(Job(requester_id=1, kind="k", params={}, created_at=NOW))
        session.add(OutboxItem(id=str(number), kind="mail", payload={}, created_at=NOW))
        session.flush()
        in_hand = {"owner": "o", "process": "p", "taken_at": NOW, "ends_at": NOW + timedelta(seconds=45)}
        session.add(OutboxLease(outbox_id=str(number), **in_hand))
        sheet = Sheet(id=number, call_id=1, dossier_id=1, person_id=number, grid_digest=DIGEST, saved_at=NOW)
        session.add(sheet)
        session.flush()
        session.add(Mark(sheet_id=number, criterion="c", half_points=1))
        session.add(MailMessage(outbox_id=str(number), subject="", sent_at=NOW))
        message = DossierMessage(dossier_id=1, side="service", author_id=1, text="t", draw=str(number), sent_at=NOW)
        session.add(message)
        session.flush()
        if number == 1:
            file = {"filename": "f", "media_type": "m", "size": 1, "sha256": DIGEST}
            session.add(MessageFile(message_id=message.id, **file))
        session.add(Reminder(dossier_id=number, days=10, closes_at=NOW + timedelta(days=1), sent_at=NOW))
    session.add(Filing(dossier_id=1, sequence=1, filed_at=NOW, filed_by_id=1, snapshot="{}", sha256=DIGEST, missing=[]))
    session.add(Dossier(id=3, call_id=1, owner_id=1, revises_id=1, state="draft", created_at=NOW, saved_at=NOW))
    session.flush()
    for number in (1, 2):
        asked = {"asked_by_id": 1, "asked_at": NOW, "due_at": NOW + timedelta(days=1)}
        session.add(ComplementRequest(id=number, dossier_id=number, revision_id=4 - number, **asked))
    session.flush()
    session.add(ComplementQuestion(request_id=1, key="k", position=0, flaw="wrong", sentence="s"))
    for number in (1, 2):
        session.add(DossierCopy(dossier_id=number, source_id=3 - number, call_id=number, at=NOW, leftovers=[]))
    days = {"starts_at": NOW, "ends_at": NOW + timedelta(days=1), "named_by_id": 1, "named_at": NOW}
    session.add_all(Absence(call_id=number, absent_id=1, substitute_id=2, **days) for number in (1, 2))
    session.add(Withdrawal(dossier_id=1, reason="r", by_id=1, at=NOW))
    session.add(ResourceChange(resource_id=1, sequence=1, deed="added", by_id=1, at=NOW, content={}))
    later = NOW + timedelta(days=2)
    session.add(CallExtension(call_id=1, before=NOW, after=later, reason="r", by_id=1, at=NOW))
    session.add(OpinionTerm(call_id=1, due_at=later, reason="r", by_id=1, at=NOW))
    session.add(OpinionReopening(dossier_id=1, given_at=NOW, mark="m", reason="r", by_id=1, at=NOW))
    session.add(RegionalOrder(call_id=1, region="31", ranks={}, by_id=1, at=NOW))
    of_inputs = {"grid_digest": DIGEST, "inputs_digest": DIGEST}
    session.add(Ranking(id=1, call_id=1, sequence=1, computed_at=NOW, computed_by_id=1, seed=1, **of_inputs))
    session.flush()
    session.add(
        RankingEntry(ranking_id=1, dossier_id=1, position=1, readings=2, total_shown="50,00", axis_means={}, flags=[])
    )
    for number in (1, 2):
        moved = AdoptedPlace(ranking_id=1, dossier_id=number, place=number, announced_place=1)
        moved.moved = moved.put_out = False
        session.add(moved)
    decision = {"ranking_id": 1, "decided_by_id": 1, "at": NOW}
    step = {"before": 2, "after": 1, "passed": []}
    departure = Departure(id=1, call_id=1, dossier_id=1, place=1, ground="g", reason="r", **step, **decision)
    session.add(departure)
    session.flush()
    session.add(DepartureConfirmation(departure_id=1, **step, **decision))
    session.add(DepartureWithdrawal(departure_id=1, **decision))
    revision = {"criterion": "c", "sequence": 1, "before": 1, "half_points": 2, "reason": "r"}
    session.add(DiscussionMark(sheet_id=1, **revision, recorded_by_id=1, at=NOW))
    session.add(Shortlist(call_id=1, ranking_id=1, frozen_at=NOW, frozen_by_id=1, content={}, sha256=DIGEST))
    for number in (1, 2):
        key = {"credential_id": f"c{number}", "credential": "k", "sign_count": 0, "added_at": NOW}
        session.add(Passkey(person_id=1, name=f"P{number}", **key))
        session.add(JurorTerms(call_id=1, person_id=number, minimum=1, maximum=2, themes=[]))
        session.add(ReadingPlan(call_id=1, asked_by_id=1, asked_at=NOW, settings={}))
        of_scenario = {"author_id": 1, "created_at": NOW, "asked_at": NOW, "ranking_id": 1, "adopted": False}
        session.add(
            Scenario(
                id=number,
                call_id=1,
                name=f"S{number}",
                instance="",
                inputs_digest=DIGEST,
                state="waiting",
                **of_scenario,
            )
        )
    session.add(
        CorrectedRanking(
            call_id=1,
            sequence=1,
            inputs_digest=DIGEST,
            readings=2,
            settings={},
            quick=False,
            read_at=NOW,
            computed_at=NOW,
            milliseconds=1,
            sha256=DIGEST,
        )
    )
    _people_of_a_dossier(session)
    session.add(DefinitionSource(digest=DIGEST, content="", stored_at=NOW))
    journal.record(session, SYSTEM, "test.act", on=("test", "x"), at=NOW)


def _people_of_a_dossier(session: Session) -> None:
    """Two who accepted, the first of them offered the dossier, then two who are invited."""
    for number in (1, 2, 3, 4):
        there = {"person_id": number, "accepted_at": NOW} if number < 3 else {"token_digest": f"{number}"}
        session.add(
            DossierPerson(
                id=number,
                dossier_id=1,
                email=f"{number}@example.org",
                email_key=f"{number}@example.org",
                kind="editor",
                given="edit",
                invited_by_id=1,
                invited_at=NOW,
                sent_at=NOW,
                ownership_offered_at=NOW if number == 1 else None,
                **there,
            )
        )
    session.flush()
    head = {"chains": [], "root": DIGEST, "previous": DIGEST, "digest": DIGEST, "key": DIGEST, "signature": 2 * DIGEST}
    session.add(DailyHead(number=1, day=NOW.date(), at=NOW, **head))
    session.flush()
    session.add(DailyHeadStamp(number=1, authority="", stamped_at=NOW, received_at=NOW, answer=""))
    _acts_of_two(session)
    given = {"answer": "confirmed", "name": "N", "quality": "", "sentence": ""}
    session.add(DossierConfirmation(link_id=1, content_sha256=DIGEST, at=NOW, **given))


def _acts_of_two(session: Session) -> None:
    proposed = {"call_id": 1, "content": {}, "state": "s", "digest": DIGEST, "proposed_by_id": 1, "proposed_at": NOW}
    proposed["expires_at"] = NOW + timedelta(days=1)
    corrected = ProposedAct(kind="correction", object="d", concerns_id=2, reason="r", **proposed)
    session.add_all([corrected, ProposedAct(kind="publication", object="c", reason="", **proposed)])
    session.flush()
    session.add(ProposedActEnd(act_id=corrected.id, outcome="confirmed", by_id=2, at=NOW))
    held = {"call_id": 1, "dossier_id": 1, "person_id": 2, "declared_reason": "r", "declared_at": NOW}
    session.add(ConflictCorrection(act_id=corrected.id, corrected_at=NOW, **held))
    session.add(Substitution(call_id=1, person_id=2, role="chair", reason="r", named_by_id=1, named_at=NOW))


@pytest.fixture(scope="module")
def filled(database: Database) -> Database:
    database.transaction(two_of_each)
    return database


def test_every_named_constraint_has_its_attack() -> None:
    named = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint | UniqueConstraint)
    }
    named |= {str(index.name) for table in Base.metadata.tables.values() for index in table.indexes if index.unique}
    assert named == ATTACKS.keys()


@pytest.mark.parametrize("constraint", sorted(ATTACKS))
def test_the_database_refuses_what_the_rule_forbids(filled: Database, constraint: str) -> None:
    with pytest.raises(IntegrityError) as refused:
        filled.transaction(lambda session: session.execute(text(ATTACKS[constraint])))
    told = str(refused.value.orig)
    if constraint.startswith("uq_") and filled.engine.dialect.name == "sqlite":
        # SQLite names the columns of a unique constraint, not the constraint.
        assert told.startswith("UNIQUE constraint failed: ")
        columns = told.removeprefix("UNIQUE constraint failed: ").split(", ")
        table = columns[0].partition(".")[0]
        assert constraint == "_".join(["uq", table, *(column.partition(".")[2] for column in columns)])
    else:
        assert constraint in told


@pytest.mark.parametrize(("table", "column"), FROZEN.items())
def test_a_frozen_row_is_neither_changed_nor_erased(filled: Database, table: str, column: str) -> None:
    for attack in (f"UPDATE {table} SET {column} = NULL", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match=f"{table} is append-only"):
            filled.transaction(lambda session, sql=attack: session.execute(text(sql)))
