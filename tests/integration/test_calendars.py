"""The dates of a call are for everybody's calendar, those of a dossier for its people."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sqlalchemy import select

from ptce_aap import clock
from ptce_aap.models import Dossier
from ptce_aap.services.calls import calendars
from tests.browsers import Browser, application
from tests.filings import BASE, COMPLETE, LEAST, NOW, open_call
from tests.integration.test_receipts import approved
from tests.unit.documents.test_calendar_file import read


def test_the_dates_of_a_call_and_of_a_dossier(sqlite_database, tmp_path: Path) -> None:
    scene = open_call(sqlite_database)
    app = application(sqlite_database, tmp_path)
    anybody = Browser(app, sqlite_database)
    answer = anybody.get("/appels/ptce-2015/calendrier.ics")
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Content-Disposition"] == "attachment; filename=ptce-2015.ics"
    assert answer.text == anybody.get("/appels/ptce-2015/calendrier.ics").text
    opening, closing = read(answer.text)
    assert opening["DTSTART"] == f"{scene.call.opens_at:%Y%m%dT%H%M%SZ}"
    assert closing["DTEND"] < f"{scene.call.closes_at:%Y%m%dT%H%M%SZ}"
    milestone = scene.definition.sheet.milestones[0]
    assert f"{milestone.label}\u00a0: {milestone.when}" in closing["DESCRIPTION"]
    assert "/appels/ptce-2015/calendrier.ics" in anybody.get("/appels/ptce-2015").text

    draft, filed = scene.bring(LEAST), scene.bring(COMPLETE)
    scene.file(filed)
    anne = Browser(app, sqlite_database, "anne@example.org")
    [event] = read(anne.get(f"/candidature/{draft}/calendrier.ics").text)
    assert (event["ALARM-TRIGGER"], event["DTEND"]) == ("-PT1440M", closing["DTEND"])
    # What silence means is told once its text is approved, as on the receipt, of a dossier that is read.
    assert len(read(anne.get(f"/candidature/{filed}/calendrier.ics").text)) == 1
    with sqlite_database.reading() as session:
        dossier = session.scalars(select(Dossier).where(Dossier.reference == filed)).one()
        told = partial(calendars.of_dossier, session, dossier, scene.call, approved(scene.definition))
        _, silence = read(told(base_url=BASE, now=NOW))
        dossier.state = "withdrawn"
        assert len(read(told(base_url=BASE, now=NOW))) == 1
        session.expunge(dossier)
    decided = scene.definition.sheet.implied_decision_day(NOW.astimezone(clock.PARIS).date())
    assert silence["DTSTART;VALUE=DATE"] == f"{decided:%Y%m%d}"
    assert "décision implicite de rejet" in silence["SUMMARY"]
    for page in ("", "/accuse"):
        assert f"/candidature/{filed}/calendrier.ics" in anne.get(f"/candidature/{filed}{page}").text
    scene.actor("brahim")
    assert (
        Browser(app, sqlite_database, "brahim@example.org").get(f"/candidature/{draft}/calendrier.ics").status_code
        == 404
    )
