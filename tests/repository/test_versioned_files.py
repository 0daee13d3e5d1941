"""What is versioned speaks of no machine, holds no secret, and every link leads somewhere."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    ROOT / name
    for name in subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True).stdout.split("\0")
    if name and (ROOT / name).is_file()
]
# What we carry for others keeps their text, and links to files that we do not carry.
PAGES = [path for path in FILES if path.suffix == ".md" and "static" not in path.parts]
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home|Users|opt)/\w+")
INDEX_ADDRESS = re.compile(r"--(?:extra-)?index-url\s*[= ]\s*https?://|artifactory|nexus\.", re.IGNORECASE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def named(path):
    return str(path.relative_to(ROOT))


def test_no_file_names_a_place_of_one_machine():
    found = []
    for path in FILES:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if path != Path(__file__).resolve() and (MACHINE_PATH.search(text) or INDEX_ADDRESS.search(text)):
            found.append(named(path))
    assert found == []


def test_nothing_of_an_instance_is_versioned():
    assert [named(path) for path in FILES if named(path).startswith("instance/")] == ["instance/README.md"]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_of_a_page_leads_to_a_file(page):
    broken = []
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:|#", target):
            continue
        if not (page.parent / target.partition("#")[0]).exists():
            broken.append(target)
    assert broken == []
