"""A full disk: a page in French, the typed text kept, nothing torn, and everything again once there is room."""

from __future__ import annotations

import io
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from werkzeug.test import TestResponse

from ptce_aap.database import Database
from ptce_aap.services import invariants
from ptce_aap.storage import open_storage
from tests.browsers import Browser, application
from tests.budgets import budget
from tests.databases import Databases
from tests.files import pdf
from tests.filings import COMPLETE, Applicants, open_call
from tests.forms import Form, forms_of
from tests.places import Disk, LimitedFiles, small_disk

LONG = "Un texte tapé pendant que le disque se remplit. " * 20
_PAGES = 200_000
"""What a disk that is nearly full may still hold, in bytes: drawn below this at each point."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def call(disk: Disk, databases: Databases) -> Iterator[Applicants]:
    lent = databases.create("sqlite")
    path = disk.folder / "ptce.sqlite3"
    shutil.copyfile(lent.url.removeprefix("sqlite:///"), path)
    databases.discard(lent)
    database = Database(f"sqlite:///{path}")
    yield open_call(database)
    database.dispose()


def form_of(browser: Browser, address: str) -> Form:
    return next(one for one in forms_of(browser.get(address).text) if one.action == address)


def unbroken(call: Applicants, instance: Path) -> bool:
    storage = open_storage(f"file://{instance / 'uploads'}")
    with call.database.reading() as session:
        return all(found.ok for found in invariants.check_all(session, storage))


def told(answer: TestResponse) -> bool:
    """Tell whether an act was refused for want of room, with what was typed; else it was done."""
    if answer.status_code == 302:
        return False
    assert answer.status_code == 503, answer.status_code
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert "Le service est momentanément indisponible" in answer.text
    assert "Traceback" not in answer.text
    return True


def refused_at(leave: int, call: Applicants, disk: Disk, anne: Browser, reference: str) -> tuple[bool, bool]:
    """Type a long text, then join a file, with this much room; tell which were refused."""
    address = f"/candidature/{reference}/etape/projet"
    form = form_of(anne, address)
    typed = f"{leave} {LONG}"
    form.fields["resume"], form.fields["_acte"] = typed, "rester"
    pieces = form_of(anne, f"/candidature/{reference}/etape/pieces")
    piece = pdf(random.Random(leave).randbytes(60_000).hex().encode())
    sent = {**pieces.fields, "_acte": "rester", "_fichier-statuts": (io.BytesIO(piece), f"p{leave}.pdf")}
    _give_back_the_log(call)
    disk.fill(leave)
    saved = anne.client.post(address, data=form.fields)
    joined = anne.client.post(pieces.action, data=sent)
    disk.free()
    no_text, no_file = told(saved), told(joined)
    stored = typed.strip() in anne.get(address).text
    assert stored is not no_text
    if no_text:
        assert typed.strip() in saved.text  # on the page that says no, with the button that sends it again
        (again,) = (one for one in forms_of(saved.text) if "Envoyer de nouveau" in one.buttons)
        assert anne.client.post(again.action, data=again.fields).status_code == 302
        assert typed.strip() in anne.get(address).text
    assert (f"p{leave}.pdf" in anne.get(pieces.action).text) is not no_file
    return no_text, no_file


def _give_back_the_log(call: Applicants) -> None:
    """Empty the log of the database: the next line needs room on the disk."""
    with call.database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        connection.rollback()
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.soak
@pytest.mark.target("REL-14")
def test_a_disk_that_fills_tears_nothing_keeps_the_text_and_everything_works_again(
    call: Applicants, disk: Disk, tmp_path: Path
) -> None:
    instance = disk.folder / "instance"
    instance.mkdir()
    app, reference = application(call.database, instance), call.bring(COMPLETE)
    anne, drawn = Browser(app, call.database, "anne@example.org"), random.Random(5)
    refusals = []
    for point in range(budget("full_disk.points")):
        leave = 0 if point == 0 else drawn.randrange(_PAGES)
        refusals.append(refused_at(leave, call, disk, anne, reference))
        assert unbroken(call, instance)
    assert refusals[0] == (True, True)
    # Once there is room, the same acts are done.
    assert refused_at(1, call, RoomyDisk(disk.folder), anne, reference) == (False, False)


class RoomyDisk:
    """A disk that nobody fills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, leave: int) -> None:
        """Leave all the room."""

    def free(self) -> None:
        """Give nothing back."""


def test_a_limit_on_files_is_as_good_as_a_disk_where_none_can_be_mounted(tmp_path: Path) -> None:
    limited, path = LimitedFiles(tmp_path), tmp_path / "x-wal"
    path.write_bytes(b"x" * 100)
    limited.fill(leave=50)
    try:
        with path.open("ab", buffering=0) as file, pytest.raises(OSError):
            _write_for_ever(file)
    finally:
        limited.free()
    assert path.stat().st_size <= 150


def _write_for_ever(file: IO[bytes]) -> None:
    while True:
        file.write(b"y" * 30)
