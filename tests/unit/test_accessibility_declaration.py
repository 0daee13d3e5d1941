"""The level of accessibility that pages show comes from ``docs/rgaa.toml``, and only a human audit raises it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ptce_aap.config import BadSettings
from ptce_aap.resources import shipped
from ptce_aap.web.accessibility import Audit, Declaration, read_declaration


def audited(met: int) -> str:
    return Declaration("RGAA", Audit(date(2026, 9, 15), "Organisme", applicable=75, met=met)).level


@pytest.mark.target("A11Y-06")
def test_without_an_audit_nothing_conforms() -> None:
    assert read_declaration() == Declaration("RGAA 4.1.2", None)
    assert read_declaration().level == "non conforme"


@pytest.mark.target("A11Y-06")
def test_an_audit_gives_the_level_of_the_decree() -> None:
    assert [audited(met) for met in (0, 37, 38, 74, 75)] == [
        *["non conforme"] * 2,
        *["partiellement conforme"] * 2,
        "totalement conforme",
    ]


def test_the_example_that_the_file_gives_is_read(tmp_path: Path) -> None:
    own = tmp_path / "rgaa.toml"
    text = (shipped("docs") / "rgaa.toml").read_text(encoding="utf-8")
    own.write_text(text + "".join(f"{line[4:]}\n" for line in text.splitlines() if line.startswith("#   ")), "utf-8")
    assert read_declaration(own).audit == Audit(date(2026, 9, 15), "Nom de l’organisme", 75, 60)


@pytest.mark.parametrize("wrong", ["", "referentiel = ", 'referentiel = "R"\n[audit]\ndate = 2026-09-15\n'])
def test_a_wrong_file_is_refused_at_start(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "rgaa.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(BadSettings, match=r"rgaa\.toml"):
        read_declaration(tmp_path / "rgaa.toml")
