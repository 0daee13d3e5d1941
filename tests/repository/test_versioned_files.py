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
# Keys in their usual clothes, long values given to a secret setting, passwords in the address of a real service.
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[oprsu]_[0-9A-Za-z]{36}\b"
    r"|(?:SECRET|PASSWORD|TOKEN|_KEY)[A-Z_]*[\"']?\s*[:=]\s*[\"']?[0-9A-Za-z+/_-]{24,}"
    r"|\b(?:postgresql|rediss?|smtps?|https?)(?:\+\w+)?://[^/\s:@]+:(?!password@|motdepasse@|MOT-DE-PASSE@|secret@|b@)[^/\s@]+@"
)
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


@pytest.mark.target("SEC-20")
@pytest.mark.parametrize(
    "secret",
    [
        "-----BEGIN " + "PRIVATE KEY-----",
        "PTCE_SECRET_KEY" + "=" + "0123456789abcdef" * 2,
        "AKIA" + "QQQQ" * 4,
        "postgresql://ptce:" + "Zx81ab@base.example/ptce",
    ],
)
def test_a_secret_would_be_seen(secret):
    assert SECRET.search(f"set {secret} here")


@pytest.mark.target("SEC-20")
def test_no_file_holds_a_secret():
    assert [named(path) for path in FILES if SECRET.search(path.read_bytes().decode(errors="replace"))] == []


@pytest.mark.target("SEC-46")
@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_dependency_is_held_to_its_digest(lock):
    lines = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    wanted = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    assert len(wanted) > 20
    assert [line for line in wanted if "==" not in line or "--hash=sha256:" not in line] == []
    installing = [line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if lock in line]
    assert any("--require-hashes" in line for line in installing)


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
