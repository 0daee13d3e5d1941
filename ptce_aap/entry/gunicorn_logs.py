"""What gunicorn writes about itself: as our other processes do, and never the address that somebody asked for."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from ptce_aap.entry import logs


class Discreet(Logger):
    """Its own logger, less what it quotes of requests: a personal link is a secret, a wrong request may hold one."""

    def setup(self, cfg: Any) -> None:
        """Write where the application writes, in the same form."""
        super().setup(cfg)  # type: ignore[no-untyped-call]
        logs.configure("web")
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Write a warning; of a request that could not be read, only that there was one."""
        if str(msg).startswith("Invalid request"):
            msg, args = "request_not_read", ()
        super().warning(msg, *args, **kwargs)  # type: ignore[no-untyped-call]

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Write a failure: its kind and its places, which the form of our logs takes from it."""
        super().exception("request_failed" if "request" in str(msg).lower() else msg, **kwargs)  # type: ignore[no-untyped-call]
