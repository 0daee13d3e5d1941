"""When a request reached us, told by the server itself: neither a slow line nor a queue makes a deposit late."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import WSGITask

from ptce_aap import clock
from ptce_aap.web import reception
from ptce_aap.web.context import RECEPTION


class DatedRequest(HTTPRequestParser):
    """A request that knows when its headers came, and when it was whole."""

    headers_at: datetime | None = None
    whole_at: datetime | None = None

    def parse_header(self, header_plus: bytes) -> None:
        """Note that the headers came, then read them."""
        self.headers_at = clock.now()
        super().parse_header(header_plus)  # type: ignore[no-untyped-call]

    def received(self, data: bytes) -> Any:
        """Read what came, and note when it was the last of it."""
        consumed = super().received(data)  # type: ignore[no-untyped-call]
        if self.completed and self.whole_at is None:
            self.whole_at = clock.now()
        return consumed

    @property
    def reached_at(self) -> datetime:
        """The instant that counts for a deadline."""
        if self.headers_at is None or self.whole_at is None:
            return clock.now()
        return reception.reached_at(self.headers_at, self.whole_at)


class _DatedTask(WSGITask):
    def get_environment(self) -> Any:
        environment = super().get_environment()  # type: ignore[no-untyped-call]
        environment[RECEPTION] = self.request.reached_at
        return environment


class DatedChannel(HTTPChannel):
    """A connection whose requests are dated as they come."""

    parser_class = DatedRequest
    task_class = _DatedTask
