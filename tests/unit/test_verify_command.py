"""``ptce-aap verify``: what it says of bundles that hold, of those that do not, and of files made to harm it."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ptce_aap import cli
from ptce_aap.documents import archive
from ptce_aap.domain.bundles import layout
from ptce_aap.domain.daily_heads import ChainHead, Head
from ptce_aap.services.journal.daily_heads import public_pem
from tests.bundles import CHAIN, HOLDS, ROOT, Bundle, Verdict, drawn, judge, judge_alone, small


@pytest.fixture
def bundle() -> Bundle:
    return drawn(Random(5))


@pytest.fixture
def place(tmp_path: Path, bundle: Bundle) -> Path:
    path = tmp_path / "appel.zip"
    path.write_bytes(bundle.archive())
    return path


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: object) -> tuple[int, str, str]:
        status = cli.run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_a_bundle_that_holds_ends_with_0_and_gives_the_head_to_compare(told, place: Path, bundle: Bundle) -> None:
    status, out, err = told("verify", place, "--format", "json")
    head = {"chain": CHAIN, "digest": bundle.lines[-1]["digest"], "sequence": len(bundle.lines)}
    said = json.loads(out)
    assert (status, err, said["first_problem"], said["head"], said["valid"]) == (0, "", None, head, True)
    assert said["covered"] == {"heads": 0, "signed": None, "silent": [], "to": None}
    frozen = any(line["act"] == "shortlist.frozen" for line in bundle.lines)
    assert said["provisional"] is not frozen
    status, out, _ = told("verify", place)
    assert status == 0
    assert "Tout concorde" in out
    assert ("provisoire" in out) is not frozen
    assert "Aucune empreinte extérieure n'a été donnée" in out


@pytest.mark.target("SEC-39")
def test_the_line_of_a_receipt_is_looked_for_by_the_small_verifier(
    place: Path, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    last, digest = len(bundle.lines), bundle.lines[4]["digest"]
    asked = [
        (["--ligne", "5", digest.upper()], 0, "concorde avec 1 empreinte extérieure, jusqu'à la ligne 5"),
        (["--ligne", "5", "0" * 64], 1, "NON. journal.jsonl, ligne 5 : l'empreinte que donne --ligne 5 est autre"),
        (["--ligne", "5", digest, "--ligne", "4", digest], 1, "ligne 4"),
        (["--ligne", str(last + 1), digest], 1, "la fin manque"),
        (["--ligne", "5"], 2, "--ligne attend"),
        (["--ligne", "cinq", digest], 2, "--ligne attend"),
        (["--ligne", "5", digest[:-1]], 2, "--ligne attend"),
    ]
    for given, status, sentence in asked:
        for arguments in ([str(place), *given], [*given, str(place)]):
            assert small().main(arguments) == status, given
            out, err = capsys.readouterr()
            assert sentence in out + err


def test_the_answer_says_up_to_which_line_heads_from_outside_vouch(
    told, tmp_path: Path, place: Path, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    last, other = len(bundle.lines), write(tmp_path / "autre.json", {"chain": "x", "sequence": 1, "digest": "0" * 64})
    for line in (5, last):
        known = {name: bundle.lines[line - 1][name] for name in ("chain", "digest", "sequence")}
        file = write(tmp_path / "h.json", known)
        sentences = [told("verify", place, "--head", file, "--head", other)[1]]
        assert small().main([str(place), str(file), str(other)]) == 0
        sentences.append(capsys.readouterr().out)
        for said in sentences:
            assert f"concorde avec 1 empreinte extérieure, jusqu'à la ligne {line}" in said
            assert (f"aucune ne couvre les lignes {line + 1} à {last}" in said) is (line < last)
            assert "autre.json ne parle pas de ce journal" in said
    _, out, _ = told("verify", place, "--head", file, "--head", other, "--format", "json")
    assert json.loads(out)["covered"] == {"heads": 1, "signed": None, "silent": ["autre.json"], "to": last}


def test_a_bundle_that_does_not_hold_ends_with_1_and_names_the_first_problem(told, place: Path, bundle: Bundle) -> None:
    bundle.lines[3]["actor"] = "autre"
    place.write_bytes(bundle.archive())
    status, out, err = told("verify", place, "--format", "json")
    problem = json.loads(out)["first_problem"]
    assert (status, err, json.loads(out)["valid"], json.loads(out)["head"]) == (1, "", False, None)
    assert (problem["code"], problem["file"], problem["line"]) == ("journal_digest", "journal.jsonl", 4)
    status, out, _ = told("verify", place)
    assert status == 1
    assert "journal.jsonl, ligne 4 : la ligne a été modifiée" in out


def test_a_folder_is_verified_like_its_archive(tmp_path: Path, place: Path, bundle: Bundle) -> None:
    with zipfile.ZipFile(place) as opened:
        opened.extractall(tmp_path / "dossier")
    (tmp_path / "dossier" / ".DS_Store").write_bytes(b"x")  # systems leave such files
    assert (judge(tmp_path / "dossier"), judge_alone(tmp_path / "dossier")) == (HOLDS, HOLDS)
    (tmp_path / "dossier" / layout.MARKS).write_bytes(b"{}")
    assert judge(tmp_path / "dossier") == judge_alone(tmp_path / "dossier") == Verdict(1, layout.MARKS)


def test_the_small_verifier_runs_by_itself_and_prints_french_sentences(tmp_path: Path, place: Path) -> None:
    def run(path: Path) -> subprocess.CompletedProcess[str]:
        program = ROOT / "docs" / "verifier" / layout.VERIFIER
        return subprocess.run([sys.executable, "-I", program, path], cwd=tmp_path, capture_output=True, text=True)

    holds = run(place)
    assert (holds.returncode, holds.stderr) == (0, "")
    assert "\nOUI. L'archive s'accorde avec elle-même" in holds.stdout
    assert "Aucune empreinte extérieure n'a été donnée" in holds.stdout
    numbers = [one["number"] for one in json.loads(dict(zip_contents(place))[layout.LIST])["entries"]]
    assert all(number in holds.stdout for number in numbers)  # the list made again is printed
    files = dict(zip_contents(place))
    files[layout.RANKING] = files[layout.RANKING].replace(b'"rank": 1', b'"rank": 9')
    place.write_bytes(archive.write(files))
    wrong = run(place)
    assert (wrong.returncode, wrong.stderr) == (1, "")
    assert wrong.stdout == "NON. ranking.json : le fichier n'est pas celui que décrit manifest.json.\n"
    missing = run(tmp_path / "absente.zip")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "fichier introuvable" in missing.stderr
    assert "Traceback" not in missing.stderr


def zip_contents(path: Path) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as opened:
        return [(name, opened.read(name)) for name in opened.namelist()]


def a_bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("manifest.json", bytes(50 * 1024 * 1024))
    return out.getvalue()


def a_bomb_of_names() -> bytes:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 40 * 1024 * 1024, 0, 0)
    return b"PK\x01\x02" + bytes(1024) + end


def one_file_claimed_often() -> bytes:
    """Return an archive in which many names share the bytes of one file."""
    single = archive.write({"a": bytes(1_000_000)})
    start = single.rindex(b"PK\x01\x02")
    listed, data = single[start : single.rindex(b"PK\x05\x06")], single[:start]
    names = b"".join(listed[:-1] + bytes([65 + number]) for number in range(26))
    return data + names + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 26, 26, len(names), len(data), 0)


def without_manifest() -> bytes:
    return archive.write({"call.json": b"{}"})


def of_another_format() -> bytes:
    manifest = {"format": 2, "call": "a", "files": {}, "software": {"version": "9"}}
    return archive.write({layout.MANIFEST: layout.text(manifest)})


def a_deep_manifest() -> bytes:
    return archive.write({layout.MANIFEST: b"[" * 1_000_000})


NO_BUNDLE: dict[str, Callable[[], bytes]] = {
    "an empty file": lambda: b"",
    "no archive": lambda: b"bonjour" * 100,
    "a bomb": a_bomb,
    "a bomb of names": a_bomb_of_names,
    "one file claimed often": one_file_claimed_often,
    "no manifest": without_manifest,
    "another format": of_another_format,
    "a manifest a million deep": a_deep_manifest,
    "a manifest that is no object": lambda: archive.write({layout.MANIFEST: b"[1]"}),
}


@pytest.mark.parametrize("made", NO_BUNDLE.values(), ids=NO_BUNDLE)
def test_what_is_no_bundle_ends_with_2_one_sentence_and_little_memory(made, told, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(made())
    tracemalloc.start()
    status, out, err = told("verify", tmp_path / "x.zip", "--format", "json")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (status, out) == (2, "")
    assert err.startswith(str(tmp_path / "x.zip"))
    assert err.count("\n") == 1
    assert judge_alone(tmp_path / "x.zip") == Verdict(2)
    assert peak < 30 * 1024 * 1024


def test_an_archive_that_is_not_there_is_bad_input(told, tmp_path: Path) -> None:
    status, out, err = told("verify", tmp_path / "x.zip")
    assert (status, out) == (2, "")
    assert "n'existe pas" in err


DEEP, LONG = b"[" * 1_000_000, b"9" * 100_000


def deep_values(bundle: Bundle) -> Verdict:
    bundle.files[layout.MARKS] = DEEP
    bundle.seal_again()
    return Verdict(1, layout.MARKS)


def long_number(bundle: Bundle) -> Verdict:
    bundle.files[layout.DOSSIERS] = LONG
    bundle.seal_again()
    return Verdict(1, layout.DOSSIERS)


def a_name_that_climbs(bundle: Bundle) -> Verdict:
    bundle.files["../../ailleurs.json"] = b"{}"
    return Verdict(1, "../../ailleurs.json")


def an_absolute_name(bundle: Bundle) -> Verdict:
    bundle.files["/etc/motdepasse"] = b"{}"
    return Verdict(1, "/etc/motdepasse")


def a_name_that_commands_the_terminal(bundle: Bundle) -> Verdict:
    bundle.files["\x1b[2J.json"] = b"{}"
    return Verdict(1, "\x1b[2J.json")


@pytest.mark.parametrize(
    "harm", [deep_values, long_number, a_name_that_climbs, an_absolute_name, a_name_that_commands_the_terminal]
)
def test_what_is_made_to_harm_is_one_sentence(harm, told, bundle: Bundle, place: Path) -> None:
    expected = harm(bundle)
    place.write_bytes(bundle.archive())
    assert judge(place) == judge_alone(place) == expected
    status, out, err = told("verify", place)
    assert (status, err) == (1, "")
    assert out.count("\n") == 1
    assert "\x1b" not in out


def test_a_line_of_the_journal_a_million_deep_is_named(bundle: Bundle, place: Path) -> None:
    files = bundle.wrapped()
    files[layout.JOURNAL] = files[layout.JOURNAL].replace(b"\n", b"\n" + DEEP + b"\n", 1)
    del files[layout.MANIFEST]
    place.write_bytes(archive.write({layout.MANIFEST: layout.manifest(files, call="appel", version="0"), **files}))
    assert judge(place) == judge_alone(place) == Verdict(1, layout.JOURNAL, 2)


def write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_a_head_kept_outside_holds_or_tells_what_was_written_anew(
    told, tmp_path: Path, bundle: Bundle, place: Path
) -> None:
    known = {name: bundle.lines[4][name] for name in ("chain", "digest", "sequence")}
    assert told("verify", place, "--head", write(tmp_path / "h.json", known))[0] == 0
    status, out, _ = told("verify", place, "--head", write(tmp_path / "h.json", {**known, "digest": "0" * 64}))
    assert status == 1
    assert "journal.jsonl, ligne 5 : le journal a été réécrit" in out
    later = {**known, "sequence": len(bundle.lines) + 10}
    status, out, _ = told("verify", place, "--head", write(tmp_path / "h.json", [known, later]))
    assert status == 1
    assert "sa fin manque" in out
    for wrong in ({**known, "chain": "call-2"}, {**known, "sequence": 0}, {**known, "sequence": "5"}, [1], "texte"):
        status, out, err = told("verify", place, "--head", write(tmp_path / "h.json", wrong))
        assert (status, out) == (2, ""), wrong
        assert err.count("\n") == 1


def signed(bundle: Bundle, line: int, key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return the head of a day, as a witness is sent it."""
    chains = (ChainHead(CHAIN, line, bundle.lines[line - 1]["digest"]), ChainHead("platform", 1, "1" * 64))
    head = Head(1, date(2015, 6, 1), datetime(2015, 6, 1, 22, tzinfo=UTC), "0" * 64, chains)
    return {
        **json.loads(head.content),
        "chains": [{"chain": one.chain, "digest": one.digest, "sequence": one.sequence} for one in chains],
        "digest": head.digest,
        "key": key.public_key().public_bytes_raw().hex(),
        "signature": key.sign(head.content).hex(),
    }


