"""The scanner's word is taken as it is said; no word, half a word or an error is never a clean file."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ptce_aap.storage.scanner import ClamAv, ScannerAway, Verdict, open_scanner
from tests.clamav import EICAR, Daemon, daemon

CONTENT = b"piece " * 100_000


@pytest.fixture(params=["unix", "tcp"])
def clamd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Daemon]:
    if request.param == "unix":
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        url = f"unix://{tmp_path}/s"
    else:
        listening = socket.create_server(("127.0.0.1", 0))
        url = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
    with daemon(listening, url) as running:
        yield running


def scan(url: str, content: bytes = CONTENT) -> Verdict:
    scanner = open_scanner(url)
    assert isinstance(scanner, ClamAv)
    return scanner.scan(io.BytesIO(content))


def test_a_file_is_sent_whole_and_found_clean(clamd: Daemon) -> None:
    assert scan(clamd.url) == Verdict(None)
    assert clamd.received == [CONTENT]


def test_what_is_found_has_its_name(clamd: Daemon) -> None:
    assert scan(clamd.url, EICAR) == Verdict("Eicar-Test-Signature")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"stream: OK",
        b"stream: O",
        b"OK\0",
        b"stream: OK FOUND ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"\xff\xfe\0",
        b"x" * 9_000,
    ],
)
def test_any_other_answer_says_nothing_of_the_file(clamd: Daemon, said: bytes) -> None:
    clamd.says = said
    with pytest.raises(ScannerAway):
        scan(clamd.url)


def test_a_scanner_that_has_enough_before_the_end_is_heard(clamd: Daemon) -> None:
    clamd.takes, clamd.says = 300_000, b"stream: Big.Virus FOUND\0"
    assert scan(clamd.url, bytes(5 * 2**20)) == Verdict("Big.Virus")


def test_a_scanner_that_hangs_is_left(clamd: Daemon) -> None:
    clamd.hangs = True
    scanner = open_scanner(clamd.url)
    assert isinstance(scanner, ClamAv)
    hurried = ClamAv(scanner._address, answer_s=0.1)
    with pytest.raises(ScannerAway, match="TimeoutError"):
        hurried.scan(io.BytesIO(CONTENT))


@pytest.mark.parametrize("url", ["unix:///nowhere/clamd.ctl", "tcp://127.0.0.1:1"])
def test_a_scanner_that_is_not_there_is_away(url: str) -> None:
    with pytest.raises(ScannerAway):
        scan(url)


def test_without_address_there_is_no_scanner() -> None:
    assert open_scanner(None) is None
