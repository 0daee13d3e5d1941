"""A call as its files tell it: envelope, calendar, regions, seats, texts, and what lists read of a dossier."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ptce_aap.domain.budget import Control
from ptce_aap.domain.calendar import ReadFrom
from ptce_aap.domain.complements import WORKING_DAYS, Phrase, Stop, restarted_on, suspended_until
from ptce_aap.domain.consultations import ConsultationSettings
from ptce_aap.domain.directory import DirectorySettings
from ptce_aap.domain.divergences import DivergenceRule
from ptce_aap.domain.eligibility import Rule
from ptce_aap.domain.facts import Implicit
from ptce_aap.domain.indicators import Indicator
from ptce_aap.domain.questionnaire import Questionnaire
from ptce_aap.domain.registers import Completion
from ptce_aap.domain.requirements import Requirement
from ptce_aap.domain.scoring import Grid
from ptce_aap.domain.selftest import SelfTest
from ptce_aap.domain.synthesis import SynthesisSheet


@dataclass(frozen=True, slots=True)
class Region:
    """A territory that routes dossiers to its correspondents."""

    code: str
    name: str
    time_zone: str  # IANA name


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat of the committee: whom a juror represents."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Ground:
    """On what the committee may found a departure from the announced ranking."""

    key: str
    label: str


GROUNDS = (
    Ground("discussion", "Délibération du comité"),
    Ground("ballot", "Vote du comité"),
    Ground("balance", "Répartition prévue par l’appel (territoires, thèmes)"),
)
"""The grounds of a call that names none: a proposal, no official source gives them."""


class Place(StrEnum):
    """Where a text of the call is shown, by the word that definition files use."""

    HOME = "accueil"
    RECEIPT = "depot"
    DECISION = "decision"


class Silence(StrEnum):
    """What the administration's silence means, by the word that definition files use."""

    REJECTION = "rejet"
    ACCEPTANCE = "acceptation"


class Mention(StrEnum):
    """What the law asks of a receipt beside the service and the date, by the word that definition files use."""

    SILENCE = "decision_implicite"
    REMEDIES = "voies_de_recours"


@dataclass(frozen=True, slots=True)
class Contact:
    """The service in charge of dossiers, as a receipt must name it."""

    name: str
    address: str
    email: str
    telephone: str
    approval_needed: bool = False  # printed on nothing that is sent before the service has confirmed it

    @property
    def lines(self) -> tuple[str, ...]:
        """Return what is known of it, one line each."""
        return tuple(line for line in (self.name, self.address, self.email, self.telephone) if line)

    @property
    def complete(self) -> bool:
        """Tell whether nothing that the law asks for is missing."""
        return all((self.name, self.address, self.email, self.telephone))


@dataclass(frozen=True, slots=True)
class Text:
    """A text shown on pages, receipts and notices."""

    key: str
    title: str
    body: str
    proposal: bool  # no official source gives it: readers are told so
    places: tuple[Place, ...] = ()
    source: str = ""
    approval_needed: bool = False  # not to be sent before the legal service has approved it
    mention: Mention | None = None  # which mention of a receipt it is

    def filled(self, facts: Mapping[str, str]) -> str:
        """Return the body with the ``{names}`` of facts replaced; other braces stay as they are."""
        body = self.body
        for name, fact in facts.items():
            body = body.replace(f"{{{name}}}", fact)
        return body


@dataclass(frozen=True, slots=True)
class Milestone:
    """A date of the call that binds no program: launch, decisions announced…"""

    label: str
    when: str  # as readers see it
    source: str


@dataclass(frozen=True, slots=True)
class Projection:
    """Question paths that lists, search and mails read of any dossier and opinion; None where not asked."""

    title: str
    carrier: str | None = None
    carrier_siren: str | None = None
    region: str | None = None
    stage: str | None = None
    themes: str | None = None  # a question of one or several choices: what juries share out and quotas count
    summary: str | None = None
    contact_email: str | None = None
    contact_name: str | None = None
    representative_email: str | None = None  # where a confirmation is asked for
    members: str | None = None  # path of the table of members; the three below are its columns
    member_name: str | None = None
    member_siren: str | None = None
    member_category: str | None = None
    verdict: str | None = None  # of the opinion form: its direction, who wrote it, who validates it
    opinion_author: str | None = None
    opinion_authority: str | None = None
    amount: str | None = None  # key of the indicator that gives the requested amount, in cents


