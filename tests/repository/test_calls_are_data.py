"""A call is data: no key, option or rule of a call is written in Python."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sorted((ROOT / "ptce_aap").rglob("*.py"))

# Words that a call happens to share with the application itself, and what they mean there.
COMMON_WORDS = {
    # kinds of question, which every call chooses among
    **dict.fromkeys(("code_postal", "commune", "date", "montant", "rna", "siren", "siret"), "kind of question"),
    "date_creation": "word of the public register",
    # the syntax of the definition files, and their names
    **dict.fromkeys(("libelle", "nom", "region", "role", "silence", "source"), "key of the definition files"),
    **dict.fromkeys(("avis", "candidature", "exigences", "grille", "indicateurs", "recevabilite"), "definition file"),
    # names that the program gives to things of its own
    "autre": "French word of a sentence",
    "budget": "part of the printed evaluation",
    "complet": "key of the definition files",
    "etat": "theme of the pages",
    "mode": "key of the corrected ranking (ranking.md)",
    "reserve": "outcome on the shortlist",
    "service": "side of a thread of messages",
    "suite": "parameter of an address",
}


def keys_of(value):
    """Every key of a question, rule or criterion, and every value of an option."""
    match value:
        case dict():
            if isinstance(value.get("cle"), str):
                yield value["cle"]
            if isinstance(value.get("valeur"), str) and "libelle" in value:
                yield value["valeur"]
            for inner in value.values():
                yield from keys_of(inner)
        case list():
            for inner in value:
                yield from keys_of(inner)


def call_words():
    files = [path for folder in ("forms", "scoring") for path in (ROOT / folder).rglob("*.toml")]
    assert files
    words = set()
    for path in files:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        content.pop("cle", None)  # the file's own name
        words.update(keys_of(content))
    # Codes of regions and numbers of rules mean nothing alone: only words are looked for.
    return {word for word in words if re.fullmatch(r"[a-z][a-z0-9_]*", word)} - COMMON_WORDS.keys()


WORDS = call_words()
# A word made of several is nobody's by chance: it may not even stand in a comment.
COMPOUND = re.compile(r"\b(" + "|".join(sorted(word for word in WORDS if "_" in word)) + r")\b")


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_no_text_of_the_program_is_a_key_or_an_option_of_a_call(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    found = [
        f"line {node.lineno}: {node.value}"
        for node in texts
        if re.fullmatch(r"[\w.]+", node.value) and WORDS & set(node.value.split("."))
    ]
    assert found == []


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_no_compound_key_of_a_call_stands_anywhere_in_the_program(path):
    assert COMPOUND.findall(path.read_text(encoding="utf-8")) == []


def test_the_call_has_enough_words_for_this_test_to_mean_something():
    assert len(WORDS) > 200
