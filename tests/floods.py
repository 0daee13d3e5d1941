"""A flood of tries to enter, over several real web processes that share one queue server."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from ptce_aap.entry.children import spawn, stop
from tests import stack
from tests.browsers import TOKEN

SIGN_IN = "/compte/connexion"


@contextmanager
def web_processes(count: int, instance: Path, database_url: str, redis_url: str) -> Iterator[int]:
    """Start as many web processes on one port, which believe this machine on where a request comes from."""
    if stack.CHOSEN:
        with _gunicorn(count, instance, database_url, redis_url) as port:
            yield port
        return
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        port = listening.getsockname()[1]
        told = {
            "PTCE_INSTANCE": str(instance),
            "PTCE_DATABASE_URL": database_url,
            "PTCE_REDIS_URL": redis_url,
            "PTCE_PORT": str(port),
            "PTCE_BASE_URL": f"http://127.0.0.1:{port}",
            "PTCE_PROXIES": "127.0.0.1",
        }
        command = [sys.executable, "-m", "ptce_aap.entry.command", "web", "--descriptor", str(listening.fileno())]
        environment = {**os.environ, **told}
        started = [
            subprocess.Popen(command, env=environment, pass_fds=(listening.fileno(),), stderr=subprocess.DEVNULL)
            for _ in range(count)
        ]
        try:
            Visitor(port, "192.0.2.1")  # who waits until the first of them answers
            yield port
        finally:
            for process in started:
                process.kill()
            for process in started:
                process.wait()


@contextmanager
def _gunicorn(count: int, instance: Path, database_url: str, redis_url: str) -> Iterator[int]:
    from tests.stack import front, pieces

    port = pieces.free_port()
    told = {
        "PTCE_INSTANCE": str(instance),
        "PTCE_DATABASE_URL": database_url,
        "PTCE_REDIS_URL": redis_url,
        "PTCE_PORT": str(port),
    }
    with front.before_gunicorn(port, count) as given:
        process = spawn(front.COMMAND, log=instance / "web.log", environment={**os.environ, **told, **given})
        try:
            pieces.answers(port)
            yield port
        finally:
            stop(process, within=2)


class Visitor:
    """A browser at an address, with the token of its session."""

    def __init__(self, port: int, address: str) -> None:
        self._port, self._address = port, address
        self.cookies: dict[str, str] = {}
        page = self._ask("GET", None)
        found = TOKEN.search(page[1])
        assert found is not None, page
        self._token = found[1]

    def tries(self, email: str, password: str, *, address: str = "") -> int:
        """Send the form of sign-in; return the status."""
        form = {"email": email, "password": password, "csrf_token": self._token}
        return self._ask("POST", urlencode(form), address)[0]

    def _ask(self, method: str, body: str | None, address: str = "") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"X-Forwarded-For": address or self._address, "Host": f"127.0.0.1:{self._port}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, SIGN_IN, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for name, value in answer.headers.items():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        connection.close()
        return answer.status, text


def flood(port: int, tries: int, *, threads: int, email: str, addresses: list[str]) -> Counter[int]:
    """Try so many wrong passwords, several at once; return how many were answered how."""
    told: Counter[int] = Counter()
    counting, left = threading.Lock(), iter(range(tries))

    def come() -> None:
        visitor = Visitor(port, addresses[0])
        while True:
            with counting:
                number = next(left, None)
            if number is None:
                return
            status = visitor.tries(email, "pas le bon mot de passe", address=addresses[number % len(addresses)])
            with counting:
                told[status] += 1

    crowd = [threading.Thread(target=come) for _ in range(threads)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    return told


def windows(began: float) -> int:
    """Return how many quotas of five minutes may have begun since then."""
    return 1 + int((time.monotonic() - began) // 300)
