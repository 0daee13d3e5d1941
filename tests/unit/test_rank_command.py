"""``ptce-aap rank``: what it prints, what it refuses, and that it never shows a traceback."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from ptce_aap import cli
from tests.budgets import budget

Outcome = tuple[int, str, str]
HEADER = "dossier,reader,score\n"
SMALL = HEADER + "a,r1,5\na,r2,4\nb,r1,3\nb,r2,3\nc,r1,2\nc,r2,1\nd,r1,4\nd,r2,2\n"


@pytest.fixture
def rank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    def run(content: str | bytes, *options: str, name: str = "notes.csv") -> Outcome:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        status = cli.run(["rank", str(file), *options])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def ranked(rank: Callable[..., Outcome]) -> Callable[..., dict[str, Any]]:
    def run(content: str | bytes, *options: str, name: str = "notes.csv") -> dict[str, Any]:
        status, out, err = rank(content, *options, name=name)
        assert (status, err) == (0, "")
        document: dict[str, Any] = json.loads(out)
        return document

    return run


@pytest.fixture
def refused(rank: Callable[..., Outcome]) -> Callable[..., str]:
    def run(content: str | bytes, *options: str, name: str = "notes.csv") -> str:
        status, out, err = rank(content, *options, name=name)
        assert (status, out) == (2, "")
        assert "Traceback" not in err
        return err

    return run


def workbook(*rows: list[Any]) -> bytes:
    book, packed = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(packed)
    return packed.getvalue()


def test_the_document_has_the_keys_of_the_contract(ranked: Callable[..., dict[str, Any]]) -> None:
    document = ranked(SMALL, "--scale", "0,5", "--top", "2", "--mode", "snsf", "--seed", "7", "--draws", "500")
    assert set(document) == {
        *("mode", "scale", "n_dossiers", "n_readers", "n_scores", "components", "draws", "seed", "warnings", "model"),
        *("dossiers", "readers"),
    }
    figures = {key: document[key] for key in ("mode", "scale", "n_dossiers", "n_readers", "n_scores", "components")}
    assert figures == {
        "mode": "snsf",
        "scale": [0, 5],
        "n_dossiers": 4,
        "n_readers": 2,
        "n_scores": 8,
        "components": 1,
    }
    assert (document["draws"], document["seed"], document["warnings"]) == (500, 7, [])
    assert set(document["model"]) == {"tau", "residual_sd", "generosity_sd", "reliability"}
    first = document["dossiers"][0]
    assert set(first) == {
        *("dossier", "n", "raw_mean", "raw_rank", "adjusted", "sd", "expected_rank", "pcer"),
        *("rank_q05", "rank_q25", "rank_q50", "rank_q75", "rank_q95", "p_top", "group", "reliable"),
    }
    assert (first["dossier"], first["n"], first["raw_mean"], first["raw_rank"]) == ("a", 2, 4.5, 1)
    assert first["pcer"] == pytest.approx(100 * (first["expected_rank"] - 0.5) / 4)
    assert all(set(reader) == {"reader", "n", "generosity", "generosity_sd"} for reader in document["readers"])
    assert sum(line["expected_rank"] for line in document["dossiers"]) == pytest.approx(10)


def test_without_a_line_there_are_no_groups(ranked: Callable[..., dict[str, Any]]) -> None:
    document = ranked(SMALL, "--scale", "0,5")
    assert {(line["p_top"], line["group"]) for line in document["dossiers"]} == {(None, None)}


def test_equal_raw_means_share_their_rank(ranked: Callable[..., dict[str, Any]]) -> None:
    document = ranked(SMALL, "--scale", "0,5")
    assert {line["dossier"]: line["raw_rank"] for line in document["dossiers"]} == {"a": 1, "b": 2, "d": 2, "c": 4}


def test_the_order_of_the_lines_changes_no_byte(rank: Callable[..., Outcome]) -> None:
    header, *lines = SMALL.splitlines()
    _, straight, _ = rank(SMALL, "--scale", "0,5", "--top", "2")
    _, reversed_, _ = rank("\n".join([header, *reversed(lines)]), "--scale", "0,5", "--top", "2")
    assert straight == reversed_


@pytest.mark.parametrize(
    "content",
    [
        SMALL.replace(",", ";"),
        "\ufeff" + SMALL,
        SMALL.replace("\n", "\r\n"),
        SMALL.replace("\n", "\r"),
        SMALL.replace("a,r1,5", ' a , r1 ," 5.0 "'),
        SMALL.replace(",", ";").replace("a;r1;5", "a;r1;5,0"),
        SMALL.replace("\na,", "\n\n ,,\na,"),
        SMALL.replace("dossier,reader,score", ' Dossier ,"reader",SCORE'),
        "score,reader,dossier\n" + "".join(",".join(reversed(x.split(","))) + "\n" for x in SMALL.split()[1:]),
    ],
)
def test_the_same_table_is_read_however_it_is_written(rank: Callable[..., Outcome], content: str) -> None:
    assert rank(content, "--scale", "0,5") == rank(SMALL, "--scale", "0,5")


def test_a_workbook_gives_the_same_ranking_as_its_csv(rank: Callable[..., Outcome]) -> None:
    rows = [line.split(",") for line in SMALL.split()]
    numbers = [rows[0], *([*row[:2], float(row[2])] for row in rows[1:])]
    texts = [rows[0], [], *([*row[:2], row[2] + ",0"] for row in rows[1:])]
    for content in (workbook(*numbers), workbook(*texts)):
        assert rank(content, "--scale", "0,5", name="notes.xlsx") == rank(SMALL, "--scale", "0,5")


def test_numbers_that_name_dossiers_in_a_workbook_have_no_decimals(ranked: Callable[..., dict[str, Any]]) -> None:
    rows = [["dossier", "reader", "score"], [1.0, 7, 4], [1.0, 8, 3], [2, 7, 2], [2, 8, 2]]
    document = ranked(workbook(*rows), "--scale", "0,5", name="notes.xlsx")
    assert [line["dossier"] for line in document["dossiers"]] == ["1", "2"]
    assert [reader["reader"] for reader in document["readers"]] == ["7", "8"]


def test_other_columns_are_ignored_and_named(ranked: Callable[..., dict[str, Any]]) -> None:
    content = "dossier,panel,reader,score,avis\na,p,r1,5,bon\na,p,r2,4,\nb,p,r1,3,\nb,p,r2,2,\n"
    (warning,) = ranked(content, "--scale", "0,5")["warnings"]
    assert "panel" in warning
    assert "avis" in warning


def test_without_a_scale_the_data_give_it_with_a_warning(ranked: Callable[..., dict[str, Any]]) -> None:
    document = ranked(SMALL)
    assert document["scale"] == [1, 5]
    assert len(document["warnings"]) == 1


def test_equal_marks_are_ranked_equal_with_a_scale(
    ranked: Callable[..., dict[str, Any]], refused: Callable[..., str]
) -> None:
    content = HEADER + "a,r1,3\na,r2,3\nb,r1,3\nb,r2,3\nc,r1,3\nc,r2,3\n"
    for mode in ("default", "snsf"):
        lines = ranked(content, "--scale", "0,5", "--top", "1", "--mode", mode)["dossiers"]
        assert [line["expected_rank"] for line in lines] == pytest.approx([2, 2, 2], abs=1e-9)
        assert {line["group"] for line in lines} == {"indistinguishable"}
        assert len({(line["rank_q05"], line["rank_q95"], line["p_top"]) for line in lines}) == 1
    assert "--scale" in refused(content)


def test_lower_marks_may_be_better(ranked: Callable[..., dict[str, Any]]) -> None:
    document = ranked(SMALL, "--scale", "0,5", "--lower-is-better", "--top", "1")
    first = document["dossiers"][0]
    assert (first["dossier"], first["raw_rank"], first["raw_mean"]) == ("c", 1, 1.5)
    assert 1 <= first["adjusted"] <= 3


def test_two_parts_without_a_common_reader_are_said(ranked: Callable[..., dict[str, Any]]) -> None:
    content = HEADER + "a,r1,5\na,r2,4\nb,r1,3\nb,r2,3\nc,r3,2\nc,r4,1\nd,r3,4\nd,r4,2\n"
    document = ranked(content, "--scale", "0,5")
    assert document["components"] == 2
    assert "comparaison entre groupes fondée sur l'hypothèse de groupes équivalents" in document["warnings"][0]


def test_one_reading_is_not_reliable_and_two_dossiers_show_no_generosity(
    ranked: Callable[..., dict[str, Any]],
) -> None:
    content = HEADER + "a,r1,5\na,r2,4\nb,r1,3\nc,r1,2\n"
    document = ranked(content, "--scale", "0,5")
    assert {line["dossier"]: line["reliable"] for line in document["dossiers"]} == {"a": True, "b": False, "c": False}
    shown = {reader["reader"]: reader["generosity"] is not None for reader in document["readers"]}
    assert shown == {"r1": True, "r2": False}


CRITERIA = "dossier,reader,criterion,score\n" + "".join(
    f"{dossier},{reader},{criterion},{score}\n"
    for dossier, reader, x, y in [("a", "r1", 4, 1), ("a", "r2", 5, 2), ("b", "r1", 2, 5), ("b", "r2", 1, 4)]
    for criterion, score in (("x", x), ("y", y))
)


def test_a_reading_is_the_weighted_mean_of_its_sheet(ranked: Callable[..., dict[str, Any]]) -> None:
    document = ranked(CRITERIA, "--scale", "0,5", "--weights", "x=3,y=1")
    means = {line["dossier"]: line["raw_mean"] for line in document["dossiers"]}
    assert means == {"a": (3.25 + 4.25) / 2, "b": (2.75 + 1.75) / 2}
    assert (document["n_scores"], document["dossiers"][0]["n"]) == (4, 2)
    equal = {line["dossier"]: line["raw_mean"] for line in ranked(CRITERIA, "--scale", "0,5")["dossiers"]}
    assert equal == {"a": 3.0, "b": 3.0}


def test_incomplete_sheets_are_left_out_with_a_warning(ranked: Callable[..., dict[str, Any]]) -> None:
    content = CRITERIA.replace("a,r2,y,2\n", "") + "c,r1,x,3\n"
    document = ranked(content, "--scale", "0,5", "--weights", "x=1,y=1,z=2")
    assert (document["n_scores"], document["n_dossiers"]) == (3, 2)
    incomplete, gone, unused = document["warnings"]
    assert "« a » par « r2 »" in incomplete
    assert "« c »" in gone
    assert "« z »" in unused


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (SMALL.replace("b,r1,3", "b,r1,6"), 4, "hors de l'échelle"),
        (SMALL.replace("b,r1,3", "b,r1,-1"), 4, "hors de l'échelle"),
        (SMALL + "a,r2,4\n", 10, "seconde note"),
        (SMALL.replace("b,r1,3", "b,r1,trois"), 4, "n'est pas un nombre"),
        (SMALL.replace("b,r1,3", "b,r1,NaN"), 4, "n'est pas un nombre"),
        (SMALL.replace("b,r1,3", "b,r1,inf"), 4, "n'est pas un nombre"),
        (SMALL.replace("b,r1,3", "b,r1,1_0"), 4, "n'est pas un nombre"),
        (SMALL.replace("b,r1,3", "b,r1,٣"), 4, "n'est pas un nombre"),
        (SMALL.replace("b,r1,3", 'b,r1,"3,5"'), 4, "n'est pas un nombre"),
        (SMALL.replace("b,r1,3", "b,r1,"), 4, "note manque"),
        (SMALL.replace("b,r1,3", "b,r1"), 4, "note manque"),
        (SMALL.replace("b,r1,3", ",r1,3"), 4, "« dossier » est vide"),
        (SMALL.replace("b,r1,3", "b, ,3"), 4, "« reader » est vide"),
        (SMALL.replace("b,r1,3", "b,r1,3,9"), 4, "plus de cellules"),
        (SMALL.replace("b,r1,3", 'b,"r1,3'), 4, "guillemet"),
        (SMALL.replace("score", "note"), 1, "« score »"),
        (SMALL.replace("reader", "score"), 1, "« score »"),
        (HEADER, 1, "aucune ligne"),
        (b"dossier,reader,score\na,r1,4\n\xe9t\xe9,r1,3\n", 3, "UTF-8"),
        (SMALL.encode("utf-16"), 1, "UTF-16"),
        (SMALL.replace("b,r1,3", "b,\0r1,3"), 4, "octet nul"),
        (CRITERIA.replace("b,r1,x,2", "b,r1,,2"), 6, "« criterion » est vide"),
        (CRITERIA + "b,r2,y,4\n", 10, "seconde note"),
    ],
)
def test_bad_input_names_its_line_and_the_reason(
    refused: Callable[..., str], content: str | bytes, line: int, reason: str
) -> None:
    told = refused(content, "--scale", "0,5")
    assert f"ligne {line} : " in told
    assert reason in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize("content", ["", " \n\n", "\ufeff"])
def test_an_empty_file_is_refused(refused: Callable[..., str], content: str) -> None:
    assert "vide" in refused(content)


def test_every_mistake_is_told_at_once(refused: Callable[..., str]) -> None:
    told = refused(SMALL.replace("a,r1,5", "a,r1,x").replace("c,r2,1", "c,r2,9"), "--scale", "0,5")
    assert [line.split(" : ")[1] for line in told.splitlines()] == ["ligne 2", "ligne 7"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--top", "5"], "--top"),
        (["--top", "0"], "--top"),
        (["--top", "deux"], "--top"),
        (["--scale", "5,0"], "--scale"),
        (["--scale", "0,0"], "--scale"),
        (["--scale", "0"], "--scale"),
        (["--scale", "a,b"], "--scale"),
        (["--scale", "0,inf"], "--scale"),
        (["--draws", "0"], "--draws"),
        (["--draws", "2000000"], "--draws"),
        (["--seed", "-1"], "--seed"),
        (["--mode", "autre"], "--mode"),
        (["--format", "xml"], "--format"),
        (["--weights", "x=1"], "criterion"),
    ],
)
def test_silly_options_are_refused(refused: Callable[..., str], options: list[str], reason: str) -> None:
    assert reason in refused(SMALL, *options)


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ("x=1", "« y »"),
        ("x=1,y=-1", "y=-1"),
        ("x=1,y", "« y »"),
        ("x=1,x=2,y=1", "deux fois"),
        ("x=0,y=0", "nul"),
        ("", "ne se lit pas"),
        ("x=nan,y=1", "x=nan"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(refused: Callable[..., str], weights: str, reason: str) -> None:
    assert reason in refused(CRITERIA, "--weights", weights)


def test_a_sheet_complete_nowhere_is_refused(refused: Callable[..., str]) -> None:
    assert "aucune fiche" in refused("dossier,reader,criterion,score\na,r1,x,1\na,r2,y,2\n", "--scale", "0,5")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (tmp_path / "absent.csv", tmp_path):
        assert cli.run(["rank", str(path)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert len(printed.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("rows", "line", "reason"),
    [
        ([["a", "r1", "x"]], 2, "n'est pas un nombre"),
        ([["a", "r1", True]], 2, "n'est pas un nombre"),
        ([["a", "r1", 9]], 2, "hors de l'échelle"),
        ([["a", "r1", None]], 2, "note manque"),
        ([["a", "r1", 1], [], ["a", "r1", 2]], 4, "seconde note"),
        ([["a", "r1", "=1+1"]], 2, "note manque"),
    ],
)
def test_a_mistake_in_a_workbook_names_its_line(
    refused: Callable[..., str], rows: list[list[Any]], line: int, reason: str
) -> None:
    told = refused(workbook(["dossier", "reader", "score"], *rows), "--scale", "0,5", name="notes.xlsx")
    assert f"ligne {line} : " in told
    assert reason in told


@pytest.mark.parametrize("content", [b"PK\x03\x04rien", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-1.7\n\0\xff"])
def test_what_is_no_spreadsheet_is_refused(refused: Callable[..., str], content: bytes) -> None:
    assert len(refused(content).splitlines()) == 1


@pytest.mark.soak
@settings(max_examples=budget("rank.files"), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=60).map(lambda tail: SMALL.encode() + tail),
        st.binary(max_size=60).map(lambda tail: b"PK\x03\x04" + tail),
        st.text(alphabet='dosierc,;"\n\r\t 15.-\u00e9\u2028', max_size=60).map(lambda text: (SMALL + text).encode()),
    )
)
def test_no_bytes_bring_a_traceback(rank: Callable[..., Outcome], content: bytes) -> None:
    status, out, err = rank(content, "--draws", "50")
    assert (status, bool(out), bool(err)) in {(0, True, False), (2, False, True)}


def test_a_damaged_workbook_brings_no_traceback(rank: Callable[..., Outcome]) -> None:
    whole = workbook(["dossier", "reader", "score"], ["a", "r1", 1], ["a", "r2", 2], ["b", "r1", 2], ["b", "r2", 3])
    for cut in range(0, len(whole), 251):
        damaged = bytearray(whole)
        damaged[cut] ^= 0xFF
        for content in (bytes(damaged), whole[:cut]):
            status, out, err = rank(content, name="notes.xlsx")
            assert (status, bool(out), bool(err)) in {(0, True, False), (2, False, True)}


def test_the_table_names_both_rankings_and_draws_the_line(
    rank: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    status, out, err = rank(SMALL, "--scale", "0,5", "--top", "2", "--format", "table")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("corrigé"))
    assert lines[head - 1].split() == ["annoncé", "rang"]
    assert "(moyenne brute)  attendu" in lines[head]
    assert "« annoncé (moyenne brute) »" in out
    assert "ligne : 2 dossiers au-dessus" in lines[head + 3]
    assert all("●" in lines[head + row] for row in (1, 2, 4, 5))
    assert max(map(len, lines)) <= 100


def test_a_name_cannot_command_the_terminal(rank: Callable[..., Outcome]) -> None:
    content = SMALL.replace("\na,", '\n"a\x1b[2Jb",')
    _, out, _ = rank(content, "--scale", "0,5", "--format", "table")
    assert "\x1b" not in out


def test_a_single_reading_draws_no_interval(rank: Callable[..., Outcome]) -> None:
    _, out, _ = rank(HEADER + "a,r1,5\nb,r1,3\nb,r2,2\n", "--scale", "0,5", "--format", "table")
    (line,) = [line for line in out.splitlines() if line.startswith("      1  a")]
    assert "une seule lecture" in line
    assert "●" not in line


def test_the_command_is_one_document_of_json_numbers_for_a_process(tmp_path: Path) -> None:
    file = tmp_path / "notes.csv"
    file.write_text(SMALL, encoding="utf-8")
    command = [sys.executable, "-m", "ptce_aap.entry.command", "rank", str(file), "--scale", "0,5", "--top", "2"]
    clean = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = [subprocess.run(command, capture_output=True, check=True, env=clean).stdout for _ in range(2)]
    assert done[0] == done[1]
    assert done[0].count(b"\n") == 1
    assert json.loads(done[0])["n_scores"] == 8
