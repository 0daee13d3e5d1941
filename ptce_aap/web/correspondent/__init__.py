"""The room of the State's regional correspondents: queue, eligibility sheet, opinion, regional ranks."""

from ptce_aap.web.correspondent import dossiers, messages, opinion, queue, ranks
from ptce_aap.web.correspondent.room import bp

__all__ = ["bp", "dossiers", "messages", "opinion", "queue", "ranks"]
