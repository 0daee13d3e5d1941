"""Where the application listens: the usual port or a free one, and the sentence that says where to go."""

from __future__ import annotations

import errno
import os
import socket
from dataclasses import replace

from ptce_aap.config import BadSettings, Settings

_NEIGHBOURS = 20


def open_socket(settings: Settings) -> socket.socket:
    """Listen on the port of the settings, or on the next free one.

    The socket is opened here and kept while the web process is restarted: visitors wait, they are not refused.
    Errors: ``BadSettings`` where the port is taken and another address was announced, or the host is not ours.
    """
    if settings.base_url != _own_address(settings.port):
        return _open(settings, settings.port)
    for port in range(settings.port, min(settings.port + _NEIGHBOURS, 65_536)):
        try:
            return _open(settings, port)
        except PortTaken:
            continue
    return _open(settings, 0)


def settled(settings: Settings, listening: socket.socket) -> Settings:
    """Return the settings with the port that was really taken."""
    port = listening.getsockname()[1]
    announced = settings.base_url != _own_address(settings.port)
    return replace(settings, port=port, base_url=settings.base_url if announced else _own_address(port))


class PortTaken(BadSettings):
    """Somebody else listens there."""


def _own_address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _open(settings: Settings, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, port), family=family, backlog=256)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"PTCE_PORT : le port {port} est occupé, et PTCE_BASE_URL annonce {settings.base_url} ; "
                "libérer ce port ou en choisir un autre."
            ) from error
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise BadSettings(
            f"PTCE_HOST, PTCE_PORT : impossible d'écouter sur {settings.host}:{port} ({reason})."
        ) from error
