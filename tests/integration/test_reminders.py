"""Reminders of drafts: 10, 3 and 1 days before the closing, once each, to who may act, until they ask for no more."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ptce_aap.clock import now
from ptce_aap.config import Settings, load_settings
from ptce_aap.database import Database
from ptce_aap.domain.errors import NotFound
from ptce_aap.jobs import run
from ptce_aap.jobs.context import open_context
from ptce_aap.models import Call, Dossier, DossierPerson, JournalEntry, OutboxItem, Reminder
from ptce_aap.services.deposits import reminders
from ptce_aap.services.exchanges import letters
from tests.browsers import Browser, application
from tests.filings import BASE, COMPLETE, LEAST, NOW, Applicants, open_call
from tests.unit.documents.test_calendar_file import read

CLOSES = NOW + timedelta(days=20)
SECRET = "x" * 64


@pytest.fixture
def scene(fresh_database: Database) -> Applicants:
    """A call with a dossier that lacks answers, a complete one and a filed one."""
    return laid_out(fresh_database)


@pytest.fixture
def light(sqlite_database: Database) -> Applicants:
    """The same where the engine does not matter."""
    return laid_out(sqlite_database)


def laid_out(database: Database) -> Applicants:
    scene = open_call(database, closes=CLOSES)
    scene.bring(LEAST, "anne")
    scene.bring(COMPLETE, "brahim")
    scene.file(scene.bring(COMPLETE, "chloe"), name="chloe")
    return scene


def remind(scene: Applicants, *, before: timedelta, closes: datetime = CLOSES) -> list[tuple[str, str]]:
    """Owe what is due so long before the closing; return who is told, and in which words."""
    known = set(owed(scene))
    while scene.database.transaction(
        reminders.send_due, base_url=BASE, secret_key=SECRET, now=closes - before, limit=2
    ):
        pass
    return [pair for identifier, pair in owed(scene).items() if identifier not in known]


def owed(scene: Applicants) -> dict[str, tuple[str, str]]:
    with scene.database.reading() as session:
        rows = session.scalars(
            select(OutboxItem).where(OutboxItem.topic == "draft_reminder").order_by(OutboxItem.payload)
        )
        return {row.id: (row.payload["to"], row.payload["subject"].replace("\u00a0", " ")) for row in rows}


def letter_to(scene: Applicants, name: str) -> dict[str, str]:
    with scene.database.reading() as session:
        rows = session.scalars(select(OutboxItem).where(OutboxItem.topic == "draft_reminder"))
        return next(row.payload for row in rows if row.payload["to"] == f"{name}@example.org")


def token_in(letter: dict[str, str]) -> str:
    return letter["stop"].removeprefix(f"{BASE}/rappels/")


def test_each_draft_is_told_once_at_each_moment_with_what_is_missing(scene: Applicants) -> None:
    assert remind(scene, before=timedelta(days=11)) == []
    told = remind(scene, before=timedelta(days=9, hours=23))
    assert [to for to, _ in told] == ["anne@example.org", "brahim@example.org"]
    assert told[0][1].startswith("Il manque ")
    assert told[1][1].startswith("Votre dossier est complet, il reste à le déposer")
    assert remind(scene, before=timedelta(days=9)) == []
    assert len(remind(scene, before=timedelta(days=3))) == 2
    assert len(remind(scene, before=timedelta(hours=24))) == 2
    assert remind(scene, before=timedelta(minutes=1)) == []
    with scene.database.reading() as session:
        assert sorted(session.scalars(select(Reminder.days))) == [1, 1, 3, 3, 10, 10]
        text = letter_to(scene, "anne")["text"].replace("\u00a0", " ")
    assert "dans moins de " in text
    stages = [line for line in text.splitlines() if line.startswith("– ")]
    assert sum(int(line.split(" : ")[1].split()[0]) for line in stages) == int(told[0][1].split()[2])


def test_what_was_missed_is_not_sent_late_and_a_new_draft_is_not_told_what_was_before_it(light: Applicants) -> None:
    assert len(remind(light, before=timedelta(days=2))) == 2  # the tenth day was missed: the third alone
    reference = light.start("dalia")
    with light.database.reading() as session:
        assert sorted(session.scalars(select(Reminder.days))) == [3, 3]
    late = update(Dossier).where(Dossier.reference == reference).values(created_at=CLOSES - timedelta(days=2))
    light.database.transaction(lambda session: session.execute(late))
    assert remind(light, before=timedelta(days=1, hours=1)) == []
    assert len(remind(light, before=timedelta(hours=20))) == 3
    assert remind(light, before=-timedelta(minutes=1)) == []


def test_a_closing_put_off_has_reminders_of_its_own(light: Applicants) -> None:
    assert len(remind(light, before=timedelta(days=3))) == 2
    later = CLOSES + timedelta(days=5)
    light.database.transaction(lambda session: session.execute(update(Call).values(closes_at=later)))
    assert remind(light, before=timedelta(days=3, hours=1), closes=later) != []  # of the tenth day
    assert len(remind(light, before=timedelta(days=2), closes=later)) == 2
    assert remind(light, before=timedelta(days=2), closes=later) == []


def test_two_workers_at_once_tell_each_draft_once(scene: Applicants) -> None:
    begin = threading.Barrier(4)

    def work() -> None:
        begin.wait()
        remind(scene, before=timedelta(days=3))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(to for to, _ in owed(scene).values()) == ["anne@example.org", "brahim@example.org"]


def test_far_from_paris_the_closing_is_told_in_local_time_too(light: Applicants) -> None:
    far = {**LEAST, "identification": {**LEAST["identification"], "region": "04"}}
    light.bring(far, "lea")
    remind(light, before=timedelta(days=3))
    assert "(UTC+4), heure locale (La Réunion)" in letter_to(light, "lea")["text"]
    assert "heure locale" not in letter_to(light, "anne")["text"]


def test_who_may_edit_is_told_and_who_only_reads_is_not(light: Applicants) -> None:
    for name, given in (("edith", "edit"), ("remi", "read"), ("fatou", "file")):
        share(light, name, given)
    told = [to for to, _ in remind(light, before=timedelta(days=3))]
    assert sorted(told) == [f"{name}@example.org" for name in ("anne", "brahim", "edith", "fatou")]


def share(scene: Applicants, name: str, given: str) -> None:
    person = scene.actor(name)
    with scene.database.reading() as session:
        dossier = session.scalars(select(Dossier).where(Dossier.owner_id == scene.actor("anne").person_id)).one()
    link = DossierPerson(
        dossier_id=dossier.id,
        person_id=person.person_id,
        email=person.email,
        email_key=person.email,
        kind="editor",
        given=given,
        invited_by_id=dossier.owner_id,
        invited_at=NOW,
        sent_at=NOW,
        accepted_at=NOW,
    )
    scene.database.transaction(lambda session: session.add(link))


def test_a_person_stops_reminders_from_the_mail_without_signing_in(light: Applicants, tmp_path: Path) -> None:
    settings: Settings = load_settings({}, instance=tmp_path)
    light.database.transaction(
        reminders.send_due, base_url=settings.base_url, secret_key=settings.secret_key, now=CLOSES - timedelta(days=3)
    )
    address = "/rappels/" + letter_to(light, "anne")["stop"].rpartition("/")[2]
    stranger = Browser(application(light.database, tmp_path), light.database)
    assert "anne@example.org" in stranger.get(address).text
    one_click = {"List-Unsubscribe": "One-Click"}
    for _ in range(2):  # by a mail program: no cookie, no token of a form, no redirection
        answer = stranger.client.post(address, data=one_click)
        assert (answer.status_code, answer.text) == (200, "C’est fait.\n")
    assert "Rappels arrêtés" in stranger.get(address).text
    assert [to for to, _ in remind(light, before=timedelta(hours=20))] == ["brahim@example.org"]
    assert stranger.post(address, {"act": "again"}, page=address).status_code == 302
    with light.database.reading() as session:
        acts = session.scalars(select(JournalEntry.act).where(JournalEntry.act.startswith("reminders")))
        assert list(acts) == ["reminders.stopped", "reminders.resumed"]
    said, _, signature = address.rpartition(".")  # its first sign: the last one holds bits that say nothing
    forged = f"{said}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert stranger.get(forged).status_code == stranger.client.post(forged, data=one_click).status_code == 404


def test_the_link_of_who_no_longer_works_on_the_dossier_says_nothing_of_it(light: Applicants) -> None:
    share(light, "edith", "edit")
    remind(light, before=timedelta(days=3))
    token = token_in(letter_to(light, "edith"))
    gone = update(DossierPerson).values(ended_at=NOW)
    light.database.transaction(lambda session: session.execute(gone))
    with light.database.reading() as session, pytest.raises(NotFound):
        reminders.dossier_of(session, token, secret_key=SECRET)


def test_a_link_signed_elsewhere_stops_nothing(light: Applicants) -> None:
    remind(light, before=timedelta(days=3))
    with pytest.raises(NotFound):
        light.database.transaction(reminders.stop, token_in(letter_to(light, "anne")), secret_key="y" * 64, now=now())


def test_the_worker_sends_reminders_with_the_closing_to_put_in_a_calendar(light: Applicants, tmp_path: Path) -> None:
    soon = now() + timedelta(days=2)
    begun = update(Dossier).values(created_at=soon - timedelta(days=4))
    for change in (update(Call).values(closes_at=soon), begun):
        light.database.transaction(lambda session, change=change: session.execute(change))
    context = open_context(load_settings({}, instance=tmp_path), light.database)
    for _ in range(2):
        light.database.transaction(letters.outbox.emit, "reminders", {}, at=now())
        run.drain(context)
    sent = [message_from_bytes(path.read_bytes(), policy=default) for path in (tmp_path / "outbox").glob("*.eml")]
    told = [mail for mail in sent if mail["List-Unsubscribe"]]
    assert len(told) == 2
    [calendar] = told[0].iter_attachments()
    [event] = read(calendar.get_content())
    last = soon - timedelta(seconds=1)
    assert event["DTEND"] == f"{last:%Y%m%dT%H%M%SZ}"
    assert event["SUMMARY"].startswith("Clôture des dépôts – Pôle des Essais")
