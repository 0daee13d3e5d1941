"""What the database holds: mapped classes, constraints and the queries that are used twice; one file per noun."""

from ptce_aap.models.absence import Absence
from ptce_aap.models.adoption import AdoptedPlace, Departure, DepartureConfirmation, DepartureWithdrawal
from ptce_aap.models.base import Base, new_reference
from ptce_aap.models.call import Call, CallExtension, DefinitionSource
from ptce_aap.models.complements import ComplementQuestion, ComplementRequest
from ptce_aap.models.consultation import Consultation
from ptce_aap.models.copies import DossierCopy
from ptce_aap.models.corrected import CorrectedEvidence, CorrectedPart, CorrectedRanking
from ptce_aap.models.correspondence import DossierMessage, MessageFile, MessageReading
from ptce_aap.models.directory import RegionResource, ResourceChange, ResourceUpload, ResourceVisit
from ptce_aap.models.discussion import DiscussionMark
from ptce_aap.models.dossier import Answer, Attachment, Dossier, Filing, Member, TableUpload, Withdrawal
from ptce_aap.models.erasure import Erasure, ErasureRequest, RetentionReport
from ptce_aap.models.factors import Authenticator, HalfSignIn, Passkey, RecoveryCode, SpentChallenge
from ptce_aap.models.instruction import EligibilityDecision, EligibilityLetter, Opinion, RuleProposal
from ptce_aap.models.joint_acts import ConflictCorrection, ProposedAct, ProposedActEnd, Substitution
from ptce_aap.models.journal import DailyHead, DailyHeadLetter, DailyHeadStamp, JournalEntry, JournalHead
from ptce_aap.models.jury import Assignment, Conflict, ConflictStatement, Mark, Sheet
from ptce_aap.models.own_papers import DossierLabel, DossierNote, SavedView
from ptce_aap.models.person import BoundIdentity, Person, PersonToken, RoleGiver, RoleGrant, SignIn
from ptce_aap.models.plans import JurorTerms, ReadingPlan
from ptce_aap.models.ranking import Admission, AmountProposal, Ranking, RankingEntry, Shortlist, TieVote
from ptce_aap.models.regional import OpinionReopening, OpinionTerm, RegionalOrder
from ptce_aap.models.reminders import Reminder, ReminderStop
from ptce_aap.models.scenario import Scenario
from ptce_aap.models.sharing import DossierConfirmation, DossierPerson
from ptce_aap.models.work import InboxItem, Job, MailMessage, OutboxItem, OutboxLease, PeriodicTask

__all__ = [
    "Absence",
    "Admission",
    "AdoptedPlace",
    "AmountProposal",
    "Answer",
    "Assignment",
    "Attachment",
    "Authenticator",
    "Base",
    "BoundIdentity",
    "Call",
    "CallExtension",
    "ComplementQuestion",
    "ComplementRequest",
    "Conflict",
    "ConflictCorrection",
    "ConflictStatement",
    "Consultation",
    "CorrectedEvidence",
    "CorrectedPart",
    "CorrectedRanking",
    "DailyHead",
    "DailyHeadLetter",
    "DailyHeadStamp",
    "DefinitionSource",
    "Departure",
    "DepartureConfirmation",
    "DepartureWithdrawal",
    "DiscussionMark",
    "Dossier",
    "DossierConfirmation",
    "DossierCopy",
    "DossierLabel",
    "DossierMessage",
    "DossierNote",
    "DossierPerson",
    "EligibilityDecision",
    "EligibilityLetter",
    "Erasure",
    "ErasureRequest",
    "Filing",
    "HalfSignIn",
    "InboxItem",
    "Job",
    "JournalEntry",
    "JournalHead",
    "JurorTerms",
    "MailMessage",
    "Mark",
    "Member",
    "MessageFile",
    "MessageReading",
    "Opinion",
    "OpinionReopening",
    "OpinionTerm",
    "OutboxItem",
    "OutboxLease",
    "Passkey",
    "PeriodicTask",
    "Person",
    "PersonToken",
    "ProposedAct",
    "ProposedActEnd",
    "Ranking",
    "RankingEntry",
    "ReadingPlan",
    "RecoveryCode",
    "RegionResource",
    "RegionalOrder",
    "Reminder",
    "ReminderStop",
    "ResourceChange",
    "ResourceUpload",
    "ResourceVisit",
    "RetentionReport",
    "RoleGiver",
    "RoleGrant",
    "RuleProposal",
    "SavedView",
    "Scenario",
    "Sheet",
    "Shortlist",
    "SignIn",
    "SpentChallenge",
    "Substitution",
    "TableUpload",
    "TieVote",
    "Withdrawal",
    "new_reference",
]
