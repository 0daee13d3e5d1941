"""A call as its files tell it: envelope, calendar, regions, seats, texts, and what lists read of a dossier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ptce_aap.domain.calendar import ReadFrom


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
class Text:
    """A text shown on pages, receipts and notices."""

    key: str
    title: str
    body: str
    proposal: bool  # no official source gives it: readers are told so
    approval_needed: bool = False  # not to be sent before the legal service has approved it


@dataclass(frozen=True, slots=True)
class Milestone:
    """A date of the call that binds no program: launch, decisions announced…"""

    label: str
    when: str  # as readers see it
    source: str


@dataclass(frozen=True, slots=True)
class Projection:
    """Question paths that lists, search and mails read of any dossier; None where the call does not ask it."""

    title: str
    carrier: str | None = None
    carrier_siren: str | None = None
    region: str | None = None
    stage: str | None = None
    summary: str | None = None
    contact_email: str | None = None
    contact_name: str | None = None
    members: str | None = None  # path of the table of members; the three below are its columns
    member_name: str | None = None
    member_siren: str | None = None
    member_category: str | None = None
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

    def region(self, code: str) -> Region | None:
        """Return the region of this code, None if the call has none."""
        return next((region for region in self.regions if region.code == code), None)

    def seat(self, key: str) -> Seat | None:
        """Return the seat of this key, None if the committee has none."""
        return next((seat for seat in self.seats if seat.key == key), None)

    def text(self, key: str) -> Text | None:
        """Return the text of this key, None if the call has none."""
        return next((text for text in self.texts if text.key == key), None)
