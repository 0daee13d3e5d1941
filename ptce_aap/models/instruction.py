"""What the regions and the call team say of a dossier: proposals rule by rule, decision, opinion, regional rank."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, UniqueConstraint, case, exists, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ptce_aap.models.base import Base, CanonicalJson, Key
from ptce_aap.models.dossier import Dossier


class RuleProposal(Base):
    """The correspondent's proposal for one eligibility rule, beside the computed answer of that moment."""

    __tablename__ = "rule_proposal"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(Key, primary_key=True)
    computed: Mapped[str] = mapped_column(Key)
    proposed: Mapped[str] = mapped_column(Key)
    reason: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class EligibilityDecision(Base):
    """The call team's decision; only an eligible dossier goes to the jury."""

    __tablename__ = "eligibility_decision"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    eligible: Mapped[bool]
    reason: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class EligibilityLetter(Base):
    """The letter that told the applicant one decision, in the version that it had: never changed, sent once.

    ``sha256`` is that of what it said; the decision keeps the words as long as its version is this one.
    """

    __tablename__ = "eligibility_letter"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("eligibility_decision.dossier_id"), primary_key=True)
    decision_version: Mapped[int] = mapped_column(primary_key=True)
    eligible: Mapped[bool]
    sha256: Mapped[str] = mapped_column(String(64))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime]


class Opinion(Base):
    """The State's regional opinion on a dossier: the answers of the opinion form, and a rank within the region."""

    __tablename__ = "opinion"
    __table_args__ = (
        UniqueConstraint("call_id", "region", "regional_rank"),
        CheckConstraint("regional_rank > 0", name="rank_is_positive"),
    )

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    region: Mapped[str] = mapped_column(Key)
    answers: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    verdict: Mapped[str | None] = mapped_column(Key)
    regional_rank: Mapped[int | None]
    given_at: Mapped[datetime | None]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


def letter_wanted() -> ColumnElement[bool]:
    """Tell, in a query on dossiers, whether their applicant has yet to be told what was decided.

    A dossier found not eligible is told so; one found eligible again, only where it had been told the contrary.
    """
    letter, decision = EligibilityLetter, EligibilityDecision
    last = select(func.max(letter.decision_version)).where(letter.dossier_id == Dossier.id)
    told = last.correlate(Dossier).scalar_subquery()
    version = select(decision.version).where(decision.dossier_id == Dossier.id).correlate(Dossier).scalar_subquery()
    refused = exists().where(decision.dossier_id == Dossier.id, ~decision.eligible).correlate(Dossier)
    return (func.coalesce(told, 0) != version) & (refused | told.is_not(None))


def all_rules_proposed(rules: int) -> ColumnElement[bool]:
    """Tell, in a query on dossiers, whether the correspondent has proposed an answer to each of the call's rules."""
    proposed = select(func.count()).where(RuleProposal.dossier_id == Dossier.id).correlate(Dossier).scalar_subquery()
    return proposed >= rules


def proposed_whole(rules: int) -> ColumnElement[str | None]:
    """Return, in a query on dossiers, the whole of what is proposed; null while a rule has no proposal."""

    def some(result: str) -> ColumnElement[bool]:
        return exists().where(RuleProposal.dossier_id == Dossier.id, RuleProposal.proposed == result)

    return case(
        (~all_rules_proposed(rules), None),
        (some("not_met"), "not_met"),
        (some("to_verify"), "to_verify"),
        else_="met",
    )
