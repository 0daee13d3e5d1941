"""Initial schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ptce_aap.migrations.triggers import protect, release
from ptce_aap.models.base import CanonicalJson, Instant

# Append-only tables, with the columns that may still be filled after the row was written.
_APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "definition_source": (),
    "filing": ("receipt_file",),
    "journal_entry": (),
    "ranking": (),
    "ranking_entry": (),
    "shortlist": (),
}

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("short_title", sa.Text(), nullable=False),
        sa.Column("sources", CanonicalJson(), nullable=False),
        sa.Column("envelope_cents", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("draw_seed", sa.Integer(), nullable=False),
        sa.Column("fictional", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("marking_opened_at", Instant(), nullable=True),
        sa.Column("marking_closed_at", Instant(), nullable=True),
        sa.Column("frozen_at", Instant(), nullable=True),
        sa.Column("published_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("envelope_cents >= 0", name=op.f("ck_call_envelope_is_not_negative")),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_call_opens_before_it_closes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("slug", name=op.f("uq_call_slug")),
    )
    op.create_table(
        "definition_source",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("stored_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_definition_source")),
    )
    op.create_table(
        "journal_head",
        sa.Column("chain", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_journal_head")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("payload", CanonicalJson(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("offered_at", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_done_at_offered_at", ["done_at", "offered_at"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("email_confirmed_at", Instant(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email_key", name=op.f("uq_person_email_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_person_reference")),
    )
    op.create_table(
        "conflict_statement",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_conflict_statement_call_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conflict_statement_person_id")),
        sa.PrimaryKeyConstraint("call_id", "person_id", name=op.f("pk_conflict_statement")),
    )
    op.create_table(
        "dossier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("filed_at", Instant(), nullable=True),
        sa.Column("filed_complete", sa.Boolean(), nullable=True),
        sa.Column("missing_count", sa.Integer(), nullable=True),
        sa.Column("stated_submitted_at", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("carrier_key", sa.Text(), nullable=False),
        sa.Column("carrier_siren", sa.String(length=9), nullable=True),
        sa.Column("region", sa.String(length=200), nullable=True),
        sa.Column("stage", sa.String(length=200), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("computed_eligibility", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'draft') = (filed_at IS NULL)", name=op.f("ck_dossier_filed_once_it_is_no_draft")),
        sa.CheckConstraint("(filed_at IS NULL) = (number IS NULL)", name=op.f("ck_dossier_numbered_when_filed")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_dossier_call_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_dossier_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        sa.UniqueConstraint("number", name=op.f("uq_dossier_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_dossier_reference")),
    )
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.create_index("ix_dossier_call_id_region_state", ["call_id", "region", "state"], unique=False)
        batch_op.create_index("ix_dossier_call_id_state_title_key", ["call_id", "state", "title_key"], unique=False)
        batch_op.create_index("ix_dossier_owner_id", ["owner_id"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("handler", sa.String(length=200), nullable=False),
        sa.Column("outbox_id", sa.String(length=36), nullable=False),
        sa.Column("done_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_inbox_outbox_id")),
        sa.PrimaryKeyConstraint("handler", "outbox_id", name=op.f("pk_inbox")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("requester_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("params", CanonicalJson(), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=True),
        sa.Column("filename", sa.Text(), nullable=True),
        sa.Column("media_type", sa.String(length=200), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_job_call_id")),
        sa.ForeignKeyConstraint(["requester_id"], ["person.id"], name=op.f("fk_job_requester_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("reference", name=op.f("uq_job_reference")),
    )
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_requester_id_created_at", ["requester_id", "created_at"], unique=False)

    op.create_table(
        "journal_entry",
        sa.Column("chain", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("act", sa.String(length=200), nullable=False),
        sa.Column("object_kind", sa.String(length=200), nullable=False),
        sa.Column("object", sa.String(length=200), nullable=False),
        sa.Column("facts", CanonicalJson(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_journal_entry_call_id")),
        sa.PrimaryKeyConstraint("chain", "sequence", name=op.f("pk_journal_entry")),
    )
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.create_index("ix_journal_entry_call_id_at", ["call_id", "at"], unique=False)

    op.create_table(
        "mail_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("outbox_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_mail_message_outbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_message")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_mail_message_outbox_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_mail_message_reference")),
    )
    op.create_table(
        "person_token",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_token_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_person_token")),
    )
    with op.batch_alter_table("person_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_token_person_id"), ["person_id"], unique=False)

    op.create_table(
        "ranking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("computed_at", Instant(), nullable=False),
        sa.Column("computed_by_id", sa.Integer(), nullable=False),
        sa.Column("grid_digest", sa.String(length=64), nullable=False),
        sa.Column("inputs_digest", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_ranking_call_id")),
        sa.ForeignKeyConstraint(["computed_by_id"], ["person.id"], name=op.f("fk_ranking_computed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking")),
        sa.UniqueConstraint("call_id", "sequence", name=op.f("uq_ranking_call_id_sequence")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=True),
        sa.Column("seat", sa.String(length=200), nullable=True),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "(role = 'correspondent') = (region IS NOT NULL)",
            name=op.f("ck_role_grant_only_a_correspondent_has_a_region"),
        ),
        sa.CheckConstraint("(role = 'juror') = (seat IS NOT NULL)", name=op.f("ck_role_grant_only_a_juror_has_a_seat")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_role_grant_call_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.create_index("ix_role_grant_call_id_role", ["call_id", "role"], unique=False)
        batch_op.create_index("ix_role_grant_person_id", ["person_id"], unique=False)

    op.create_table(
        "sign_in",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_person_id"), ["person_id"], unique=False)

    op.create_table(
        "admission",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_admission_decided_by_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_admission_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_admission")),
    )
    op.create_table(
        "amount_proposal",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_cents >= 0", name=op.f("ck_amount_proposal_amount_is_not_negative")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_amount_proposal_author_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_amount_proposal_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_amount_proposal")),
    )
    op.create_table(
        "answer",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("value", CanonicalJson(), nullable=True),
        sa.Column("problem", CanonicalJson(), nullable=True),
        sa.Column("removed", CanonicalJson(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_answer_author_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_answer_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", "key", name=op.f("pk_answer")),
    )
    op.create_table(
        "assignment",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("assigned_by_id", sa.Integer(), nullable=False),
        sa.Column("assigned_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["assigned_by_id"], ["person.id"], name=op.f("fk_assignment_assigned_by_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_assignment_call_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_assignment_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_assignment_person_id")),
        sa.PrimaryKeyConstraint("dossier_id", "person_id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index("ix_assignment_person_id_call_id", ["person_id", "call_id"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.CheckConstraint("size >= 0", name=op.f("ck_attachment_size_is_not_negative")),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_attachment_added_by_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_attachment_dossier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("reference", name=op.f("uq_attachment_reference")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index("ix_attachment_dossier_id", ["dossier_id"], unique=False)

    op.create_table(
        "conflict",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_conflict_call_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_conflict_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_conflict_person_id")),
        sa.PrimaryKeyConstraint("dossier_id", "person_id", name=op.f("pk_conflict")),
    )
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.create_index("ix_conflict_person_id_dossier_id", ["person_id", "dossier_id"], unique=False)

    op.create_table(
        "eligibility_decision",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_eligibility_decision_author_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_eligibility_decision_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_eligibility_decision")),
    )
    op.create_table(
        "filing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("filed_at", Instant(), nullable=False),
        sa.Column("filed_by_id", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("missing", CanonicalJson(), nullable=False),
        sa.Column("receipt_file", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_filing_dossier_id")),
        sa.ForeignKeyConstraint(["filed_by_id"], ["person.id"], name=op.f("fk_filing_filed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing")),
        sa.UniqueConstraint("dossier_id", "sequence", name=op.f("uq_filing_dossier_id_sequence")),
    )
    op.create_table(
        "member",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=True),
        sa.Column("category", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_member_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", "position", name=op.f("pk_member")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index("ix_member_name_key", ["name_key"], unique=False)
        batch_op.create_index("ix_member_siren", ["siren"], unique=False)

    op.create_table(
        "opinion",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("answers", CanonicalJson(), nullable=False),
        sa.Column("verdict", sa.String(length=200), nullable=True),
        sa.Column("regional_rank", sa.Integer(), nullable=True),
        sa.Column("given_at", Instant(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("regional_rank > 0", name=op.f("ck_opinion_rank_is_positive")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_opinion_author_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_opinion_call_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_opinion_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_opinion")),
        sa.UniqueConstraint("call_id", "region", "regional_rank", name=op.f("uq_opinion_call_id_region_regional_rank")),
    )
    op.create_table(
        "ranking_entry",
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("total", sa.String(length=200), nullable=True),
        sa.Column("total_shown", sa.String(length=200), nullable=False),
        sa.Column("axis_means", CanonicalJson(), nullable=False),
        sa.Column("flags", CanonicalJson(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_ranking_entry_dossier_id")),
        sa.ForeignKeyConstraint(["ranking_id"], ["ranking.id"], name=op.f("fk_ranking_entry_ranking_id")),
        sa.PrimaryKeyConstraint("ranking_id", "dossier_id", name=op.f("pk_ranking_entry")),
        sa.UniqueConstraint("ranking_id", "position", name=op.f("uq_ranking_entry_ranking_id_position")),
    )
    with op.batch_alter_table("ranking_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ranking_entry_dossier_id"), ["dossier_id"], unique=False)
        batch_op.create_index("ix_ranking_entry_ranking_id_rank", ["ranking_id", "rank"], unique=False)

    op.create_table(
        "rule_proposal",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("computed", sa.String(length=200), nullable=False),
        sa.Column("proposed", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_rule_proposal_author_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_rule_proposal_dossier_id")),
        sa.PrimaryKeyConstraint("dossier_id", "rule", name=op.f("pk_rule_proposal")),
    )
    op.create_table(
        "sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("grid_digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=200), nullable=False),
        sa.Column("marks_count", sa.Integer(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("final_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'final') = (final_at IS NOT NULL)", name=op.f("ck_sheet_final_has_its_instant")),
        sa.CheckConstraint("state IN ('draft', 'final')", name=op.f("ck_sheet_draft_or_final")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_sheet_call_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_sheet_dossier_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sheet_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet")),
        sa.UniqueConstraint("dossier_id", "person_id", name=op.f("uq_sheet_dossier_id_person_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_sheet_reference")),
    )
    with op.batch_alter_table("sheet", schema=None) as batch_op:
        batch_op.create_index("ix_sheet_call_id_state", ["call_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_sheet_person_id"), ["person_id"], unique=False)

    op.create_table(
        "shortlist",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("frozen_at", Instant(), nullable=False),
        sa.Column("frozen_by_id", sa.Integer(), nullable=False),
        sa.Column("content", CanonicalJson(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_shortlist_call_id")),
        sa.ForeignKeyConstraint(["frozen_by_id"], ["person.id"], name=op.f("fk_shortlist_frozen_by_id")),
        sa.ForeignKeyConstraint(["ranking_id"], ["ranking.id"], name=op.f("fk_shortlist_ranking_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_shortlist")),
    )
    op.create_table(
        "tie_vote",
        sa.Column("ranking_id", sa.Integer(), nullable=False),
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_tie_vote_decided_by_id")),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_tie_vote_dossier_id")),
        sa.ForeignKeyConstraint(["ranking_id"], ["ranking.id"], name=op.f("fk_tie_vote_ranking_id")),
        sa.PrimaryKeyConstraint("ranking_id", "dossier_id", name=op.f("pk_tie_vote")),
    )
    op.create_table(
        "mark",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.String(length=200), nullable=False),
        sa.Column("half_points", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint("half_points >= 0", name=op.f("ck_mark_half_points_are_not_negative")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_mark_sheet_id")),
        sa.PrimaryKeyConstraint("sheet_id", "criterion", name=op.f("pk_mark")),
    )
    for table, allowed in _APPEND_ONLY.items():
        protect(table, allowed=allowed)


def downgrade() -> None:
    """Take back."""
    for table in _APPEND_ONLY:
        release(table)
    op.drop_table("mark")
    op.drop_table("tie_vote")
    op.drop_table("shortlist")
    with op.batch_alter_table("sheet", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sheet_person_id"))
        batch_op.drop_index("ix_sheet_call_id_state")

    op.drop_table("sheet")
    op.drop_table("rule_proposal")
    with op.batch_alter_table("ranking_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_ranking_entry_ranking_id_rank")
        batch_op.drop_index(batch_op.f("ix_ranking_entry_dossier_id"))

    op.drop_table("ranking_entry")
    op.drop_table("opinion")
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.drop_index("ix_member_siren")
        batch_op.drop_index("ix_member_name_key")

    op.drop_table("member")
    op.drop_table("filing")
    op.drop_table("eligibility_decision")
    with op.batch_alter_table("conflict", schema=None) as batch_op:
        batch_op.drop_index("ix_conflict_person_id_dossier_id")

    op.drop_table("conflict")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index("ix_attachment_dossier_id")

    op.drop_table("attachment")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index("ix_assignment_person_id_call_id")

    op.drop_table("assignment")
    op.drop_table("answer")
    op.drop_table("amount_proposal")
    op.drop_table("admission")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_person_id"))

    op.drop_table("sign_in")
    with op.batch_alter_table("role_grant", schema=None) as batch_op:
        batch_op.drop_index("ix_role_grant_person_id")
        batch_op.drop_index("ix_role_grant_call_id_role")

    op.drop_table("role_grant")
    op.drop_table("ranking")
    with op.batch_alter_table("person_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_token_person_id"))

    op.drop_table("person_token")
    op.drop_table("mail_message")
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_journal_entry_call_id_at")

    op.drop_table("journal_entry")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_requester_id_created_at")

    op.drop_table("job")
    op.drop_table("inbox")
    with op.batch_alter_table("dossier", schema=None) as batch_op:
        batch_op.drop_index("ix_dossier_owner_id")
        batch_op.drop_index("ix_dossier_call_id_state_title_key")
        batch_op.drop_index("ix_dossier_call_id_region_state")

    op.drop_table("dossier")
    op.drop_table("conflict_statement")
    op.drop_table("person")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_done_at_offered_at")

    op.drop_table("outbox")
    op.drop_table("journal_head")
    op.drop_table("definition_source")
    op.drop_table("call")
