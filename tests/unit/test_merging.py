"""What an import does to the rows that are there: nobody's row changes unseen, and a row recognised keeps the rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.definitions import load_call
from ptce_aap.domain.merging import Fate, Mode, likely_mode, merge

QUESTIONNAIRE = load_call("ptce-2015").questionnaire
CHARGES = QUESTIONNAIRE.question("budget.charges")
COLUMNS = {column.key: column for column in CHARGES.fields}


def fates(there, brought, mode=Mode.REPLACE, columns=CHARGES.fields, partial=()):
    return [change.fate for change in merge(columns, there, brought, frozenset(partial), mode)]


def test_appending_adds_every_row_and_touches_none():
    row = {"_id": "a", "poste": "achats", "an1": 100}
    assert fates([row], [{"poste": "achats", "an1": 100}], Mode.APPEND) == [Fate.ADDED]


def test_replacing_tells_the_rows_that_stay_change_come_and_go():
    there = [
        {"_id": "a", "poste": "achats", "libelle": "Papier", "an1": 100},
        {"_id": "b", "poste": "personnel", "libelle": "Animation", "an1": 100},
        {"_id": "c", "poste": "impots_taxes", "an1": 5},
    ]
    brought = [
        {"poste": "personnel", "libelle": "Animation", "an1": 200},
        {"poste": "achats", "libelle": "Papier", "an1": 100},
        {"poste": "investissement", "libelle": "Four", "an1": 1},
    ]
    changes = merge(CHARGES.fields, there, brought, frozenset(), Mode.REPLACE)
    assert [change.fate for change in changes] == [Fate.CHANGED, Fate.SAME, Fate.ADDED, Fate.REMOVED]
    assert changes[0].after == {"_id": "b", "poste": "personnel", "libelle": "Animation", "an1": 200}
    assert changes[3].before is there[2]


def test_a_row_recognised_keeps_the_cells_of_columns_that_the_file_has_not():
    there = [{"_id": "a", "poste": "achats", "libelle": "Papier", "an1": 100, "an2": 7}]
    columns = [COLUMNS["libelle"], COLUMNS["an1"]]
    (change,) = merge(columns, there, [{"libelle": "Papier", "an1": 300}], frozenset(), Mode.REPLACE)
    assert change.after == {"_id": "a", "poste": "achats", "libelle": "Papier", "an1": 300, "an2": 7}


def test_a_row_of_which_a_cell_is_unread_never_says_that_nothing_changes():
    there = [{"_id": "a", "libelle": "Papier"}]
    assert fates(there, [{"libelle": "Papier"}], partial={0}) == [Fate.CHANGED]


def test_replacing_is_offered_first_where_the_file_holds_half_of_the_table():
    there = [{"libelle": "Papier"}, {"libelle": "Encre"}]
    assert likely_mode(CHARGES.fields, there, [{"libelle": "Encre"}]) is Mode.REPLACE
    assert likely_mode(CHARGES.fields, there, [{"libelle": "Four"}]) is Mode.APPEND


ROWS = st.lists(
    st.dictionaries(st.sampled_from(["poste", "libelle", "an1"]), st.integers(0, 2), min_size=1), max_size=6
)


@given(ROWS, ROWS, st.sampled_from(Mode))
def test_each_row_has_one_fate_and_what_is_brought_is_what_is_written(there, brought, mode):
    there = [{"_id": str(place), **row} for place, row in enumerate(there)]
    changes = merge(CHARGES.fields, there, brought, frozenset(), mode)
    assert [change.brought for change in changes if change.after is not None] == list(range(len(brought)))
    written = [{key: value for key, value in (change.after or {}).items() if key != "_id"} for change in changes]
    assert written[: len(brought)] == brought
    befores = [change.before["_id"] for change in changes if change.before is not None]
    assert sorted(befores) == ([] if mode is Mode.APPEND else sorted(row["_id"] for row in there))