def test_a_signed_head_is_checked_with_its_key(told, tmp_path: Path, bundle: Bundle, place: Path) -> None:
    key, other = Ed25519PrivateKey.from_private_bytes(b"1" * 32), Ed25519PrivateKey.from_private_bytes(b"2" * 32)
    head = signed(bundle, 6, key)
    file = write(tmp_path / "jour.json", head)
    assert judge_alone(place, {6: bundle.lines[5]["digest"]}) == HOLDS
    assert told("verify", place, "--head", file)[0] == 0
    for form in (head["key"], public_pem(head["key"])):
        (tmp_path / "cle").write_text(form)
        assert told("verify", place, "--head", file, "--key", tmp_path / "cle")[0] == 0
    (tmp_path / "cle").write_text(other.public_key().public_bytes_raw().hex())
    assert told("verify", place, "--head", file, "--key", tmp_path / "cle")[0] == 2
    assert told("verify", place, "--head", write(file, {**head, "number": 2}))[0] == 2
    (tmp_path / "cle").write_text("une clé")
    assert told("verify", place, "--key", tmp_path / "cle")[0] == 2


def test_the_signed_heads_of_a_bundle_must_be_signed_and_true(tmp_path: Path, bundle: Bundle, place: Path) -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
    head = signed(bundle, 6, key)
    for heads, expected in (
        ([head], HOLDS),
        ([{**head, "signature": "00" * 64}], Verdict(1, layout.HEADS)),
        ([signed(drawn(Random(6)), 6, key)], Verdict(1, layout.JOURNAL, 6)),
    ):
        files = {**bundle.wrapped(), layout.HEADS: layout.text(heads)}
        del files[layout.MANIFEST]
        place.write_bytes(archive.write({layout.MANIFEST: layout.manifest(files, call="appel", version="0"), **files}))
        assert judge(place) == expected
        if expected.file != layout.HEADS:  # the small verifier reads no signature: its page says so
            assert judge_alone(place) == expected
