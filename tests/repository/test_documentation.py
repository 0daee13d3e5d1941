"""What the documentation says leads somewhere: its links, its pages, the commands that it gives to be copied."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from ptce_aap.entry.command import group

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for place in ("*.md", "docs/*.md", "docs/decisions/*.md", "forms/*.md", "scoring/*.md")
    for path in ROOT.glob(place)
)
COMMAND = re.compile(r"^(?:PTCE_[A-Z]+=\S+ )?(?:\.venv/bin/ptce-aap|ptce-aap-admin|ptce-aap) ([a-z-].*)$")


def targets(page: Path) -> list[tuple[Path, str]]:
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    parts = [one.partition("#") for one in found if "://" not in one and not one.startswith("mailto:")]
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in parts]


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(page: Path) -> list[str]:
    """Return what follows the name of the program in the blocks to be copied and between backquotes."""
    text = page.read_text(encoding="utf-8")
    lines = [
        line for block in re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for line in block.split("\n")
    ]
    spans = re.findall(r"`([^`\n]+)`", text)
    return [match[1] for one in (*lines, *spans) if (match := COMMAND.match(one.strip()))]


def wrong(line: str) -> str:
    """Return what the program would not know of a command, nothing where it knows it all."""
    words = shlex.split(line, comments=True)
    here: click.Command = group
    while isinstance(here, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        if name not in here.commands:
            return f"{line}: no command {name}"
        here = here.commands[name]
    known = {option for one in here.params for option in (*one.opts, *one.secondary_opts)} | {"--help", "-h"}
    unknown = [word for word in words if re.match(r"--?[a-z]", word) and word not in known]
    if unknown:
        return f"{line}: no option {unknown}"
    return f"{line}: no passphrase" if "--encrypt" in words and "--passphrase-file" not in words else ""


def test_every_link_of_a_page_leads_to_a_file_and_to_a_title() -> None:
    dead = [
        f"{page.relative_to(ROOT)}: {path.name}#{anchor}"
        for page in PAGES
        for path, anchor in targets(page)
        if not path.exists() or (anchor and path.suffix == ".md" and anchor not in anchors(path))
    ]
    assert dead == []


def test_every_page_of_docs_is_led_to_from_another_page() -> None:
    led = {path for page in PAGES for path, _ in targets(page) if path != page}
    assert [page.name for page in sorted((ROOT / "docs").glob("*.md")) if page not in led] == []


def test_every_decision_stands_in_their_index_under_its_number() -> None:
    folder = ROOT / "docs" / "decisions"
    index = re.findall(r"^(\d+)\. \[.+\]\((.+)\)$", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    pages = sorted(path.name for path in folder.glob("0*.md"))
    assert index == [(str(int(name[:4])), name) for name in pages]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_to_be_copied_is_one_that_the_program_knows(page: Path) -> None:
    assert [fault for line in commands(page) if (fault := wrong(line))] == []


@pytest.mark.parametrize("line", ["bakup x.ptce", "backup x.ptce --seal", "backup x.ptce --encrypt", "journal chek"])
def test_a_command_that_would_be_refused_is_found(line: str) -> None:
    assert wrong(line)
