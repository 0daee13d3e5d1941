"""Starts processes that never outlive the one that started them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: after it, only calls that need no lock are safe.
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends, however it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def spawn(
    arguments: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    keep: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C reaches only its parent; it writes to ``log``.

    ``keep`` lists the file descriptors that it inherits.
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own programs
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=None if environment is None else dict(environment),
            pass_fds=tuple(keep),
            start_new_session=True,
            preexec_fn=_tie_to(os.getpid()),
        )


def _tie_to(parent: int) -> Callable[[], None]:
    def tie() -> None:
        die_with_parent()
        # The parent may have ended between the fork and the line above.
        if os.getppid() != parent:
            os._exit(1)

    return tie


def stop(process: subprocess.Popen[bytes], *, within: float) -> None:
    """End a process politely, then by force after ``within`` seconds."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout=max(within, 0.05))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
