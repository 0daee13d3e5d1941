"""An installation in production as the guide lays it out, on this machine: two machines of pages, workers, a relay."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ptce_aap.entry.children import spawn
from ptce_aap.entry.supervision import Child, end_all
from ptce_aap.entry.worker import ONLY
from tests.engines import PostgresServer
from tests.journeys.running import Running
from tests.stack.pieces import (
    BUCKET,
    FILES,
    NAME,
    answers,
    free_port,
    give_accounts,
    mail_server,
    nginx,
    object_store,
    queue_server,
    sql,
)

PROGRAM = Path(sys.executable).parent
_CLEAN = {key: value for key, value in os.environ.items() if not key.startswith(("PTCE_", "AWS_"))}
_PROCESSES = 2
# Not in the example: gunicorn listens where it is told. It makes the settings those of an installation open to all.
_PUBLIC = {"PTCE_HOST": "0.0.0.0", "PTCE_PROXIES_DATE": "oui"}


@dataclass(frozen=True)
class Production(Running):
    """A running installation, with what a test looks at beside its pages."""

    port: int
    machines: dict[str, int]  # the ports of the two web machines, which answer without nginx too
    children: dict[str, Child]
    logs: Path  # of nginx
    server: PostgresServer

    def web_processes(self, machine: str) -> list[int]:
        """Return the processes of gunicorn that answer on a machine."""
        arbiter = self.children[machine]._process
        assert arbiter is not None
        found = Path(f"/proc/{arbiter.pid}/task/{arbiter.pid}/children").read_text().split()
        return [int(one) for one in found]


@contextmanager
def production(folder: Path) -> Iterator[Production]:
    """Lay out everything as the guide says, in an empty folder; end it with everything that it started."""
    folder.mkdir()
    with ExitStack() as ends:
        server = PostgresServer(durable=True)
        ends.callback(server.stop)
        give_accounts(server)
        port, machines = free_port(), {name: free_port() for name in ("web-1", "web-2")}
        given = {
            "PTCE_BASE_URL": f"https://{NAME}:{port}",
            "PTCE_DATABASE_URL": _address(server, "ptce_app"),
            "PTCE_REDIS_URL": ends.enter_context(queue_server(folder)),
            "PTCE_SMTP_URL": ends.enter_context(mail_server(folder / "outbox")),
            "PTCE_STORAGE_URL": f"s3://{BUCKET}/pieces",
            "PTCE_SECRET_KEY": "0" * 64,
            "PTCE_JOURNAL_KEY": "1" * 64,
            "PTCE_JOURNAL_WITNESSES": "temoin@example.org",
            "PTCE_PROXIES": "127.0.0.1",
            **ends.enter_context(object_store(folder)),
        }
        etc = _settings(folder, given, _address(server, "ptce_owner"))
        _admin(etc, folder, "prepare")
        sql(server, "ptce", "ptce_owner", "postgresql-droits.sql")
        children = _children(folder, given, machines)
        ends.callback(end_all, list(children.values()), within=10)
        _keep_alive(children, ends)
        for one in machines.values():
            answers(one)
        logs = ends.enter_context(nginx(port, [f"127.0.0.1:{one}" for one in machines.values()], secure=True))
        environment = {**_CLEAN, **given, "PTCE_INSTANCE": str(folder / "web-1"), **_PUBLIC}
        yield Production(folder, given["PTCE_BASE_URL"], environment, port, machines, children, logs, server)


def _address(server: PostgresServer, account: str) -> str:
    return server.url("ptce").replace("postgres@", f"{account}@")


def _settings(folder: Path, given: dict[str, str], owner: str) -> Path:
    """Fill in the two examples of the guide, by hand as it were: a line it holds is replaced, none is added."""
    etc = folder / "etc"
    etc.mkdir()
    text = (FILES / "ptce-aap.env.exemple").read_text(encoding="utf-8")
    for name, value in {**given, "PTCE_INSTANCE": str(folder / "web-1")}.items():
        text, found = re.subn(rf"^#?{name}='.*'$", lambda _, n=name, v=value: f"{n}='{v}'", text, flags=re.MULTILINE)
        assert found == 1, name
    (etc / "ptce-aap.env").write_text(text, encoding="utf-8")
    text = (FILES / "proprietaire.env.exemple").read_text(encoding="utf-8")
    (etc / "proprietaire.env").write_text(re.sub(r"'.*'", f"'{owner}'", text), encoding="utf-8")
    return etc


def _admin(etc: Path, folder: Path, *words: str) -> str:
    """Run a command by the program of the guide, under this account."""
    account = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    told = {"PTCE_ETC": str(etc), "PTCE_PROGRAM": str(PROGRAM / "ptce-aap"), "PTCE_ACCOUNT": account}
    command = [str(FILES / "ptce-aap-admin"), *words]
    done = subprocess.run(command, env={**_CLEAN, **told}, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _children(folder: Path, given: dict[str, str], machines: dict[str, int]) -> dict[str, Child]:
    """Return what the units start, on two machines of pages and a third for the rest."""

    def program(name: str, command: list[str], **own: str) -> Child:
        told = {"PTCE_INSTANCE": str(folder / name), **_PUBLIC, **own}
        environment = {**_CLEAN, **given, **told}
        return Child(name, lambda: spawn(command, log=folder / f"{name}.log", environment=environment))

    gunicorn = [str(PROGRAM / "gunicorn"), "--config", str(FILES / "gunicorn.conf.py")]
    ours = str(PROGRAM / "ptce-aap")
    children = {
        name: program(name, gunicorn, PTCE_LISTEN=f"127.0.0.1:{port}", PTCE_WEB_PROCESSES=str(_PROCESSES))
        for name, port in machines.items()
    }
    children |= {f"worker-{only}": program(f"worker-{only}", [ours, "worker", "--only", only]) for only in ONLY}
    return {**children, "relay": program("relay", [ours, "relay"])}


def _keep_alive(children: dict[str, Child], ends: ExitStack) -> None:
    """Start again what dies, as systemd does, until the end."""
    ending = threading.Event()

    def mend() -> None:
        while not ending.wait(0.1):
            for child in children.values():
                child.mend()

    for child in children.values():
        child.start()
    thread = threading.Thread(target=mend, daemon=True)
    thread.start()
    ends.callback(thread.join)
    ends.callback(ending.set)
