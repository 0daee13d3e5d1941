"""Why a file is refused, and the sizes past which no honest document goes."""

from __future__ import annotations

MEBIBYTE = 1024 * 1024
MAXIMUM_UNPACKED = 200 * MEBIBYTE
MAXIMUM_PIXELS = 50_000_000


class Refused(Exception):
    """The file may not be kept; ``code`` is that of the rule that it breaks."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


DAMAGED = "file_damaged"
PROTECTED = "file_protected"
EXPANDS = "file_expands_too_much"
NOT_WHAT_IT_SAYS = "file_not_what_it_says"
WITH_MACROS = "file_with_macros"
WITH_PROGRAM = "file_with_program"
WITH_ACTIONS = "file_with_actions"
WITH_ARCHIVE = "file_with_archive"

_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
PROGRAM_NAMES = (
    *(".exe", ".dll", ".com", ".scr", ".msi", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf"),
    *(".hta", ".lnk", ".jar", ".sh", ".py", ".reg", ".chm", ".iso", ".apk", ".app"),
)
"""Ends of names that a system runs when they are opened."""


def is_program(head: bytes) -> bool:
    """Tell whether these are the first bytes of something that a system runs."""
    return head.startswith(_PROGRAMS)
