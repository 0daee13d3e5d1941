"""Eight jurors who save marks at once against the real server, with the load on the same machine."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from ptce_aap.entry.children import spawn, stop
from ptce_aap.services.calls import calls
from tests.bench.world import World, juror
from tests.browsers import TOKEN

CLIENTS = 8
_WARM_S, _MEASURED_S = 1.0, 10.0


@dataclass(slots=True)
class Client:
    """One juror: his dossier, what he saved and how long each save took."""

    secret: str
    path: str
    criteria: list[str]
    took: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Crowd:
    """What eight clients obtained together."""

    saves: int
    seconds: float
    errors: tuple[str, ...]
    median_ms: float
    slowest_ms: float
    cpu_ms: float  # of the web process, a save
    load: float  # of the whole machine at that moment: what else ran counts in the figures

    @property
    def a_second(self) -> float:
        """Return the saves of one second, all clients together."""
        return self.saves / self.seconds


def play(world: World, folder: Path) -> Crowd:
    """Let the clients save for some seconds, each on a dossier of his own."""
    with world.database.reading() as session:
        definition = calls.definition_of(session, calls.call_by_slug(session, world.slug))
    criteria = [criterion.key for criterion in definition.grid.criteria]
    clients = []
    for number in range(CLIENTS):
        name = juror(number)
        path = f"/jury/{world.slug}/dossiers/{world.to_mark[name][-1]}"
        clients.append(Client(world.secret(name), path, criteria))
    with serving(world.database.url, folder) as (port, process):
        ready = threading.Barrier(CLIENTS + 1)
        counting, ending = threading.Event(), threading.Event()
        threads = [threading.Thread(target=_work, args=(one, port, ready, counting, ending)) for one in clients]
        for thread in threads:
            thread.start()
        ready.wait()
        time.sleep(_WARM_S)
        counting.set()
        began, spent = time.perf_counter(), cpu_seconds(process)
        time.sleep(_MEASURED_S)
        ending.set()
        seconds, spent = time.perf_counter() - began, cpu_seconds(process) - spent
        for thread in threads:
            thread.join()
    took = [one for client in clients for one in client.took]
    errors = tuple(error for client in clients for error in client.errors)
    return Crowd(
        saves=len(took),
        seconds=seconds,
        errors=errors,
        median_ms=median(took or [0]) * 1000,
        slowest_ms=max(took, default=0) * 1000,
        cpu_ms=spent / max(len(took), 1) * 1000,
        load=os.getloadavg()[0],
    )


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """Return the processor time that a process has used, in seconds."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _work(
    client: Client, port: int, ready: threading.Barrier, counting: threading.Event, ending: threading.Event
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers, token, version = _enter(client, connection)
        ready.wait()
        for turn in itertools.count():
            if ending.is_set():
                return
            criterion = client.criteria[turn % len(client.criteria)]
            form = {
                "csrf_token": token,
                "version": version,
                f"mark-{criterion}": turn % 7,
                f"comment-{criterion}": f"Commentaire fictif {turn}",
            }
            began = time.perf_counter()
            connection.request("POST", f"{client.path}/criteres/{criterion}", urlencode(form), headers)
            response = connection.getresponse()
            body = response.read()
            if response.status != 200:
                client.errors.append(f"{response.status}: {body[:200]!r}")
                return
            version = json.loads(body)["version"]
            if counting.is_set() and not ending.is_set():
                client.took.append(time.perf_counter() - began)
    except (OSError, AssertionError) as error:
        ready.abort()
        client.errors.append(repr(error))
    finally:
        connection.close()


def _enter(client: Client, connection: http.client.HTTPConnection) -> tuple[dict[str, str], str, int]:
    """Open the page of the dossier; return headers and token of its form, and the version of the sheet."""
    connection.request("GET", client.path, headers={"Cookie": f"ptce={client.secret}"})
    response = connection.getresponse()
    page, given = response.read().decode(), response.headers.get_all("Set-Cookie") or []
    token = TOKEN.search(page)
    assert token is not None, page[:500]
    cookies = [f"ptce={client.secret}", *(cookie.partition(";")[0] for cookie in given)]
    headers = {"Cookie": "; ".join(cookies), "Content-Type": "application/x-www-form-urlencoded"}
    return headers, token[1], 0


@contextmanager
def serving(database_url: str, folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run the web process as ``ptce-aap serve`` starts it, on a free port."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        port, descriptor = listening.getsockname()[1], listening.fileno()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PTCE_")},
            "PTCE_INSTANCE": str(folder),
            "PTCE_DATABASE_URL": database_url,
            "PTCE_PORT": str(port),
        }
        command = [sys.executable, "-m", "ptce_aap.entry.command", "web", "--descriptor", str(descriptor)]
        process = spawn(command, log=folder / "web.log", environment=environment, keep=(descriptor,))
        try:
            yield port, process
        finally:
            stop(process, within=5)
