"""The room of the State's regional correspondents: queue, eligibility sheet, opinion, regional ranks."""

from ptce_aap.web.correspondent import (
    absences,
    comparison,
    computed,
    dossiers,
    exports,
    labels,
    messages,
    opinion,
    papers,
    queue,
    ranks,
    synthesis,
    views,
)
from ptce_aap.web.correspondent.room import bp

__all__ = [
    "absences",
    "bp",
    "comparison",
    "computed",
    "dossiers",
    "exports",
    "labels",
    "messages",
    "opinion",
    "papers",
    "queue",
    "ranks",
    "synthesis",
    "views",
]
