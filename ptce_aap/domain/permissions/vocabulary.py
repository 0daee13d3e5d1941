"""The words of the table of rights: acts, what they touch, and one line of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ptce_aap.domain.permissions.periods import Period, Periods
from ptce_aap.domain.permissions.roles import Permission, Relation


class Scope(StrEnum):
    """What an act touches: what a declared conflict closes depends on it."""

    PUBLIC = "public"
    ACCOUNT = "account"
    OWN = "own"  # a dossier that one prepares
    LISTED = "listed"  # titles, carriers and members, to declare conflicts
    DOSSIER = "dossier"  # one dossier that is judged
    CALL = "call"  # the call as a whole: what is in conflict is left out of it
    STANDINGS = "standings"  # ranks, totals, the line
    SHEETS = "sheets"  # what is made of every sheet, and never published


class Kind(StrEnum):
    """Whether an act reads or writes."""

    READ = "read"
    WRITE = "write"


class Deed(StrEnum):
    """What somebody does, as the table names it."""

    SEE_PUBLIC = "see_public"
    SEE_LAUREATES = "see_laureates"
    FOLLOW_LINK = "follow_link"
    KEEP_ACCOUNT = "keep_account"
    CREATE_DOSSIER = "create_dossier"
    ACCEPT_INVITATION = "accept_invitation"
    READ_OWN_DOSSIER = "read_own_dossier"
    EDIT_DOSSIER = "edit_dossier"
    FILE_DOSSIER = "file_dossier"
    WITHDRAW_DOSSIER = "withdraw_dossier"
    SHARE_DOSSIER = "share_dossier"
    CLOSE_DOSSIER_TO = "close_dossier_to"
    LEAVE_DOSSIER = "leave_dossier"
    TAKE_DOSSIER_OVER = "take_dossier_over"
    READ_RECEIPT = "read_receipt"
    READ_OWN_MESSAGES = "read_own_messages"
    WRITE_OWN_MESSAGES = "write_own_messages"
    READ_RESULT = "read_result"
    FIND_REGION = "find_region"
    READ_INSTRUCTED = "read_instructed"
    PROPOSE = "propose"
    KEEP_PAPERS = "keep_papers"
    KEEP_VIEWS = "keep_views"
    SET_OPINION_TERM = "set_opinion_term"
    REOPEN_OPINION = "reopen_opinion"
    READ_REGIONAL_OPINION = "read_regional_opinion"
    GIVE_OPINION = "give_opinion"
    RANK_REGION = "rank_region"
    EXPORT_REGION = "export_region"
    NAME_OWN_SUBSTITUTE = "name_own_substitute"
    WRITE_SERVICE_MESSAGES = "write_service_messages"
    READ_COMPLEMENTS = "read_complements"
    ASK_COMPLEMENTS = "ask_complements"
    READ_CONSULTATIONS = "read_consultations"
    CONSULT = "consult"
    READ_DIRECTORY = "read_directory"
    KEEP_DIRECTORY = "keep_directory"
    REREAD_CONFLICTS = "reread_conflicts"
    DECLARE_CONFLICT = "declare_conflict"
    ASK_OWN_CORRECTION = "ask_own_correction"
    FIND_READINGS = "find_readings"
    READ_ASSIGNED = "read_assigned"
    MARK = "mark"
    READ_OTHERS_MARKS = "read_others_marks"
    OPEN_CALL = "open_call"
    EXTEND_CALL = "extend_call"
    CONFIRM_EXTENSION = "confirm_extension"
    MANAGE_PEOPLE = "manage_people"
    NAME_SUBSTITUTE = "name_substitute"
    FOLLOW_ABSENCES = "follow_absences"
    GRANT_ERASURE = "grant_erasure"
    SEE_CALL_WORK = "see_call_work"
    READ_MANAGED = "read_managed"
    READ_PRESIDED = "read_presided"
    READ_SERVICE_MESSAGES = "read_service_messages"
    ANSWER_MESSAGES = "answer_messages"
    DECIDE_ELIGIBILITY = "decide_eligibility"
    CHANGE_ELIGIBILITY = "change_eligibility"
    ASSIGN_READINGS = "assign_readings"
    OPEN_MARKING = "open_marking"
    CLOSE_MARKING = "close_marking"
    SEE_RANKING = "see_ranking"
    SEE_CORRECTED = "see_corrected"
    SEE_SEVERITY = "see_severity"
    SIMULATE = "simulate"
    COMPUTE_AGAIN = "compute_again"
    DECIDE_RANKING = "decide_ranking"
    PROPOSE_AMOUNT = "propose_amount"
    FREEZE_LIST = "freeze_list"
    CONFIRM_FREEZING = "confirm_freezing"
    PUBLISH_LIST = "publish_list"
    CONFIRM_PUBLICATION = "confirm_publication"
    CORRECT_CONFLICT = "correct_conflict"
    CONFIRM_CORRECTION = "confirm_correction"
    FOLLOW_ACTS = "follow_acts"
    EXPORT_MARKS = "export_marks"
    EXPORT_LIST = "export_list"
    EXPORT_BUNDLE = "export_bundle"
    READ_LETTERS = "read_letters"
    SEND_LETTERS = "send_letters"
    READ_JOURNAL = "read_journal"
    SEE_INSTALLATION = "see_installation"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: who does what, in which periods of the call.

    ``room`` is what views ask for, None where nobody need be known. ``choice`` holds the periods that the files of a
    call may add.
    """

    deed: Deed
    words: str
    kind: Kind
    scope: Scope
    room: Permission | None
    open_to: Mapping[Relation, Periods]
    choice: Mapping[Relation, Periods] = field(default_factory=dict)
    note: str = ""

    def periods(self, relation: Relation, *, chosen: bool = False) -> Periods:
        """Return the periods in which the act is open to whoever stands so; with what a call chooses to add."""
        added = self.choice.get(relation, frozenset[Period]()) if chosen else frozenset[Period]()
        return self.open_to.get(relation, frozenset[Period]()) | added
