"""The applicant's room: preparing a dossier, filing it, keeping its receipt."""

from ptce_aap.web.applicant import deposit, dossiers, pieces, rows, stages
from ptce_aap.web.applicant.room import bp

__all__ = ["bp", "deposit", "dossiers", "pieces", "rows", "stages"]
