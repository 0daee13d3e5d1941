"""A right that changes while an export is asked for, made and taken is the right of that moment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from ptce_aap.clock import now
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.domain.permissions import Role
from ptce_aap.jobs.context import JobContext, open_context
from ptce_aap.jobs.long_jobs import PRODUCERS, Produced, Progress, Work
from ptce_aap.jobs.run import drain
from ptce_aap.models import Job
from ptce_aap.services.accounts import people
from ptce_aap.services.jury import conflicts
from ptce_aap.services.running import stored_files
from tests.browsers import Browser, application
from tests.deliberations import Scene, lay_out

ROOM = "/pilotage/ptce-2015"


@pytest.fixture
def scene(fresh_database: Database) -> Scene:
    return lay_out(fresh_database, (90, 80, 70))


def in_conflict(scene: Scene) -> None:
    """Let the chair declare a conflict."""
    said = (scene.actor("chair"), scene.call_id(), scene.dossiers[0], "Un lien.")
    scene.database.transaction(conflicts.declare, *said, now=now())


def dismissed(scene: Scene) -> None:
    """Take the role of the chair back."""
    chair = scene.actor("chair").reference
    taken = {"role": Role.CHAIR, "call_slug": scene.slug, "code": "", "now": now()}
    scene.database.transaction(people.withdraw, scene.actor("team"), chair, **taken)


def the_job(scene: Scene) -> Job:
    with scene.database.reading() as session:
        return session.scalars(select(Job)).one()


@pytest.mark.target("SEC-10")
@pytest.mark.parametrize(
    ("change", "code", "moment"),
    [
        *((in_conflict, "deport", moment) for moment in ("asked", "being made", "made")),
        *((dismissed, "not_allowed", moment) for moment in ("asked", "made")),
    ],
)
def test_who_loses_a_right_takes_no_export_that_he_had_asked_for(
    scene: Scene,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Scene], None],
    code: str,
    moment: str,
) -> None:
    context = open_context(load_settings({}, instance=tmp_path), scene.database)
    browser = Browser(application(scene.database, tmp_path), scene.database, scene.emails["chair"])
    page = browser.post(f"{ROOM}/exports", {"what": "marks", "form": "csv"}).location
    digests = []
    make = PRODUCERS["export.marks"]

    def made(context: JobContext, work: Work, progress: Progress) -> Produced:
        produced = make(context, work, progress)
        if moment == "being made":
            change(scene)
        return produced

    monkeypatch.setitem(PRODUCERS, "export.marks", made)
    if moment == "asked":
        change(scene)
    drain(context)
    if moment == "made":
        assert browser.get(f"{page}/fichier").status_code == 200  # he could
        digests.append(the_job(scene).file_digest)
        change(scene)
    again = Browser(application(scene.database, tmp_path), scene.database, scene.emails["chair"])
    for one in (browser, again):  # a session of before, one of after
        assert one.get(f"{page}/fichier").status_code in {302, 403, 422}
    job = the_job(scene)
    if change is in_conflict or moment == "asked":
        assert (job.state, job.error, job.file_digest) == ("failed", code, None)
    if digests and change is in_conflict:
        with scene.database.reading() as session:
            assert stored_files.named(session, digests, now=now()) == set()  # the bytes are forgotten


@pytest.mark.target("SEC-10")
def test_a_conflict_ends_the_exports_of_the_person_and_of_nobody_else(scene: Scene, tmp_path: Path) -> None:
    app = application(scene.database, tmp_path)
    pages = {}
    for name in ("chair", "team"):
        browser = Browser(app, scene.database, scene.emails[name])
        pages[name] = browser, browser.post(f"{ROOM}/exports", {"what": "marks", "form": "csv"}).location
    drain(open_context(load_settings({}, instance=tmp_path), scene.database))
    in_conflict(scene)
    taken = {name: browser.get(f"{page}/fichier").status_code for name, (browser, page) in pages.items()}
    assert taken == {"chair": 422, "team": 200}
    shown = pages["chair"][0].get(pages["chair"][1])
    assert (shown.status_code, "conflit d’intérêts" in shown.text) == (200, True)
