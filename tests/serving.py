"""The application as people meet it: answering on a real socket, with its messages at hand."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from waitress import wasyncore

from ptce_aap.app import create_app
from ptce_aap.config import Settings
from ptce_aap.database import Database
from ptce_aap.entry.web import make_server
from ptce_aap.jobs import run
from ptce_aap.jobs.context import JobContext, open_context


@dataclass(frozen=True)
class Served:
    """A running application: its address, its database, and the jobs that nobody does until they are asked for."""

    url: str
    settings: Settings
    database: Database
    jobs: JobContext

    def do_jobs(self) -> int:
        """Do now all that acts have left to do: mails, receipts, exports; return how many."""
        return run.drain(self.jobs)

    def letters(self, to: str) -> list[EmailMessage]:
        """Return the messages sent to an address, the oldest first; ``do_jobs`` sends those that wait."""
        files = sorted((self.settings.instance / "outbox").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
        letters = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
        return [letter for letter in letters if letter["To"].addresses[0].addr_spec == to]

    def link_sent(self, to: str) -> str:
        """Return the link of the last message sent to an address, once the jobs are done."""
        self.do_jobs()
        lines = self.letters(to)[-1].get_body(("plain",)).get_content().splitlines()
        return next(line for line in lines if line.startswith(self.url))


@contextmanager
def serving(settings: Settings, database: Database) -> Iterator[Served]:
    """Answer on a free port of this machine for the length of a test."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    settings = replace(settings, port=port, base_url=f"http://127.0.0.1:{port}", database_url=database.url)
    jobs = open_context(settings, database)
    app = create_app(settings, database=database, storage=jobs.storage)
    server = make_server(app, listening, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield Served(settings.base_url, settings, database, jobs)
    # In its own thread, which then has nothing left to wait for: browsers keep their connections open.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
    thread.join(timeout=5)
    assert not thread.is_alive()
    server.task_dispatcher.shutdown()
