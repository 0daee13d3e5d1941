"""A small process that judges files: one forked child a file, with limits that the kernel holds.

Started by ``storage.examiner`` on one end of a socket; ends when the other end closes. A request is the kind of the
file, with two descriptors: the file, open for reading only, and the pipe where the child writes one word.
"""

from __future__ import annotations

import codecs
import ctypes
import mmap
import os
import resource
import signal
import socket

from ptce_aap.examination import images, office, pdf
from ptce_aap.examination.refusal import DAMAGED, EXPANDS, MEBIBYTE, Refused

ACCEPTED = "accepted"
WALL_CLOCK_S = 5.0
_CPU_S = 4
_MEMORY = 280 * MEBIBYTE
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38


def main(descriptor: int) -> None:
    """Judge files until the other end of the socket closes."""
    channel = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    codecs.lookup("cp437")  # names of members may ask for it, and a child opens no file
    _leave_network()
    while True:
        try:
            request, descriptors, _, _ = socket.recv_fds(channel, 64, 2)
        except OSError:
            return
        if not request:
            return
        if len(descriptors) == 2 and os.fork() == 0:
            channel.close()
            _child(request.decode("ascii"), *descriptors)
        for one in descriptors:
            os.close(one)


def _leave_network() -> None:
    """Keep nothing but the loopback of nobody, where the system lets us; gain no right by running a program."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.unshare(_CLONE_NEWNET)


def _child(kind: str, file: int, answer: int) -> None:
    word = DAMAGED
    try:
        signal.setitimer(signal.ITIMER_REAL, WALL_CLOCK_S)
        word = judge(kind, file)
    finally:
        os.write(answer, word.encode("ascii"))
        os._exit(0)


def judge(kind: str, descriptor: int) -> str:
    """Return ``accepted`` or the code of the rule that the file breaks; limits this process for ever."""
    with open(descriptor, "rb") as file:
        content = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
        _limit()
        try:
            match kind:
                case "pdf":
                    pdf.judge_pdf(memoryview(content))
                case "png":
                    images.judge_png(memoryview(content))
                case "jpg":
                    images.judge_jpeg(memoryview(content))
                case _:
                    office.judge_office(kind, file)
        except Refused as refusal:
            return refusal.code
        except MemoryError:
            return EXPANDS
        except (ValueError, IndexError, OverflowError, RecursionError):
            return DAMAGED
        return ACCEPTED


def _limit() -> None:
    """Open nothing more (no file, no socket), write no file, and neither grow nor last."""
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))
