"""The page for who verifies a call: its digest and its commands are true, and its program is for old Pythons too."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ptce_aap.domain.bundles import layout
from ptce_aap.services.journal.daily_heads import public_pem
from tests.bundles import ROOT, drawn
from tests.unit.test_verify_command import signed

PAGE = (ROOT / "docs" / "verifier.md").read_text(encoding="utf-8")
PROGRAM = ROOT / "docs" / "verifier" / layout.VERIFIER


def test_the_digest_of_the_program_on_the_page_is_its_own() -> None:
    assert re.findall(r"`([0-9a-f]{64})`", PAGE) == [hashlib.sha256(PROGRAM.read_bytes()).hexdigest()]


def test_the_program_is_written_for_python_3_9_with_the_standard_library_alone() -> None:
    tree = ast.parse(PROGRAM.read_text(encoding="utf-8"), feature_version=(3, 9))
    names = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


def test_every_file_of_a_bundle_is_told_once_in_the_notice_to_which_the_page_leads() -> None:
    notice = (ROOT / "docs" / "verifier" / layout.NOTICE).read_text(encoding="utf-8")
    for name in (*layout.DATA, layout.JOURNAL, layout.HEAD, layout.HEADS, layout.MANIFEST):
        assert notice.count(f"\n{name} ") == 1
    assert "](verifier/LISEZMOI.txt)" in PAGE
    assert "| Fichier |" not in PAGE


def commands() -> list[str]:
    """Return what the page tells to type, in order."""
    return re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not there")
def test_what_the_page_tells_to_type_does_what_it_says(tmp_path: Path) -> None:
    bundle = drawn(Random(5))
    bundle.files[layout.VERIFIER] = PROGRAM.read_bytes()
    (tmp_path / "archive-ptce-2015.zip").write_bytes(bundle.archive())
    head = signed(bundle, 6, Ed25519PrivateKey.from_private_bytes(b"1" * 32))
    (tmp_path / "journal-2026-11-23.json").write_text(json.dumps(head), encoding="utf-8")
    (tmp_path / "cle-publique.pem").write_text(public_pem(head["key"]), encoding="ascii")
    said = []
    for command in commands():
        typed = command.replace("python3 ", f"{sys.executable} -I ")
        done = subprocess.run(["bash", "-ec", typed], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stderr)
        said.append(done.stdout)
    assert said[1].strip() in PAGE
    assert ["OUI. " in one for one in said] == [False, False, True, True, False]
    assert "Signature Verified Successfully" in said[4]
