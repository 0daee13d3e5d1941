"""The map of personal data holds every column, once; durations are read as they are written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ptce_aap.config import BadSettings
from ptce_aap.domain.personal_data import DATA_MAP, Reach
from ptce_aap.domain.retention import BY_NAME, CLASSES, Duration, Kept, over_at, read_duration
from ptce_aap.models import Base
from ptce_aap.services.accounts import sign_ins
from ptce_aap.services.applicants import table_imports
from ptce_aap.services.exchanges import letters
from ptce_aap.services.retention import durations
from tests.personal_data_page import PAGE, page


def test_every_column_of_the_database_is_in_the_map_once() -> None:
    assert sorted(use.table for use in DATA_MAP) == sorted(Base.metadata.tables)
    for use in DATA_MAP:
        assert sorted(use.columns) == sorted(Base.metadata.tables[use.table].columns.keys()), use.table


def test_the_page_of_personal_data_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "`make docs` writes docs/donnees-personnelles.md again"


def test_a_column_that_names_a_person_is_personal() -> None:
    for use in DATA_MAP:
        for key in Base.metadata.tables[use.table].foreign_keys:
            if key.column.table.name == "person":
                assert key.parent.name in use.personal, f"{use.table}.{key.parent.name}"


def test_what_is_about_somebody_has_a_class_and_is_copied_or_says_why_not() -> None:
    for use in DATA_MAP:
        if use.personal or use.guarded:
            assert use.kept is not None, use.table
        assert (use.reach is Reach.NOWHERE) == bool(use.why), use.table


@pytest.mark.parametrize(
    ("text", "months", "days"),
    [("30 jours", 0, 30), ("1 jour", 0, 1), ("6 mois", 6, 0), ("1 an", 12, 0), ("2 ans", 24, 0)],
)
def test_a_duration_is_read_and_said_alike(text: str, months: int, days: int) -> None:
    assert read_duration(text) == Duration(months, days)
    assert Duration(months, days).words == text


@pytest.mark.parametrize("text", ["0 jours", "six mois", "6 semaines", "-1 an", "1,5 an", "1000 ans", "99999 ans"])
def test_another_text_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        read_duration(text)


@pytest.mark.parametrize("text", ["999 ans", "9999 mois", "9999 jours"])
def test_the_longest_durations_lead_to_dates(text: str) -> None:
    length, at = read_duration(text), datetime(2026, 11, 23, tzinfo=UTC)
    assert length.before(at) < at < length.after(length.after(at))


def test_months_end_with_the_calendar() -> None:
    last = datetime(2024, 2, 29, tzinfo=UTC)
    assert Duration(months=12).after(last) == datetime(2025, 2, 28, tzinfo=UTC)
    assert Duration(months=1).after(datetime(2026, 1, 31, tzinfo=UTC)) == datetime(2026, 2, 28, tzinfo=UTC)
    assert Duration(months=13).before(datetime(2026, 1, 31, tzinfo=UTC)) == datetime(2024, 12, 31, tzinfo=UTC)
    assert Duration(days=30).before(datetime(2026, 1, 31, tzinfo=UTC)) == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_installation_and_a_call_change_durations(tmp_path: Path) -> None:
    (tmp_path / durations.FILE).write_text(
        '[durees]\nbrouillons = "6 mois"\n[appels."essai"]\nnon_retenus = "5 ans"\n[appels."litige"]\nsuspendu = true\n'
    )
    found = durations.read(tmp_path)
    assert found.of(Kept.DRAFTS) == Duration(months=6)
    assert found.of(Kept.NOT_SELECTED, "essai") == Duration(months=60)
    assert found.of(Kept.NOT_SELECTED, "autre") == Duration(months=24)
    assert found.held == {"litige"}
    closes = datetime(2026, 1, 1, tzinfo=UTC)
    assert over_at(Kept.DRAFTS, found, "essai", closes_at=closes, published_at=None) == datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "content",
    [
        "durees = 3",
        "[durees]\nbrouillons = 6",
        '[durees]\nbrouillons = "demain"',
        '[durees]\ndecisions = "6 mois"',
        '[durees]\nconnexions = "6 mois"',
        '[durees]\ninconnu = "6 mois"',
        '[appels."a"]\ncomptes = "6 mois"',
        '[appels."a"]\nsuspendu = "oui"',
        "[autre]",
        "pas du toml",
    ],
)
def test_a_wrong_file_of_durations_names_itself(tmp_path: Path, content: str) -> None:
    (tmp_path / durations.FILE).write_text(content)
    with pytest.raises(BadSettings, match=r"conservation\.toml"):
        durations.read(tmp_path)


def test_fixed_durations_are_those_of_the_mechanisms() -> None:
    assert {one.name for one in CLASSES} == set(BY_NAME)
    fixed = {one.key: one.duration for one in CLASSES if one.fixed}
    assert fixed[Kept.SIGN_INS] == Duration(days=sign_ins.KEPT_WHEN_OVER.days)
    assert fixed[Kept.REFUSED_LETTERS] == Duration(days=letters.KEPT_WHEN_REFUSED.days)
    assert fixed[Kept.TABLES] == Duration(days=table_imports.KEPT.days)
