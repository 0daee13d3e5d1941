"""What tests keep in memory goes with the run, even with one that was killed."""

from __future__ import annotations

import os
import shutil
import subprocess

from tests.engines import quick_folder


def test_what_a_killed_run_left_in_memory_is_removed_by_the_next_and_what_a_living_one_uses_stays():
    ended = subprocess.Popen(["true"])
    ended.wait()
    living = quick_folder("ptce-essai-")
    left = living.with_name(f"ptce-essai-{ended.pid}-abc")
    left.mkdir()
    try:
        again = quick_folder("ptce-essai-")
        assert (left.exists(), living.exists(), again.exists()) == (False, True, True)
        assert again.name.startswith(f"ptce-essai-{os.getpid()}-")
        shutil.rmtree(again)
    finally:
        shutil.rmtree(living)
