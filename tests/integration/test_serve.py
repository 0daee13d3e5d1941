"""``ptce-aap serve``: one command starts everything, one signal ends everything, nothing is left behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from ptce_aap.clock import now
from ptce_aap.database import Database
from ptce_aap.entry import valkey
from ptce_aap.mail.message import Message
from ptce_aap.services.running import outbox

# Generous: nothing here is about speed, and a machine may have ten other things to do.
A_WHILE_S = 120
COMMAND = [sys.executable, "-m", "ptce_aap.entry.command", "serve"]
LETTER = Message("a@example.org", "Objet", "Texte\n").as_payload()
CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("PTCE_")}


def start(instance, *options, **environment):
    return subprocess.Popen(
        [*COMMAND, *options],
        env={**CLEAN, "PTCE_INSTANCE": str(instance), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def address(process):
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line + process.stderr.read()
    return found[0]


def is_well(url):
    with suppress(OSError), urllib.request.urlopen(f"{url}/sante", timeout=5) as response:
        return response.status == 200
    return False


def has_counted(listener, what):
    with suppress(OSError), urllib.request.urlopen(f"http://{listener}/metrics", timeout=5) as response:
        return what in response.read().decode()
    return False


SERVICES = ["relay", "valkey", "web", "worker", "worker", "worker", "worker"]


def services_of(parent):
    """What the supervisor keeps alive; a worker's own child, which does one job, comes and goes."""
    return sorted(processes_of(parent, descendants=False).values())


def processes_of(parent, *, descendants=True):
    """The living descendants of a process, or its children only, by what they run."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, above = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(folder.name)] = int(above)
    found, waiting = {}, [parent]
    while waiting:
        above = waiting.pop()
        for child in [pid for pid, its_parent in parents.items() if its_parent == above]:
            if descendants:
                waiting.append(child)
            with suppress(OSError):
                words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
                found[child] = "valkey" if "valkey-server" in words[0] else "".join(words[3:4])
    return found


def is_alive(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def eventually(condition, within=A_WHILE_S):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def run(tmp_path):
    started = []

    def run(*options, instance=tmp_path / "instance", **environment):
        started.append(start(instance, *options, **environment))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_everything_starts_is_mended_dies_with_the_supervisor_starts_again_and_ends_with_one_signal(run, tmp_path):
    instance, measures = tmp_path / ("profond" * 10) / ("plus" * 10), f"127.0.0.1:{free_port()}"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = run("--port", str(port), instance=instance, PTCE_METRICS=measures)
        line = process.stdout.readline()
    assert f"le port {port} était occupé" in line
    url = re.search(r"http://\S+\d", line)[0]
    assert url != f"http://127.0.0.1:{port}"
    assert is_well(url)
    short = valkey.socket_path(instance).parent
    assert short != instance  # too deep for a socket
    assert services_of(process.pid) == ["metrics", *SERVICES]
    eventually(lambda: has_counted(measures, 'route="public.health"'))

    second = run("--port", str(free_port()), instance=instance)
    _, complaint = second.communicate(timeout=A_WHILE_S)
    assert second.returncode == 1
    assert complaint.count("\n") == 1
    assert url in complaint

    every_process_killed_is_mended(process, url, measures, instance)

    children = processes_of(process.pid)
    process.kill()
    process.wait()
    eventually(lambda: not any(is_alive(pid) for pid in children))
    process = run("--port", str(free_port()), instance=instance)
    url = address(process)
    assert is_well(url)
    assert services_of(process.pid) == SERVICES

    children = processes_of(process.pid)
    process.send_signal(signal.SIGINT)
    rest, complaint = process.communicate(timeout=A_WHILE_S)
    assert (process.returncode, rest, complaint) == (0, "", "")
    assert [pid for pid in children if is_alive(pid)] == []
    assert not is_well(url)
    assert not short.exists()


def every_process_killed_is_mended(process, url, measures, instance):
    """Kill all that the supervisor keeps alive: it comes back, and does what was asked meanwhile."""
    database = Database(f"sqlite:///{instance}/ptce.sqlite3")
    identifier = database.transaction(outbox.emit, "mail", LETTER, at=now())
    for pid in processes_of(process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    eventually(lambda: services_of(process.pid) == ["metrics", *SERVICES])
    eventually(lambda: is_well(url))
    eventually(lambda: has_counted(measures, "ptce_queue_answers 1.0"))
    eventually((instance / "outbox" / f"{identifier}.eml").exists)
    assert [path for path in instance.iterdir() if path.stat().st_mode & 0o077] == []


@pytest.mark.target("SEC-20")
@pytest.mark.parametrize(
    ("options", "environment", "named"),
    [
        (["--demo", "--host", "0.0.0.0"], {}, "démonstration"),
        (["--demo"], {"PTCE_BASE_URL": "https://aap.example.org"}, "démonstration"),
        (["--host", "0.0.0.0"], {}, "PTCE_SECRET_KEY"),
        (["--host", "0.0.0.0"], {"PTCE_SECRET_KEY": "short"}, "PTCE_SECRET_KEY"),
        (["--host", "192.0.2.1"], {"PTCE_SECRET_KEY": "x" * 40}, "PTCE_HOST"),
    ],
)
def test_what_would_be_unsafe_or_impossible_is_refused_in_one_sentence(run, options, environment, named):
    process = run(*options, **environment)
    said, complaint = process.communicate(timeout=A_WHILE_S)
    assert (process.returncode, said, complaint.count("\n")) == (2, "", 1)
    assert named in complaint
