"""The tables of accounts, and of what makes the service run."""

from __future__ import annotations

from ptce_aap.domain.personal_data.vocabulary import Reach, TableUse, words
from ptce_aap.domain.retention import Kept

_ENTER = "ouvrir le compte, et lui seul"
_PROVE = "prouver qui a fait quoi"


def _own(
    table: str, title: str, kept: Kept, *, personal: str = "", guarded: str = "", inner: str = "", plain: str
) -> TableUse:
    """Return a table whose rows are of one account."""
    return TableUse(
        table,
        title,
        _ENTER,
        kept,
        Reach.PERSON,
        ("person_id",),
        personal=words(f"person_id {personal}"),
        guarded=words(guarded),
        inner=words(inner),
        plain=words(plain),
    )


def _machinery(table: str, title: str, columns: str) -> TableUse:
    """Return a table that says nothing of anybody."""
    return TableUse(
        table,
        title,
        "faire marcher le service",
        None,
        Reach.NOWHERE,
        why="rien n’y est dit de personne",
        plain=words(columns),
    )


RUNNING: tuple[TableUse, ...] = (
    TableUse(
        "person",
        "Compte",
        _ENTER,
        Kept.ACCOUNTS,
        Reach.PERSON,
        ("id",),
        personal=words("email name"),
        guarded=words("password_hash"),
        inner=words("email_key claimed_key version"),
        plain=words("id reference email_confirmed_at active created_at"),
    ),
    _own("role_grant", "Rôles", Kept.ACCOUNTS, personal="region seat", plain="id call_id role granted_at"),
    _own("role_giver", "De qui un rôle est tenu", Kept.ACCOUNTS, plain="grant_id as_administrator"),
    _own("authenticator", "Application de codes", Kept.ACCOUNTS, guarded="sealed last_step", plain="since"),
    _own("recovery_code", "Codes de secours", Kept.ACCOUNTS, guarded="selector code_hash", plain="made_at used_at"),
    _own(
        "passkey",
        "Clés d’accès",
        Kept.ACCOUNTS,
        personal="name",
        guarded="credential_id credential sign_count",
        plain="id reference added_at used_at",
    ),
    _own("bound_identity", "Identités extérieures reliées", Kept.ACCOUNTS, personal="issuer subject", plain="bound_at"),
    _own("half_sign_in", "Connexions à finir par un code", Kept.SIGN_INS, guarded="digest", plain="expires_at used_at"),
    _own("person_token", "Liens à usage unique", Kept.SIGN_INS, guarded="digest", plain="purpose expires_at used_at"),
    _own(
        "sign_in",
        "Sessions",
        Kept.SIGN_INS,
        personal="device",
        guarded="digest",
        plain="reference created_at seen_at expires_at ended_at strong proved_at",
    ),
    _own(
        "erasure_request",
        "Demandes d’effacement",
        Kept.ACCOUNTS,
        plain="id reference asked_at ended_at outcome",
        inner="version",
    ),
    TableUse(
        "job",
        "Fichiers demandés",
        "préparer un fichier",
        Kept.EXPORTS,
        Reach.PERSON,
        ("requester_id",),
        personal=words("requester_id filename params"),
        plain=words("id reference call_id kind state done total file_digest media_type error created_at finished_at"),
    ),
    TableUse(
        "journal_entry",
        "Actes inscrits au journal",
        _PROVE,
        Kept.JOURNAL,
        Reach.REFERENCE,
        ("actor",),
        personal=words("actor facts"),
        plain=words("chain sequence call_id at role act object_kind object previous digest"),
    ),
    TableUse(
        "outbox",
        "Courriels et travaux à faire",
        "écrire aux personnes",
        Kept.LETTERS,
        Reach.NOWHERE,
        why="vidé dès que le courriel est parti",
        personal=words("payload last_error"),
        plain=words("id kind topic call_id created_at offered_at done_at attempts"),
    ),
    TableUse(
        "mail_message",
        "Trace des courriels partis",
        "prouver les notifications",
        Kept.LETTERS,
        Reach.NOWHERE,
        why="l’objet et la date seulement : le destinataire n’y est pas",
        personal=words("subject"),
        plain=words("id reference outbox_id sent_at"),
    ),
    TableUse(
        "erasure",
        "Effacements faits",
        _PROVE,
        Kept.JOURNAL,
        Reach.NOWHERE,
        why="une référence qui ne désigne plus personne",
        plain=words("id object_kind object why at"),
    ),
    _machinery(
        "call",
        "Appels",
        "id slug name title short_title sources envelope_cents opens_at closes_at draw_seed fictional created_at "
        "opinions_due_at marking_opened_at marking_closed_at frozen_at published_at version",
    ),
    _machinery("daily_head", "Empreintes du journal", "number day at chains root previous digest key signature"),
    _machinery("daily_head_letter", "Envois des empreintes", "outbox_id number"),
    _machinery("daily_head_stamp", "Horodatages", "number authority stamped_at received_at answer"),
    _machinery("definition_source", "Définitions d’un appel", "digest content stored_at"),
    _machinery("inbox", "Travaux faits", "handler outbox_id done_at"),
    _machinery("journal_head", "Fin de chaque chaîne du journal", "chain sequence digest"),
    _machinery("outbox_lease", "Travaux en main", "outbox_id owner process taken_at ends_at"),
    _machinery("periodic_task", "Tâches qui reviennent", "kind due_at outbox_id"),
    _machinery("retention_report", "Rapports d’effacement", "id reference at content"),
    _machinery("spent_challenge", "Défis de clés d’accès déjà servis", "digest spent_at"),
)