@dataclass(frozen=True, slots=True)
class CallSheet:
    """What is known of a call before any dossier."""

    name: str
    version: int
    title: str
    short_title: str
    organiser: str
    envelope_cents: int
    opens_at: datetime  # UTC
    closes_at: datetime  # UTC; the first instant at which it is too late
    regions: tuple[Region, ...]  # empty: dossiers are not routed
    seats: tuple[Seat, ...]
    read_from: ReadFrom
    reserve_size: int
    draw_breaks_ties: bool  # False: a tie on the line is put to the vote
    texts: tuple[Text, ...]
    projection: Projection
    milestones: tuple[Milestone, ...] = ()
    grounds: tuple[Ground, ...] = GROUNDS  # of a departure from the announced ranking
    pieces_are_scanned: bool = False  # True: nobody but its people opens a piece before the scanner's word
    silence_months: int | None = None  # after a deposit; None: the call does not say
    silence_means: Silence | None = None
    contact: Contact | None = None
    complement_days: int = (
        WORKING_DAYS  # working days that a request for complements gives, unless its author says otherwise
    )

    def region(self, code: str) -> Region | None:
        """Return the region of this code, None if the call has none."""
        return next((region for region in self.regions if region.code == code), None)

    def seat(self, key: str) -> Seat | None:
        """Return the seat of this key, None if the committee has none."""
        return next((seat for seat in self.seats if seat.key == key), None)

    def ground(self, key: str) -> Ground | None:
        """Return the ground of this key, None if the call allows no such one."""
        return next((ground for ground in self.grounds if ground.key == key), None)

    def text(self, key: str) -> Text | None:
        """Return the text of this key, None if the call has none."""
        return next((text for text in self.texts if text.key == key), None)

    def texts_for(self, place: Place) -> tuple[Text, ...]:
        """Return the texts shown at this place, in the order of the file."""
        return tuple(text for text in self.texts if place in text.places)

    @property
    def tells_silence(self) -> bool:
        """Tell whether what silence means may be told to an applicant: the text that says it is approved."""
        told = (text for text in self.texts_for(Place.RECEIPT) if text.mention is Mention.SILENCE)
        return any(not text.approval_needed for text in told)

    def implied_decision_day(self, received_on: date, stops: Sequence[Stop] = ()) -> date | None:
        """Return the day on which silence decides about what was received that day; None if the call does not say.

        A month that is too short ends on its last day. ``received_on`` is the day in the call's own time zone.
        ``stops``: the requests for complements since; None while one of them holds the time back.
        """
        if self.silence_means is Silence.ACCEPTANCE:
            restarted = restarted_on(received_on, stops)
            return None if restarted is None else self._months_after(restarted)
        decided = self._months_after(received_on)
        return None if decided is None else suspended_until(decided, stops)

    def _months_after(self, received_on: date) -> date | None:
        if self.silence_months is None:
            return None
        years, month = divmod(received_on.month - 1 + self.silence_months, 12)
        year, month = received_on.year + years, month + 1
        return date(year, month, min(received_on.day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class CallDefinition:
    """Everything that the files of a call declare, checked together."""

    sheet: CallSheet
    questionnaire: Questionnaire
    opinion: Questionnaire
    eligibility: tuple[Rule, ...]
    indicators: tuple[Indicator, ...]
    requirements: tuple[Requirement, ...]
    controls: tuple[Control, ...]  # what ``evaluate`` tells of the budget
    implicits: tuple[Implicit, ...]  # what an empty cell means, where the call says so
    grid: Grid
    sources: Mapping[str, str]  # path under the definitions' folder → text
    digests: Mapping[str, str]  # same paths → SHA-256, in hexadecimal
    completions: tuple[Completion, ...] = ()  # what a public register may fill
    self_test: SelfTest | None = None  # the public test of eligibility, where the call has one
    divergences: DivergenceRule | None = None  # what parts a region from the jury, where the call says it
    directory: DirectorySettings | None = None  # the resources that regions keep, where the call has them
    phrases: tuple[Phrase, ...] = ()  # proposed to whoever asks for complements
    synthesis: SynthesisSheet | None = None  # what its dossiers say together, where the call says what to count
    consultations: ConsultationSettings | None = None  # what may be asked of services and funders by a link

    def completion_of(self, holder: str) -> Completion | None:
        """Return what a register may fill of a group or of a table, by its path."""
        return next((completion for completion in self.completions if completion.holder == holder), None)
