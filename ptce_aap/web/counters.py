"""Counts of tries, shared by every process through the queue server; where it is silent, each process counts alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.storage.base import Storage
from redis.exceptions import RedisError

T = TypeVar("T")

# A queue server that is stopped rather than gone keeps a page waiting this long, once; then nobody asks it for a while.
_SILENCE_S = 0.3
_ASK_AGAIN_AFTER_S = 5.0
_log = structlog.get_logger("ptce_aap.web.counters")


@dataclass(frozen=True, slots=True)
class Quota:
    """So many tries in so many seconds, from the first one on; ``name`` is part of what is counted."""

    name: str
    tries: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Spent:
    """A quota is used up: by whom it was asked does not matter; ``wait`` seconds until it is whole again."""

    quota: Quota
    wait: int


class Counters:
    """Tries counted for keys; ``address`` names the queue server, and is asked for at the first count only."""

    def __init__(self, address: Callable[[], str] | None) -> None:
        self._address = address
        self._shared: RedisStorage | None = None
        self._local: MemoryStorage | None = None
        self._making = threading.Lock()
        self._silent_until = 0.0
        self.counted_alone = 0
        """How many counts this process made without the others, because the queue server was silent."""

    def take(self, asked: Sequence[tuple[Quota, str]]) -> Spent | None:
        """Count one try against each quota in turn, up to the first that is used up, which is returned.

        The count is made before the try, so that tries at the same moment cannot all pass: see ``give_back``.
        """
        for quota, key in asked:
            if self._add(quota, key, 1) > quota.tries:
                ends = self._do(lambda storage: storage.get_expiry(_named(quota, key)))  # noqa: B023 - asked at once
                return Spent(quota, max(1, min(quota.seconds, round(ends - time.time()))))
        return None

    def give_back(self, asked: Sequence[tuple[Quota, str]]) -> None:
        """Take back the count of a try that succeeded: only failures use a quota up."""
        for quota, key in asked:
            self._add(quota, key, -1)

    def queue_answers(self) -> bool:
        """Tell whether the queue server answers, at once: nobody waits for one that is silent."""
        if self._address is None or time.monotonic() < self._silent_until:
            return False
        try:
            return bool(self._queue_server().check())
        except (RedisError, OSError):
            return False

    def _add(self, quota: Quota, key: str, count: int) -> int:
        named = _named(quota, key)
        return self._do(lambda storage: storage.incr(named, quota.seconds, amount=count))

    def _do(self, ask: Callable[[Storage], T]) -> T:
        if self._address is not None and time.monotonic() >= self._silent_until:
            try:
                return ask(self._queue_server())
            except RedisError as error:
                self._silent_until = time.monotonic() + _ASK_AGAIN_AFTER_S
                _log.warning("counting_alone", error=type(error).__name__)
        self.counted_alone += self._address is not None
        return ask(self._own())

    def _queue_server(self) -> RedisStorage:
        with self._making:
            if self._shared is None:
                assert self._address is not None
                uri = self._address().replace("unix://", "redis+unix://", 1)
                self._shared = RedisStorage(
                    uri, key_prefix="ptce:tries", socket_timeout=_SILENCE_S, socket_connect_timeout=_SILENCE_S
                )
            return self._shared

    def _own(self) -> MemoryStorage:
        with self._making:
            if self._local is None:
                self._local = MemoryStorage()
            return self._local


def _named(quota: Quota, key: str) -> str:
    return RateLimitItemPerSecond(quota.tries, quota.seconds, quota.name).key_for(key)
