"""A call with one long stage: sixty questions of every kind that has a field, a group and a table of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

CALL = "fabriques-2016"
STAGE = "longue"
SIZE = 60
SIMPLE = (
    "texte",
    "texte_long",
    "entier",
    "nombre",
    "montant",
    "date",
    "oui_non",
    "choix",
    "choix_multiple",
    "siren",
    "siret",
    "rna",
    "courriel",
    "telephone",
    "commune",
    "code_postal",
)
OPTIONS = ("un", "deux", "trois")
GROUP, TABLE = "ensemble", "lignes"
_OTHERS = 2  # the group and the table


def write(folder: Path) -> Path:
    """Copy the second call into a folder with the long stage added; return the folder, to open the call from."""
    second = Path(__file__).parent / "second_call"
    for part in ("forms", "scoring"):
        shutil.copytree(second / part, folder / part)
    form = folder / "forms" / CALL / "candidature.v1.toml"
    blocks = [form.read_text(encoding="utf-8"), f'[[etape]]\ncle = "{STAGE}"\ntitre = "Une longue étape"\n']
    blocks += [_question(key, kind) for key, kind in simple_questions()]
    for key, kind in ((GROUP, "groupe"), (TABLE, "tableau")):
        blocks.append(f'[[etape.question]]\ncle = "{key}"\ntype = "{kind}"\nlibelle = "Un {kind}"\n')
        blocks += [_question(f"c_{part}", part, "[[etape.question.champ]]") for part in SIMPLE]
    form.write_text("\n".join(blocks), encoding="utf-8")
    return folder


def simple_questions() -> list[tuple[str, str]]:
    """Return key and kind of the questions of one field, in the form's order."""
    return [(f"q{number}", SIMPLE[number % len(SIMPLE)]) for number in range(SIZE - _OTHERS)]


def _question(key: str, kind: str, header: str = "[[etape.question]]") -> str:
    lines = [header, f'cle = "{key}"', f'type = "{kind}"', f'libelle = "Question {key} ({kind})"']
    if kind in {"choix", "choix_multiple"}:
        offered = ", ".join(f"{{ valeur = {json.dumps(one)}, libelle = {json.dumps(one.title())} }}" for one in OPTIONS)
        lines.append(f"options = [{offered}]")
    return "\n".join(lines) + "\n"
