"""The room of the State's regional correspondents: queue, eligibility sheet, opinion, regional ranks."""

from ptce_aap.web.correspondent import dossiers, opinion, queue, ranks
from ptce_aap.web.correspondent.room import bp

__all__ = ["bp", "dossiers", "opinion", "queue", "ranks"]
