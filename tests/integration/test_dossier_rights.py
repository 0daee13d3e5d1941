"""What the people of a dossier may do on it: each right, and what is told to who lacks it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound, RuleViolation
from ptce_aap.domain.sharing import Right
from ptce_aap.models import Answer, Dossier, DossierPerson, OutboxItem
from ptce_aap.services.applicants import applicant, applicant_home, holding
from ptce_aap.services.applicants.stored import Given
from ptce_aap.services.deposits import reopening
from tests.filings import COMPLETE, NOW, Applicants, open_call

SUMMARY = "projet.resume"


@pytest.fixture
def call(sqlite_database: Database) -> Applicants:
    return open_call(sqlite_database)


@pytest.fixture
def on_both(fresh_database: Database) -> Applicants:
    return open_call(fresh_database)


def share(call: Applicants, reference: str, name: str, right: Right) -> None:
    """Tie somebody to a dossier of Anne's."""
    email, person_id, owner = f"{name}@example.org", call.actor(name).person_id, call.actor().person_id

    def work(session: Session) -> None:
        dossier = session.scalars(select(Dossier).where(Dossier.reference == reference)).one()
        link = DossierPerson(dossier_id=dossier.id, person_id=person_id, email=email, email_key=email, kind="editor")
        link.given, link.invited_by_id, link.invited_at, link.sent_at, link.accepted_at = right, owner, NOW, NOW, NOW
        session.add(link)

    call.database.transaction(work)


def attempt(call: Applicants, reference: str, name: str) -> tuple[str, str, str]:
    """Read, change, file as somebody; return what came of each: ``done``, or the code of the refusal."""

    def read() -> None:
        with call.database.reading() as session:
            applicant.dossier_page(session, call.actor(name), reference, now=NOW)

    def change() -> None:
        with call.database.reading() as session:
            shown = applicant.dossier_page(session, call.actor(), reference, now=NOW).stored_at(SUMMARY).mark
        assert not call.save(reference, SUMMARY, Given(f"Écrit par {name}", shown=shown), name=name)

    def file() -> None:
        call.file(reference, name=name)

    told = []
    for act in (read, change, file):
        try:
            act()
        except RuleViolation as refusal:
            told.append(refusal.code)
        else:
            told.append("done")
    return told[0], told[1], told[2]


@pytest.mark.parametrize(
    ("right", "told"),
    [
        (None, ("not_found", "not_found", "not_found")),
        (Right.READ, ("done", "dossier_read_only", "filing_not_given")),
        (Right.EDIT, ("done", "done", "filing_not_given")),
        (Right.FILE, ("done", "done", "done")),
    ],
)
def test_each_right_does_what_it_says_and_nothing_more(
    call: Applicants, right: Right | None, told: tuple[str, str, str]
) -> None:
    reference = call.bring(COMPLETE)
    call.actor("basile")
    if right is not None:
        share(call, reference, "basile", right)
    assert attempt(call, reference, "basile") == told
    with call.database.reading() as session:
        items = session.scalars(select(OutboxItem).where(OutboxItem.kind == "mail"))
        sent = [item.payload["to"] for item in items if "reçu" in item.payload["subject"]]
    everybody = ["anne@example.org", "basile@example.org", "contact@example.org"]
    assert sorted(sent) == (everybody if told[2] == "done" else [])
    with call.database.reading() as session:
        assert (session.scalar(select(Dossier.state)) == "filed") == (told[2] == "done")
        author = session.scalar(select(Answer.author_id).where(Answer.key == SUMMARY))
        assert (author == call.actor("basile").person_id) == (told[1] == "done")


@pytest.mark.target("SEC-10")
def test_who_is_revoked_finds_nothing_at_the_next_request(on_both: Applicants) -> None:
    call = on_both
    reference = call.bring(COMPLETE)
    share(call, reference, "basile", Right.FILE)
    with call.database.reading() as session:
        assert [line.right for line in applicant_home.home(session, call.actor("basile"), page=1, now=NOW).lines] == [
            "file"
        ]
        assert [line.right for line in applicant_home.home(session, call.actor(), page=1, now=NOW).lines] == ["own"]
    call.database.transaction(lambda session: session.execute(update(DossierPerson).values(ended_at=NOW)))
    assert attempt(call, reference, "basile") == ("not_found",) * 3
    with call.database.reading() as session:
        assert applicant_home.home(session, call.actor("basile"), page=1, now=NOW).lines == ()
        with pytest.raises(NotFound):
            holding.locked(session, call.actor("basile"), reference, right=Right.READ)


@pytest.mark.parametrize(("right", "offered"), [(Right.READ, False), (Right.EDIT, False), (Right.FILE, True)])
def test_giving_changes_up_is_offered_to_who_may_do_it(call: Applicants, right: Right, offered: bool) -> None:
    reference = call.bring(COMPLETE)
    call.file(reference)
    revision = call.database.transaction(reopening.reopen, call.actor(), reference, now=NOW).reference
    share(call, reference, "bruno", right)
    with call.database.reading() as session:
        assert applicant.dossier_page(session, call.actor("bruno"), revision, now=NOW).droppable is offered
        assert applicant.dossier_page(session, call.actor(), revision, now=NOW).droppable
        assert not applicant.dossier_page(session, call.actor(), reference, now=NOW).droppable
