"""The web process: waitress in front of the application, on a socket that its parent opened."""

from __future__ import annotations

import signal
import socket
import sys
from types import FrameType

from waitress.server import create_server

from ptce_aap.app import create_app
from ptce_aap.config import Settings

_THREADS = 8
# The application refuses less, with a page; beyond, the connection is not even read.
_REQUEST_BYTES = 100 * 1024 * 1024


def run(settings: Settings, listening: socket.socket) -> None:
    """Answer requests until the process is asked to end."""
    signal.signal(signal.SIGTERM, _end)
    server = create_server(  # type: ignore[no-untyped-call]
        create_app(settings),
        sockets=[listening],
        threads=_THREADS,
        ident=None,
        channel_timeout=60,
        max_request_body_size=_REQUEST_BYTES,
        asyncore_use_poll=True,
        # Whose word is taken is decided in one place, whatever the server: web/proxies.py.
        clear_untrusted_proxy_headers=not settings.proxies,
    )
    server.run()


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
