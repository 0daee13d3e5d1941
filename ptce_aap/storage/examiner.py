"""Asks a process of its own what a received file holds: a file that breaks its reader breaks nothing else."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from shutil import copyfileobj
from typing import IO

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.examination.server import ACCEPTED, WALL_CLOCK_S

UNVERIFIABLE = "file_unverifiable"
_PATIENCE_S = WALL_CLOCK_S + 1.0
_LONGEST_WORD = 64
_ROOT = Path(__file__).resolve().parents[2]
# Neither the environment nor the site's packages: the judge needs the standard library only.
_PROGRAM = (
    "import sys; sys.path.append(sys.argv[2]); from ptce_aap.examination.server import main; main(int(sys.argv[1]))"
)


class Examiner:
    """The judging process of this process, started at its first file and again whenever it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def judge(self, stream: IO[bytes], kind: str) -> None:
        """Judge the file in ``stream`` as one of this kind.

        Errors: ``RuleViolation`` with the code of the rule that it breaks; ``file_unverifiable`` where no answer came
        in time, which is never taken for a yes.
        """
        with tempfile.TemporaryFile() as file:
            stream.seek(0)
            copyfileobj(stream, file)
            file.flush()
            # Another description of the same file: read only, with its own place in it.
            descriptor = os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            word = self._ask(kind, descriptor)
        finally:
            os.close(descriptor)
        if word != ACCEPTED:
            raise RuleViolation(word or UNVERIFIABLE)

    def _ask(self, kind: str, descriptor: int) -> str:
        reading, writing = os.pipe()
        try:
            try:
                self._send(kind, [descriptor, writing])
            finally:
                os.close(writing)
            waiting = select.poll()
            waiting.register(reading, select.POLLIN)
            return os.read(reading, _LONGEST_WORD).decode("ascii") if waiting.poll(_PATIENCE_S * 1000) else ""
        except OSError:
            return ""
        finally:
            os.close(reading)

    def _send(self, kind: str, descriptors: list[int]) -> None:
        with self._lock:
            if self._channel is None or self._owner != os.getpid():
                self._start()
            try:
                socket.send_fds(self._open_channel(), [kind.encode("ascii")], descriptors)
            except OSError:
                self._start()
                socket.send_fds(self._open_channel(), [kind.encode("ascii")], descriptors)

    def _open_channel(self) -> socket.socket:
        if self._channel is None:
            raise OSError("no judging process")
        return self._channel

    def _start(self) -> None:
        """Start the judging process; it ends by itself when this process does, however that happens."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-I", "-S", "-c", _PROGRAM, str(theirs.fileno()), str(_ROOT)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env={},
                start_new_session=True,
            )
        self._channel, self._owner = ours, os.getpid()


EXAMINER = Examiner()
"""The one of this process."""
