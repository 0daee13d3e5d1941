"""The applicant's room: preparing a dossier, filing it, keeping its receipt."""

from ptce_aap.web.applicant import (
    attachments,
    autosave,
    deposit,
    dossiers,
    figures,
    identifiers,
    imports,
    rows,
    self_assessment,
    stages,
)
from ptce_aap.web.applicant.room import bp

__all__ = [
    "attachments",
    "autosave",
    "bp",
    "deposit",
    "dossiers",
    "figures",
    "identifiers",
    "imports",
    "rows",
    "self_assessment",
    "stages",
]
