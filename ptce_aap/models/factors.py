"""What proves that a person is himself beside a password: an application of codes, recovery codes, passkeys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, Reference, new_reference


class Authenticator(Base):
    """A person's application of codes; its secret is sealed with the key of the installation."""

    __tablename__ = "authenticator"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    sealed: Mapped[str]
    last_step: Mapped[int]  # the 30 seconds of the last code taken: neither it nor an older one is taken again
    since: Mapped[datetime]


class RecoveryCode(Base):
    """A code kept on paper, taken once; its first group finds the row, Argon2id keeps the rest."""

    __tablename__ = "recovery_code"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    selector: Mapped[str] = mapped_column(String(8), primary_key=True)
    code_hash: Mapped[str]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A passkey: a device of the person, or a key that he holds, which signs for this site only."""

    __tablename__ = "passkey"
    __table_args__ = (
        CheckConstraint("sign_count >= 0", name="a_count_is_not_negative"),
        CheckConstraint("name <> ''", name="a_passkey_has_a_name"),
        Index("ix_passkey_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(80))
    credential_id: Mapped[str] = mapped_column(unique=True)  # base64url, as browsers write it
    credential: Mapped[str]  # base64url: identifier and public key
    sign_count: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SpentChallenge(Base):
    """A challenge that a passkey has answered: it is never taken again."""

    __tablename__ = "spent_challenge"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    spent_at: Mapped[datetime]


class HalfSignIn(Base):
    """A sign-in whose password was right and whose second factor is awaited; no session yet."""

    __tablename__ = "half_sign_in"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
