"""When two rows are one person, how names are compared, and how roles are held."""

from __future__ import annotations

import pytest

from ptce_aap.domain.persons import PersonGroup, can_be_held, fold, gather

GROUP = PersonGroup("g", "s.t", "siren", "nom")


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Lille MétroPôle Solidaire", "lille metropole solidaire"),
        ("L'Œuvre & Cætera", "l oeuvre caetera"),
        ("  A--B\u00a0C ", "a b c"),
        ("n° ５ ²", "n 5 2"),
        ("!!! —", ""),
        ("Ελλάς", "ελλας"),
        ("A_B", "a b"),
        ("Ⅻ", "xii"),
    ],
)
def test_names_are_folded(name: str, folded: str) -> None:
    assert fold(name) == folded


def rows(*pairs: tuple[str | None, str | None]) -> list[dict[str, str]]:
    return [{key: value for key, value in (("siren", s), ("nom", n)) if value is not None} for s, n in pairs]


def numbers(*pairs: tuple[str | None, str | None]) -> list[tuple[str | None, int]]:
    return [(person.number, len(person.rows)) for person in gather(rows(*pairs), GROUP)]


def test_rows_of_the_same_number_are_one_person_whatever_their_names() -> None:
    assert numbers(("1", "A"), ("1", "B"), ("1", None)) == [("1", 3)]


def test_a_row_without_a_number_is_the_person_of_that_name_even_when_it_comes_later() -> None:
    assert numbers((None, "Élan"), ("1", "ELAN")) == [("1", 2)]


def test_a_row_without_a_number_is_the_first_of_two_persons_of_that_name() -> None:
    assert numbers(("2", "A"), ("1", "A"), (None, "a")) == [("2", 2), ("1", 1)]


def test_rows_without_numbers_are_told_apart_by_their_names() -> None:
    assert numbers((None, "A"), (None, "a!"), (None, "B")) == [(None, 2), (None, 1)]


def test_a_row_with_neither_is_nobody() -> None:
    assert numbers((None, None), (None, "!!!")) == []


def test_a_person_is_the_same_by_number_or_by_any_of_its_names() -> None:
    (person,) = gather(rows(("1", "A"), ("1", "B")), GROUP)
    assert person.is_same("1", None)
    assert person.is_same("9", "b")
    assert not person.is_same("9", "C")
    assert not person.is_same(None, None)
    assert not person.is_same(None, "!!!")


@pytest.mark.parametrize(
    ("candidates", "held"),
    [
        ([[1], [2], [3]], True),
        ([[1], [1], [2]], False),
        ([[1, 2], [1], [2, 3]], True),
        ([[1, 2], [1, 2], [1, 2]], False),
        ([[1, 2, 3], [1], [1, 2]], True),
        ([[], [1], [2]], False),
    ],
)
def test_roles_are_held_by_a_matching(candidates: list[list[int]], held: bool) -> None:
    assert can_be_held(candidates) is held
