"""The longest dossier that a form admits is printed within five seconds of processor and three hundred megabytes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.target("SEC-16")
def test_the_longest_dossier_is_printed_within_bounds() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.longest_dossier"], capture_output=True, text=True, check=True)
    spent = json.loads(done.stdout)
    print(spent)
    assert spent["seconds"] < 5
    assert spent["peak_kib"] < 300 * 1024
    assert spent["bytes"] > 500_000
