"""What is done before anything starts: one application for one instance, its database up to date."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ptce_aap import clock, migrations
from ptce_aap.config import SERVE_LOCK, Settings
from ptce_aap.database import Database, NotDurable
from ptce_aap.web import assets


class CannotStart(Exception):
    """The application cannot start; the message is one French sentence."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The right to be the only one on an instance; it ends with the process, however that ends."""

    file: TextIO

    def tell(self, address: str) -> None:
        """Leave the address for whoever tries to start a second time."""
        self.file.seek(0)
        self.file.truncate()
        self.file.write(address)
        self.file.flush()


@contextmanager
def alone_on(instance: Path) -> Iterator[Lock]:
    """Hold the instance. Errors: ``CannotStart`` where the application runs on it already."""
    path = instance / SERVE_LOCK
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            address = file.read().strip()
            where = f" à l'adresse {address}" if address else ""
            raise CannotStart(
                f"L'application est déjà ouverte{where} avec le dossier {instance} ; "
                "l'arrêter d'abord (Ctrl-C là où elle tourne), ou choisir un autre dossier avec PTCE_INSTANCE."
            ) from error
        lock = Lock(file)
        lock.tell("")
        yield lock


def prepare(settings: Settings) -> None:
    """Bring the database up to date, and the files that browsers ask for ready; tell the demonstration once."""
    assets.prepare(settings.instance)
    database = migrations.up_to_date(settings)
    try:
        database.require_durable()
        if settings.demo:
            _tell_demonstration(database, settings)
    except NotDurable as error:
        raise CannotStart(str(error)) from error
    finally:
        database.dispose()


def _tell_demonstration(database: Database, settings: Settings) -> None:
    """Write the fictional calls in one transaction, the first time; what visitors did since is kept."""
    from ptce_aap.services import demonstration
    from ptce_aap.storage import open_storage

    with database.reading() as session:
        loaded = demonstration.is_loaded(session)
    if not loaded:
        storage, now = open_storage(settings.storage_url), clock.now().replace(microsecond=0)
        database.transaction(demonstration.load, storage, now=now, operator=settings.definitions)
