"""The tables of dossiers and of those who prepare them."""

from __future__ import annotations

from ptce_aap.domain.personal_data.vocabulary import Reach, TableUse, words
from ptce_aap.domain.retention import Kept

_INSTRUCT = "instruire la candidature"
_DRAFT = "préparer la candidature"


def _of_dossier(
    table: str, title: str, purpose: str, *, personal: str = "", guarded: str = "", inner: str = "", plain: str
) -> TableUse:
    """Return a table whose rows are of one dossier."""
    return TableUse(
        table,
        title,
        purpose,
        Kept.NOT_SELECTED,
        Reach.DOSSIER,
        ("dossier_id",),
        personal=words(personal),
        guarded=words(guarded),
        inner=words(inner),
        plain=words(plain),
    )


APPLYING: tuple[TableUse, ...] = (
    TableUse(
        "dossier",
        "Dossiers",
        _INSTRUCT,
        Kept.NOT_SELECTED,
        Reach.DOSSIER,
        ("id",),
        personal=words("owner_id title carrier carrier_siren"),
        inner=words("state computed_eligibility title_key carrier_key version"),
        plain=words(
            "id reference call_id number created_at saved_at filed_at filed_complete missing_count filed_length "
            "counted_since stated_submitted_at revises_id ended_at scope due_at region stage themes amount_cents"
        ),
    ),
    _of_dossier(
        "answer",
        "Réponses",
        _INSTRUCT,
        personal="value problem removed author_id",
        plain="dossier_id key at",
        inner="version",
    ),
    _of_dossier(
        "member",
        "Membres du pôle, repris des réponses",
        "trouver les conflits d’intérêts",
        personal="name siren",
        inner="name_key",
        plain="dossier_id position category",
    ),
    _of_dossier(
        "attachment",
        "Pièces jointes",
        _INSTRUCT,
        personal="filename added_by_id",
        plain="id reference dossier_id key media_type size sha256 added_at removed_at scan scanned_at signature",
    ),
    _of_dossier(
        "filing",
        "Dépôts, figés",
        "prouver le dépôt et son contenu",
        personal="snapshot filed_by_id",
        plain="id dossier_id sequence filed_at sha256 missing receipt_file revision_id",
    ),
    _of_dossier("withdrawal", "Retraits", _INSTRUCT, personal="reason by_id", plain="id dossier_id at"),
    _of_dossier(
        "dossier_copy",
        "Dossiers repris d’un autre appel",
        _DRAFT,
        personal="leftovers",
        plain="dossier_id source_id call_id at put_away_at",
    ),
    _of_dossier(
        "dossier_person",
        "Personnes d’un dossier",
        "préparer la candidature à plusieurs",
        personal="person_id email email_key invited_by_id",
        guarded="token_digest",
        inner="version",
        plain="id reference dossier_id kind given invited_at sent_at accepted_at ownership_offered_at ended_at",
    ),
    TableUse(
        "dossier_confirmation",
        "Confirmations d’un dossier",
        "savoir ce que le co-porteur ou le représentant en dit",
        Kept.NOT_SELECTED,
        Reach.PARENT,
        ("link_id",),
        "dossier_person",
        personal=words("name quality sentence"),
        plain=words("id link_id answer content_sha256 at"),
    ),
    _of_dossier(
        "complement_request",
        "Demandes de compléments",
        _INSTRUCT,
        personal="reason asked_by_id",
        inner="version",
        plain="id reference dossier_id revision_id asked_at reminded_at due_at ended_at outcome filing_id",
    ),
    TableUse(
        "complement_question",
        "Questions nommées par une demande",
        _INSTRUCT,
        Kept.NOT_SELECTED,
        Reach.PARENT,
        ("request_id",),
        "complement_request",
        personal=words("sentence"),
        plain=words("request_id key position flaw"),
    ),
    _of_dossier(
        "consultation",
        "Avis demandés à des services, confirmations demandées à des financeurs",
        _INSTRUCT,
        personal="service addressee email question asked_by_id answers respondent",
        guarded="token_digest",
        inner="version",
        plain="id reference dossier_id purpose kind opened funding asked_at sent_at reminded_at due_at moves saved_at "
        "answered_at withdrawn_at",
    ),
    _of_dossier(
        "dossier_message",
        "Messages d’un dossier",
        _INSTRUCT,
        personal="text author_id",
        inner="draw",
        plain="id reference dossier_id side sent_at",
    ),
    TableUse(
        "message_file",
        "Fichiers joints aux messages",
        _INSTRUCT,
        Kept.NOT_SELECTED,
        Reach.PARENT,
        ("message_id",),
        "dossier_message",
        personal=words("filename"),
        plain=words("id reference message_id media_type size sha256 scan"),
    ),
    TableUse(
        "resource_visit",
        "Quand les ressources de la région ont été vues",
        "marquer ce qui est nouveau depuis la dernière visite",
        Kept.NOT_SELECTED,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id seen_at before"),
        plain=words("dossier_id"),
    ),
    TableUse(
        "message_reading",
        "Jusqu’où les messages sont lus",
        _INSTRUCT,
        Kept.NOT_SELECTED,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id"),
        plain=words("dossier_id up_to_id at"),
        judged=True,
    ),
    _of_dossier("reminder", "Rappels envoyés", _DRAFT, plain="dossier_id days closes_at sent_at"),
    TableUse(
        "reminder_stop",
        "Rappels refusés",
        _DRAFT,
        Kept.NOT_SELECTED,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id"),
        plain=words("dossier_id stopped_at"),
    ),
    TableUse(
        "table_upload",
        "Tableaux apportés et non importés",
        _DRAFT,
        Kept.TABLES,
        Reach.PERSON,
        ("person_id",),
        personal=words("person_id filename content"),
        plain=words("id reference dossier_id key at"),
    ),
)
