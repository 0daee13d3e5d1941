"""What a process asks of the system, in order: read from ``strace`` where this machine has it and lets us use it."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_CALLS = "fsync,fdatasync,rename,renameat,renameat2,sendto,recvfrom,pwrite64"
_LINE = re.compile(r"^(?P<pid>\d+)\s+(?P<call>\w+)\((?P<told>.*)$")
_RESUMED = re.compile(r"^(?P<pid>\d+)\s+<\.\.\. (?P<call>\w+) resumed>(?P<told>.*)$")
_UNFINISHED = " <unfinished ...>"


@dataclass(frozen=True)
class Call:
    """A call of the system, at its end: its name, what it was given, what came back."""

    name: str
    told: str


def why_not() -> str | None:
    """Return why no process can be watched here, None where one can."""
    if shutil.which("strace") is None:
        return "strace n’est pas installé : l’ordre des écritures n’est pas vérifié (apt-get install strace)"
    tried = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-e", "trace=fsync", "true"], capture_output=True, check=False
    )
    return None if tried.returncode == 0 else "ce système ne laisse pas suivre un processus : ordre non vérifié"


def watching(log: Path) -> list[str]:
    """Return the words that make a command watched, its calls written to ``log``."""
    return ["strace", "-f", "--seccomp-bpf", "-y", "-s", "400", "-o", str(log), "-e", f"trace={_CALLS}", "--"]


def read(log: Path) -> list[Call]:
    """Return the calls of a log, each where it ended; what is sent, where it began."""
    begun: dict[str, str] = {}
    calls = []
    for line in log.read_text(errors="replace").splitlines():
        if match := _RESUMED.match(line):
            before = begun.pop(match["pid"], "")
            if match["call"] != "sendto":
                calls.append(Call(match["call"], before + match["told"]))
        elif match := _LINE.match(line):
            told, unfinished = match["told"].removesuffix(_UNFINISHED), match["told"].endswith(_UNFINISHED)
            if unfinished:
                begun[match["pid"]] = told
            if not unfinished or match["call"] == "sendto":
                calls.append(Call(match["call"], told))
    return calls
