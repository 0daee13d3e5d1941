"""What a correspondent does next with a dossier, and what reading it costs him."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Progress(StrEnum):
    """How far a dossier is in its region: it is in one of these at a time."""

    TODO = "todo"  # to instruct: its sheet is to fill, or complements came
    AWAITED = "awaited"  # its applicant answers a request for complements
    OPINION = "opinion"  # its opinion is to give
    GIVEN = "given"
    CLOSED = "closed"  # found not eligible before an opinion was given


class NextAct(StrEnum):
    """What a dossier asks of its correspondent next."""

    READ_COMPLEMENTS = "read_complements"
    GO_ON_WITHOUT = "go_on_without"  # the term passed without an answer
    FILL_SHEET = "fill_sheet"
    FINISH_SHEET = "finish_sheet"
    GIVE_OPINION = "give_opinion"
    FINISH_OPINION = "finish_opinion"
    AWAIT = "await"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a dossier when one asks what comes next. ``unseen``: complements came, or their term passed."""

    progress: Progress
    unseen: bool = False
    answered: bool = False
    sheet_begun: bool = False
    opinion_begun: bool = False


def next_act(standing: Standing, *, open_: bool = True, opinions_open: bool = True) -> NextAct:
    """Return what comes next; nothing once the instruction is over, nor of opinions once their term has passed."""
    if not open_:
        return NextAct.NOTHING
    match standing.progress:
        case Progress.TODO if standing.unseen:
            return NextAct.READ_COMPLEMENTS if standing.answered else NextAct.GO_ON_WITHOUT
        case Progress.TODO:
            return NextAct.FINISH_SHEET if standing.sheet_begun else NextAct.FILL_SHEET
        case Progress.OPINION if not opinions_open:
            return NextAct.NOTHING
        case Progress.OPINION:
            return NextAct.FINISH_OPINION if standing.opinion_begun else NextAct.GIVE_OPINION
        case Progress.AWAITED:
            return NextAct.AWAIT
        case Progress.GIVEN | Progress.CLOSED:
            return NextAct.NOTHING


SIGNS_A_PAGE = 2200
"""Signs of a frozen deposit that make one printed page: measured on the dossiers of the demonstration."""
PAGES_AN_HOUR = 30
"""Pages read in an hour, sheet and opinion included: a proposal of the application, 15 minutes for 7 or 8 pages."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is left to instruct: how many dossiers, and the signs of their last deposits together."""

    dossiers: int
    signs: int

    @property
    def pages(self) -> int:
        """Return the printed pages that this makes, rounded up."""
        return -(-self.signs // SIGNS_A_PAGE)

    @property
    def hours(self) -> int:
        """Return the hours that this takes, rounded up."""
        return -(-self.pages // PAGES_AN_HOUR)
