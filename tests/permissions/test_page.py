"""The page that officials read says what the table says."""

from __future__ import annotations

from ptce_aap.domain.permissions import RIGHTS
from tests.permissions.page import PAGE, page


def test_the_page_of_officials_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "`make docs` writes docs/permissions.md again"


def test_every_right_is_told_in_words_of_its_own() -> None:
    words, told = [line.words for line in RIGHTS], page()
    assert len(words) == len(set(words))
    assert [line.deed for line in RIGHTS if line.words not in told] == []
