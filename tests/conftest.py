"""What every test may ask for: settings, databases on both engines, a real queue server."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.templating import Environment
from jinja2.bccache import Bucket, BytecodeCache
from playwright.sync_api import Browser, sync_playwright
from redis import ConnectionError as RedisConnectionError
from redis import Redis
from werkzeug.routing import Rule
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from ptce_aap import database as database_module
from ptce_aap.cli.numerics import one_thread
from ptce_aap.config import Settings, load_settings
from ptce_aap.database import Database
from ptce_aap.entry import valkey
from ptce_aap.entry.children import spawn, stop
from ptce_aap.services.accounts import passwords
from tests import headers, listening, stack
from tests.budgets import soaking
from tests.business_events import Watch, watching
from tests.databases import ENGINES, Databases
from tests.engines import quick_folder
from tests.journeys.browsing import ARGUMENTS, CHROMIUM, WITHOUT_BROWSER
from tests.serving import Served, serving

# Before any test imports them: the linear algebra computes here as in the worker and in commands. Its other threads
# only wait, and waiting takes the processor from the other half of the suite.
one_thread()

# A quick round while one writes: PTCE_TEST_ENGINES=sqlite pytest …
_ENGINES = os.environ.get("PTCE_TEST_ENGINES", ",".join(ENGINES)).split(",")


_BROWSER_REQUIRED = os.environ.get("PTCE_REQUIRE_BROWSER") == "1"
collect_ignore = [*([] if soaking() else ["soak"]), *([] if stack.CHOSEN else ["stack"])]


# Begun first where several processes share the modules: what is long and begun last leaves the others idle.
_LONGEST = (
    *("journeys/test_every_page.py", "journeys/test_mistakes.py", "journeys/test_story.py"),
    *("integration/test_kills.py", "integration/test_serve.py", "journeys/test_autosave.py"),
    *("journeys/test_jury.py", "journeys/test_room_fresh.py", "integration/test_backups.py"),
    *("integration/test_demonstration.py", "integration/test_attacks_inputs.py", "integration/test_scenarios.py"),
    *("integration/test_room_charts.py", "integration/test_ranking_room.py", "journeys/test_applicant.py"),
)
# Kept in one process: a service in full use is laid out for them.
_TOGETHER = _LONGEST[:2]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first, the others in their order."""
    places = {name: place for place, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0].removeprefix("tests/"), len(places)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for cycles seldom, and never among what is loaded for the whole run, nor while it is loaded.

    A third of the time that collecting takes, a fifth of that of the suite.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 10, 10)
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Share the modules between processes, whole, the first first."""
    return _Scheduling(config, log) if config.getvalue("dist") == "loadscope" else None


class _Scheduling(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        scope = super()._split_scope(nodeid)
        return "in use" if scope.endswith(_TOGETHER) else scope


def pytest_report_header() -> str:
    """Say which counts of ``tests/budgets.toml`` this run reads."""
    return f"counts of tests/budgets.toml: {'soak, the stated ones' if soaking() else 'test, the reduced ones'}"


@pytest.fixture(scope="session")
def requests_watched() -> Iterator[Watch]:
    """What every request of this run committed, with a line of the journal or without."""
    with watching() as watch:
        yield watch


@pytest.fixture(autouse=True)
def every_act_has_its_line(requests_watched: Watch) -> Iterator[None]:
    """Fail the test in which a request changed something that the journal does not tell, or tells twice (SEC-36)."""
    requests_watched.untold.clear()
    requests_watched.several.clear()
    yield
    assert not requests_watched.untold, "changed without a line of the journal: (endpoint, table)"
    assert not requests_watched.several, "more lines than acts: (endpoint, acts), see tests/business_events.py"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run: the system's."""
    if CHROMIUM is None:
        (pytest.fail if _BROWSER_REQUIRED else pytest.skip)(WITHOUT_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def answers_watched() -> Iterator[list[str]]:
    """What is wrong with the headers of the answers of this run."""
    with headers.watching() as found:
        yield found


@pytest.fixture(autouse=True)
def every_answer_has_its_headers(answers_watched: list[str]) -> Iterator[None]:
    """Fail the test in which an answer lacked what keeps browsers safe (SEC-31)."""
    answers_watched.clear()
    yield
    assert not answers_watched, "headers of answers"


@pytest.fixture(autouse=True)
def nobody_is_called_away() -> Iterator[None]:
    """Fail the test in which this process called another machine, or looked for one (SEC-14)."""
    with listening.calls_away() as called:
        yield
    assert not called, "other machines that were called"


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Make passwords cheap to check: the cost is tested where it is set, and paid nowhere else."""
    passwords.use_parameters(time_cost=1, memory_cost_kib=8)


@pytest.fixture(scope="session", autouse=True)
def quick_templates() -> Iterator[None]:
    """Compile each template once a run: every application of a test would compile its own, of the same files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_environment", _EnvironmentOfTests)
        yield


class _Compiled(BytecodeCache):
    """Compiled templates in memory; a template that changes is compiled again (``Bucket`` compares its text)."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def quick_addresses() -> Iterator[None]:
    """Compile what builds each address once a run: every application of a test would compile the same two hundred."""
    compiled, kept = Rule._compile_builder, {}

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, *rule._trace, append_unknown, *sorted((rule.defaults or {}).items()))
        if key not in kept:
            kept[key] = compiled(rule, append_unknown)
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


class _EnvironmentOfTests(Environment):
    compiled = _Compiled()

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, bytecode_cache=self.compiled, **options)


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    """Wait longer than an installation would for whoever writes: tests race each other on machines that do more."""
    database_module._LONGEST_WAIT_S = 120


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an installation of its own, whatever the environment says."""
    return load_settings({}, instance=tmp_path / "instance")


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The maker of databases; ask for ``database``, ``fresh_database`` or ``sqlite_database`` rather."""
    folder = quick_folder("ptce-databases-")
    # Under gunicorn the application starts on no database that may forget a commit.
    made = Databases(folder, durable=stack.CHOSEN)
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module", params=_ENGINES)
def database(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Database]:
    """A database shared by the tests of one module, which run once on each engine."""
    yield from _lend(databases, request.param)


@pytest.fixture(params=_ENGINES)
def fresh_database(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Database]:
    """A database for this test alone, which runs once on each engine."""
    yield from _lend(databases, request.param)


@pytest.fixture
def sqlite_database(databases: Databases) -> Iterator[Database]:
    """A database for this test alone, on the embedded engine only: where the engine does not matter."""
    yield from _lend(databases, "postgresql" if stack.CHOSEN else "sqlite")


def _lend(databases: Databases, engine: str) -> Iterator[Database]:
    database = databases.create(engine)
    yield database
    databases.discard(database)


@pytest.fixture
def served(settings: Settings, sqlite_database: Database) -> Iterator[Served]:
    """The application answering on a real socket; its jobs are done when the test says ``served.do_jobs()``."""
    with serving(settings, sqlite_database) as served:
        yield served


@pytest.fixture(scope="session")
def queue_server() -> Iterator[Settings]:
    """Settings of an instance whose embedded Valkey runs, started as the application starts it."""
    folder = Path(tempfile.mkdtemp(prefix="ptce-queue-", dir="/tmp"))
    settings = load_settings({}, instance=folder)
    process = spawn(valkey.server_arguments(settings), log=folder / "valkey.log")
    client = valkey.connect(settings)
    deadline = time.monotonic() + 10
    while not _answers(client):
        assert time.monotonic() < deadline, (folder / "valkey.log").read_text()
        time.sleep(0.02)
    yield settings
    stop(process, within=2)
    shutil.rmtree(folder)


@pytest.fixture
def queue(queue_server: Settings) -> Redis:
    """A client of the running queue server, which is empty."""
    client = valkey.connect(queue_server)
    client.flushall()
    return client


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisConnectionError:
        return False


_NO_BROWSER = "parcours sans navigateur"


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Count apart the journeys that had no browser: they are told in one line, not one by one."""
    return (_NO_BROWSER, "s", "SKIPPED") if report.skipped and WITHOUT_BROWSER in str(report.longrepr) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once why journeys were not played."""
    if missed := terminalreporter.stats.get(_NO_BROWSER):
        terminalreporter.write_line(f"SKIPPED [{len(missed)}] tests/journeys: {WITHOUT_BROWSER}")
