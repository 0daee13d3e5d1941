"""The web process: waitress in front of the application, on a socket that its parent opened."""

from __future__ import annotations

import signal
import socket
import sys
from types import FrameType

from flask import Flask
from waitress.server import TcpWSGIServer, create_server

from ptce_aap.app import create_app
from ptce_aap.config import Settings
from ptce_aap.entry.reception import DatedChannel

_THREADS = 8
# The application refuses less, with a page; beyond, the connection is not even read.
_REQUEST_BYTES = 100 * 1024 * 1024


def run(settings: Settings, listening: socket.socket) -> None:
    """Answer requests until the process is asked to end."""
    signal.signal(signal.SIGTERM, _end)
    make_server(create_app(settings), listening, threads=_THREADS).run()  # type: ignore[no-untyped-call]


def make_server(app: Flask, listening: socket.socket, *, threads: int) -> TcpWSGIServer:
    """Return the server of an application on an open socket, ready to ``run()``."""
    server: TcpWSGIServer = create_server(  # type: ignore[no-untyped-call]
        app,
        sockets=[listening],
        threads=threads,
        ident=None,
        channel_timeout=60,
        max_request_body_size=_REQUEST_BYTES,
        asyncore_use_poll=True,
        # Who is believed is said by the settings (``web/proxies.py``), which drops what nobody is believed on.
        clear_untrusted_proxy_headers=False,
    )
    server.channel_class = DatedChannel
    return server


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
