"""The budget at a glance adds up exactly, in any call, and says nothing where nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ptce_aap.definitions import load_call
from ptce_aap.domain.exchange import read_document
from ptce_aap.services.applicants.money_summary import SHOWN, money_tables

QUESTIONNAIRE = load_call("ptce-2015").questionnaire
SOURCES = [option.value for option in QUESTIONNAIRE.question("budget.produits.source").options]


def tables(budget: dict[str, Any]) -> Any:
    document = json.dumps({"submitted_at": None, "answers": {"budget": budget}})
    return money_tables(QUESTIONNAIRE, read_document(document, QUESTIONNAIRE).answers)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SOURCES), st.integers(0, 10**9)), min_size=1, max_size=40))
def test_the_parts_add_up_to_the_total_to_the_cent(rows: list[tuple[str, int]]) -> None:
    written = [{"source": source, "an1": f"{cents // 100}.{cents % 100:02d}", "an2": "1"} for source, cents in rows]
    table = tables({"produits": written})[0]
    assert table.total == sum(cents + 100 for _, cents in rows) == sum(part.value for part in table.parts)
    assert len(table.parts) <= SHOWN + 1
    largest = [part.value for part in table.parts[:SHOWN]]
    assert largest == sorted(largest, reverse=True)


def test_nothing_written_shows_nothing_and_another_call_has_its_own_budget() -> None:
    assert tables({"charges": [{"poste": "personnel", "libelle": "x"}]}) == ()
    other = load_call("fabriques-2016", Path(__file__).parents[1] / "second_call").questionnaire
    assert money_tables(other, {}) == ()
