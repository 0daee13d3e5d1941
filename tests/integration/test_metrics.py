"""Measures are read on an internal listener only, tell how the installation is, and name nobody."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from ptce_aap import clock
from ptce_aap.app import create_app
from ptce_aap.config import BadSettings, Settings, load_settings
from ptce_aap.database import Database
from ptce_aap.entry import logs, measures, metrics
from ptce_aap.mail.message import Message
from ptce_aap.services.exchanges import letters
from ptce_aap.services.running import outbox
from tests.databases import Databases

CANARY = "perrine.duval@canari.example"


@dataclass
class Watched:
    """An installation that is watched: its pages, and its listener."""

    settings: Settings
    database: Database
    pages: Any
    listener: Client

    def read(self) -> dict[tuple[str, ...], float]:
        """Return every measure by its name and its labels."""
        text = self.listener.get("/metrics").text
        return {
            (sample.name, *(f"{key}={value}" for key, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@pytest.fixture(scope="module")
def watched(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    # The library counts in one folder a process: one installation is watched by all the tests of this module.
    instance = tmp_path_factory.mktemp("watched")
    database = databases.create("sqlite")
    settings = load_settings({"PTCE_METRICS": "127.0.0.1:9464", "PTCE_DATABASE_URL": database.url}, instance=instance)
    pages = create_app(settings, database=database).test_client()
    yield Watched(settings, database, pages, Client(metrics.make_application(settings, database)))
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR")
    databases.discard(database)


def test_requests_are_counted_by_route_and_by_answer_and_nothing_typed_is_told(watched: Watched) -> None:
    watched.pages.get("/sante")
    watched.pages.get("/sante")
    for address in (f"/{CANARY}", f"/aide?nom={CANARY}"):
        assert watched.pages.get(address).status_code == 404
    watched.pages.open("/sante", method="PERRINE")
    found = watched.read()
    assert found["ptce_requests_total", "method=GET", "route=public.health", "status=200"] == 2
    assert found["ptce_requests_total", "method=GET", "route=none", "status=404"] == 2
    assert found["ptce_requests_total", "method=other", "route=none", "status=405"] == 1
    assert found["ptce_request_seconds_count", "room=public"] == 2
    told = watched.listener.get("/metrics").text
    kept = b"".join(file.read_bytes() for file in measures.folder(watched.settings).iterdir())
    assert "canari" not in told + kept.decode(errors="replace")
    assert "PERRINE" not in told


def test_alarms_are_counted_by_their_name_and_no_other_text_is(watched: Watched) -> None:
    logs.configure("test", measures.count_alarms(watched.settings))
    try:
        log = structlog.get_logger("ptce_aap.test")
        log.info("effect_done")
        log.warning("counting_alone", error="ConnectionError")
        log.error("clocks_apart", seconds=3)
        log.warning(f"Message de {CANARY}")
    finally:
        structlog.reset_defaults()
    found = {key[1:]: value for key, value in watched.read().items() if key[0] == "ptce_alarms_total"}
    assert found == {("alarm=counting_alone",): 1, ("alarm=clocks_apart",): 1}


def test_what_waits_is_measured_with_its_age(watched: Watched) -> None:
    before = watched.read()
    assert (before["ptce_mails_waiting",], before["ptce_effects_oldest_seconds",]) == (0, 0)
    assert before["ptce_database_answers",] == 1
    assert before["ptce_queue_answers",] == 0
    assert before["ptce_disk_free_bytes",] > 0
    assert ("ptce_backup_age_seconds",) not in before, "none was made: an age of 0 would say the contrary"
    then = clock.now() - timedelta(hours=1)
    letter = Message(CANARY, "Objet", "Texte\n")
    watched.database.transaction(letters.send, letter, at=then)
    watched.database.transaction(outbox.emit, "receipt", {}, at=then)
    after = watched.read()
    assert (after["ptce_mails_waiting",], after["ptce_effects_waiting", "kind=receipt"]) == (1, 1)
    for name in ("ptce_mails_oldest_seconds", "ptce_effects_oldest_seconds", "ptce_relay_late_seconds"):
        assert 3600 <= after[name,] < 3700
    assert CANARY not in watched.listener.get("/metrics").text


def test_a_database_that_is_away_is_a_measure_and_no_failure(watched: Watched, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing"
    nothing.mkdir()
    listener = Client(metrics.make_application(watched.settings, Database(f"sqlite:///{nothing}")))
    answer = listener.get("/metrics")
    assert answer.status_code == 200
    assert "ptce_database_answers 0.0" in answer.text
    assert "ptce_mails_waiting" not in answer.text


def test_the_listener_has_one_page_and_the_public_service_has_none(watched: Watched) -> None:
    assert watched.listener.get("/metrics").status_code == 200
    assert [watched.listener.get(path).status_code for path in ("/", "/sante", "/metrics/x")] == [404] * 3
    assert watched.listener.post("/metrics").status_code == 404
    rules = [rule.rule for rule in watched.pages.application.url_map.iter_rules()]
    assert not [rule for rule in rules if "metric" in rule]
    assert watched.pages.get("/metrics").status_code == 404
    assert watched.pages.get("/sante").text == "ok", "the health page says nothing else"


@pytest.mark.parametrize(
    "address", ["0.0.0.0:9464", "[::]:9464", "198.51.100.7:9464".replace("198.51.100.7", "8.8.8.8")]
)
def test_measures_are_never_public(tmp_path: Path, address: str) -> None:
    with pytest.raises(BadSettings, match="interne"):
        load_settings({"PTCE_METRICS": address}, instance=tmp_path)


@pytest.mark.parametrize("address", ["9464", "127.0.0.1", "localhost:9464", "127.0.0.1:0", "127.0.0.1:99999"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(BadSettings, match="PTCE_METRICS"):
        load_settings({"PTCE_METRICS": address}, instance=tmp_path)


def test_an_internal_address_is_read(tmp_path: Path) -> None:
    given = [("10.0.0.4:9464", ("10.0.0.4", 9464)), ("[::1]:9464", ("::1", 9464))]
    for address, read in given:
        assert load_settings({"PTCE_METRICS": address}, instance=tmp_path).metrics == read
    with pytest.raises(BadSettings, match="aucune adresse"):
        metrics.run(replace(load_settings({}, instance=tmp_path)))


def test_what_a_dead_process_counted_takes_no_room_once_the_listener_starts_again(tmp_path: Path) -> None:
    settings = load_settings({"PTCE_METRICS": "127.0.0.1:9464"}, instance=tmp_path)
    place = measures.folder(settings)
    place.mkdir()
    dead = subprocess.Popen(["true"])
    dead.wait()
    for process in (dead.pid, os.getpid()):
        (place / f"counter_{process}.db").write_bytes(b"")
    measures.forget_dead(settings)
    assert [file.name for file in place.iterdir()] == [f"counter_{os.getpid()}.db"]


def test_a_full_disk_stops_the_counting_and_no_request(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(os, "posix_fallocate", full)
    settings = replace(watched.settings, instance=tmp_path)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", os.environ["PROMETHEUS_MULTIPROC_DIR"])
    pages = create_app(settings, database=watched.database).test_client()
    before = watched.read()
    assert pages.get("/sante").status_code == 200
    assert (
        watched.read()["ptce_requests_total", "method=GET", "route=public.health", "status=200"]
        == before["ptce_requests_total", "method=GET", "route=public.health", "status=200"]
    )
