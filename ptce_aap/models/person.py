"""A person, the roles given to him, his sign-in sessions and the links sent to him."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ptce_aap.models.base import Base, Key, Reference, new_reference


class Person(Base):
    """An account. The address is kept as typed, and folded for sign-in.

    One account holds an address; another one opened with it claims it, until one of them proves it (services/claims).
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("claimed_key IS NULL OR email_key NOT LIKE '%@%'", name="a_claim_holds_no_address"),
        CheckConstraint("claimed_key IS NULL OR email_confirmed_at IS NULL", name="a_claim_proved_nothing"),
        Index("ix_person_claimed_key", "claimed_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(String(320), unique=True)
    claimed_key: Mapped[str | None] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str | None]
    email_confirmed_at: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    grants: Mapped[list[RoleGrant]] = relationship(back_populates="person", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}


class RoleGrant(Base):
    """A role given to a person, on one call or on all; a region for a correspondent, a seat for a juror."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint("(role = 'correspondent') = (region IS NOT NULL)", name="only_a_correspondent_has_a_region"),
        CheckConstraint("(role = 'juror') = (seat IS NOT NULL)", name="only_a_juror_has_a_seat"),
        Index("ix_role_grant_person_id", "person_id"),
        Index("ix_role_grant_call_id_role", "call_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"))
    role: Mapped[str] = mapped_column(Key)
    region: Mapped[str | None] = mapped_column(Key)
    seat: Mapped[str | None] = mapped_column(Key)
    granted_at: Mapped[datetime]

    person: Mapped[Person] = relationship(back_populates="grants")
    givers: Mapped[list[RoleGiver]] = relationship(
        back_populates="grant", cascade="all, delete-orphan", passive_deletes=True
    )


class RoleGiver(Base):
    """Somebody to whom a role is owed: who gave it, then who had given him the right to, up to the administration.

    Written when the role is given, so that taking a go-between's role back hides nobody. No row: the command line did.
    """

    __tablename__ = "role_giver"

    grant_id: Mapped[int] = mapped_column(ForeignKey("role_grant.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    as_administrator: Mapped[bool]

    grant: Mapped[RoleGrant] = relationship(back_populates="givers")


class PersonToken(Base):
    """A single-use link: only the digest of its secret is kept."""

    __tablename__ = "person_token"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(Key)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignIn(Base):
    """A sign-in session: the cookie holds the secret, this row its digest."""

    __tablename__ = "sign_in"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    reference: Mapped[str] = mapped_column(Reference, unique=True, default=new_reference)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    device: Mapped[str] = mapped_column(String(80), default="")  # in plain words: neither version nor place is kept
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    strong: Mapped[bool] = mapped_column(default=False)  # opened with a second factor
    proved_at: Mapped[datetime]  # when its person last proved who he is: what lasts asks for a fresh proof


class BoundIdentity(Base):
    """A person as an outside sign-in service knows him: bound at his first visit, by his own name there."""

    __tablename__ = "bound_identity"
    __table_args__ = (CheckConstraint("subject <> ''", name="names_somebody"),)

    issuer: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    bound_at: Mapped[datetime]
