"""The applicant's room: preparing a dossier, filing it, keeping its receipt."""

from ptce_aap.web.applicant import (
    attachments,
    autosave,
    complements,
    confirming,
    deposit,
    dossiers,
    figures,
    history,
    identifiers,
    imports,
    invitations,
    messages,
    ownership,
    people,
    rows,
    self_assessment,
    stages,
)
from ptce_aap.web.applicant.room import bp, by_link

__all__ = [
    "attachments",
    "autosave",
    "bp",
    "by_link",
    "complements",
    "confirming",
    "deposit",
    "dossiers",
    "figures",
    "history",
    "identifiers",
    "imports",
    "invitations",
    "messages",
    "ownership",
    "people",
    "rows",
    "self_assessment",
    "stages",
]
