"""Roles on a call, the rooms that they open, and how a person stands to one dossier."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A role on a call. ``APPLICANT`` is not granted: whoever has an account may file."""

    APPLICANT = "applicant"
    CORRESPONDENT = "correspondent"
    JUROR = "juror"
    CHAIR = "chair"
    TEAM = "team"
    AUDITOR = "auditor"
    ADMIN = "admin"


ROLE_LABELS: dict[Role, str] = {
    Role.APPLICANT: "Candidature",
    Role.CORRESPONDENT: "Correspondance ESS de l’État",
    Role.JUROR: "Jury",
    Role.CHAIR: "Présidence du jury",
    Role.TEAM: "Équipe de l’appel",
    Role.AUDITOR: "Audit",
    Role.ADMIN: "Administration des comptes",
}
"""How readers know each role."""


class Permission(StrEnum):
    """A room: what a view asks for before it looks at any object."""

    OWN_ACCOUNT = "own_account"
    FILE_DOSSIER = "file_dossier"
    INSTRUCT = "instruct"
    ASK_COMPLEMENTS = "ask_complements"
    CONSULT = "consult"
    KEEP_DIRECTORY = "keep_directory"
    SCORE = "score"
    DECLARE_CONFLICT = "declare_conflict"
    MANAGE_CALL = "manage_call"
    MANAGE_PEOPLE = "manage_people"
    GRANT_ERASURE = "grant_erasure"
    DECIDE_ELIGIBILITY = "decide_eligibility"
    ASSIGN = "assign"
    SEE_MANAGEMENT = "see_management"
    SEE_RANKING = "see_ranking"
    SEE_CORRECTED = "see_corrected"
    SEE_SEVERITY = "see_severity"
    CHAIR_DECISION = "chair_decision"
    FREEZE_SHORTLIST = "freeze_shortlist"
    CONFIRM_ACT = "confirm_act"
    SIMULATE = "simulate"
    READ_JOURNAL = "read_journal"
    EXPORT = "export"
    SEE_INSTALLATION = "see_installation"


class Relation(StrEnum):
    """How somebody stands to a dossier, or to the call where the act has no dossier.

    A person has one of the first five as an applicant, and one for each role besides.
    """

    VISITOR = "visitor"
    OWNER = "owner"
    FILER = "filer"  # shares the dossier, and may file it
    EDITOR = "editor"
    READER = "reader"
    APPLICANT = "applicant"  # has an account, and no link to the dossier
    CORRESPONDENT_HERE = "correspondent_here"
    CORRESPONDENT_ELSEWHERE = "correspondent_elsewhere"
    JUROR_READING = "juror_reading"  # was given the dossier, and has been through the list of conflicts
    JUROR = "juror"
    CHAIR = "chair"
    TEAM = "team"
    AUDITOR = "auditor"
    ADMIN = "admin"


RELATION_LABELS: dict[Relation, str] = {
    Relation.VISITOR: "Public",
    Relation.OWNER: "Titulaire du dossier",
    Relation.FILER: "Co-rédacteur qui peut déposer",
    Relation.EDITOR: "Co-rédacteur",
    Relation.READER: "Lecteur du dossier, candidat",
    Relation.APPLICANT: "Autre candidat",
    Relation.CORRESPONDENT_HERE: "Correspondant de la région",
    Relation.CORRESPONDENT_ELSEWHERE: "Correspondant d’une autre région",
    Relation.JUROR_READING: "Juré à qui le dossier est confié",
    Relation.JUROR: "Autre juré",
    Relation.CHAIR: "Présidence du jury",
    Relation.TEAM: "Équipe de l’appel",
    Relation.AUDITOR: "Auditeur",
    Relation.ADMIN: "Administration des comptes",
}
"""How readers know each relation."""

ROLE_OF: dict[Relation, Role | None] = {
    Relation.VISITOR: None,
    Relation.OWNER: Role.APPLICANT,
    Relation.FILER: Role.APPLICANT,
    Relation.EDITOR: Role.APPLICANT,
    Relation.READER: Role.APPLICANT,
    Relation.APPLICANT: Role.APPLICANT,
    Relation.CORRESPONDENT_HERE: Role.CORRESPONDENT,
    Relation.CORRESPONDENT_ELSEWHERE: Role.CORRESPONDENT,
    Relation.JUROR_READING: Role.JUROR,
    Relation.JUROR: Role.JUROR,
    Relation.CHAIR: Role.CHAIR,
    Relation.TEAM: Role.TEAM,
    Relation.AUDITOR: Role.AUDITOR,
    Relation.ADMIN: Role.ADMIN,
}
"""The role by which a person has each relation; none for whoever has no account."""
