"""The directory of a region: addresses of sites, what a search finds, what a spreadsheet does, what a file declares."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ptce_aap.definitions import BadDefinition, load_call
from ptce_aap.definitions.loading import parse_sources
from ptce_aap.domain import directory
from ptce_aap.domain.directory import ResourceTable
from ptce_aap.domain.directory_import import BroughtLine, Fate, plan

CALL = load_call("ptce-2015")
assert CALL.directory is not None
TABLE = ResourceTable(CALL.directory)
FUND = {"name": "Fonds d’essai", "kind": "fonds_regional", "published": True}
NETWORK = {"name": "Réseau", "kind": "tete_de_reseau"}
THERE = [("r1", FUND), ("r2", NETWORK)]
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize("address", ["https://www.example.org", "http://example.org:8080/a?b=c#d"])
def test_the_address_of_a_site_is_http_and_has_a_host(address: str) -> None:
    assert directory.is_web_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "www.example.org",
        "https://",
        "https://localhost",
        "https://a@example.org",
        "https://nom:secret@example.org",
        "https://example.org/a b",
        'https://example.org/"onclick=x',
        "https://example.org:99999",
        "https://[::1",
        "ftp://example.org",
    ],
)
def test_anything_else_is_no_address_of_a_site(address: str) -> None:
    assert not directory.is_web_address(address)


def test_a_resource_is_shown_until_its_last_day_and_checked_within_six_months() -> None:
    row = {**FUND, "closes_on": date(2026, 3, 2)}
    assert directory.is_shown(row, date(2026, 3, 2))
    assert not directory.is_shown(row, date(2026, 3, 3))
    assert not directory.is_shown({**row, "published": False}, date(2026, 3, 2))
    assert directory.is_stale(None, NOW)
    assert directory.is_stale(NOW - timedelta(days=184), NOW)
    assert not directory.is_stale(NOW - timedelta(days=183), NOW)


def test_a_search_looks_for_each_word_without_case_or_accents_in_labels_too() -> None:
    key = directory.search_key(TABLE, {**FUND, "needs": ("dla_collectif",), "territory": "Métropole"})
    assert directory.matches(key, "METROPOLE dla")
    assert directory.matches(key, "")
    assert not directory.matches(key, "metropole absent")


def planned(*lines: dict[str, Any]) -> Any:
    return plan(TABLE, THERE, [BroughtLine(number, line) for number, line in enumerate(lines, start=2)])


def fates(*lines: dict[str, Any]) -> list[tuple[Fate, str | None]]:
    return [(line.fate, line.reference) for line in planned(*lines).lines]


def test_a_line_is_about_the_resource_of_its_reference_else_of_its_name_else_a_new_one() -> None:
    assert fates(
        {"reference": "r1", "name": "Autre nom"}, {"name": "RESEAU", "territory": "Ici"}, {**NETWORK, "name": "Neuf"}
    ) == [
        (Fate.CHANGED, "r1"),
        (Fate.CHANGED, "r2"),
        (Fate.ADDED, None),
    ]
    assert fates({"name": "réseau", "kind": "tete_de_reseau"}) == [(Fate.SAME, "r2")]
    assert fates({"reference": "r2", **NETWORK, "published": False}) == [(Fate.SAME, "r2")]


def test_an_empty_cell_says_nothing_and_a_no_takes_a_yes_back() -> None:
    (line,) = planned({"reference": "r1", "territory": "Métropole", "published": False}).lines
    assert line.after == {"name": "Fonds d’essai", "kind": "fonds_regional", "territory": "Métropole"}
    assert [one.column.key for one in line.differences] == ["territory", "published"]


@pytest.mark.parametrize(
    ("lines", "column"),
    [
        ([{"reference": "r9", **NETWORK}], "reference"),
        ([{"kind": "fonds_regional"}], "name"),
        ([{"name": "Neuf"}], "kind"),
        ([{**NETWORK, "name": "…"}], "name"),
        ([{"reference": "r1", "web": "javascript:x"}], "web"),
        ([{"reference": "r1", "opens_on": date(2026, 3, 2), "closes_on": date(2026, 3, 1)}], "closes_on"),
        ([{"reference": "r1", "name": "réseau"}], "name"),
        ([{"reference": "r1"}, {"name": "Fonds d'essai"}], "name"),
        ([{**NETWORK, "name": "Neuf"}, {**NETWORK, "name": "neuf"}], "name"),
    ],
)
def test_a_line_that_cannot_be_imported_is_refused_at_its_cell(lines: list[dict[str, Any]], column: str) -> None:
    found = planned(*lines)
    assert [(one.line, one.column) for one in found.refused] == [(len(lines) + 1, column)]
    assert len(found.lines) == len(lines) - 1


def test_a_line_with_a_cell_that_could_not_be_read_is_left_out_whole() -> None:
    found = plan(TABLE, THERE, [BroughtLine(2, {**NETWORK, "name": "Neuf"}, (("email", "x", "Une adresse…"),))])
    assert (found.lines, found.refused_lines, found.refused[0].typed) == ((), 1, "x")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("impact_essaimage.besoins_accompagnement", "projet.resume", "question_des_besoins"),
        ("budget.tour_de_table.dispositif", "budget.tour_de_table.montant", "dispositifs"),
        ('"impact_essaimage"]', '"ailleurs"]', "etapes"),
        ('cle = "fonds_regional"', 'cle = "tete_de_reseau"', "sorte"),
        ("titre = ", "intitule = ", "titre"),
    ],
)
def test_a_wrong_file_tells_its_key(before: str, after: str, told: str) -> None:
    sources = dict(CALL.sources)
    path = next(path for path in sources if "/ressources." in path)
    assert before in sources[path]
    sources[path] = sources[path].replace(before, after)
    with pytest.raises(BadDefinition) as caught:
        parse_sources(sources)
    assert {(problem.file, problem.key) for problem in caught.value.problems} >= {(path, told)}


def test_a_call_without_the_file_keeps_no_directory() -> None:
    sources = {path: text for path, text in CALL.sources.items() if "/ressources." not in path}
    assert parse_sources(sources).directory is None
