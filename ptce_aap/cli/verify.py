"""``ptce-aap verify``: a bundle checked from its first line of journal to its last rank."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.files import on_one_line
from ptce_aap.cli.french import Command
from ptce_aap.cli.verify_words import refused, sentence
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.exchange import canonical_json


@click.command("verify", cls=Command, example="ptce-aap verify ptce-2015.zip --head empreinte.json")
@click.argument("bundle", metavar="ARCHIVE")
@click.option(
    "--head",
    "heads",
    metavar="FICHIER",
    multiple=True,
    help="Empreinte du journal reçue par ailleurs : le journal de l'archive doit passer par elle. Peut être répétée.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Forme du résultat.",
)
def command(bundle: str, heads: tuple[str, ...], form: str) -> int:
    """Vérifie une archive d'appel et recalcule son classement ; termine par 0 si tout concorde, par 1 sinon."""
    # Imported here: the other commands start without it.
    from ptce_aap.services.bundles import checking, opening
    from ptce_aap.services.bundles.findings import Invalid

    known = [_head(Path(head)) for head in heads]
    try:
        opened = opening.read(Path(bundle))
        found = checking.verify(opened, heads={head["sequence"]: head["digest"] for head in known})
    except RuleViolation as violation:
        raise BadInput(on_one_line(f"{bundle} : {refused(violation)}")) from None
    except Invalid as invalid:
        found = checking.Verified(invalid.problem)
    problem = found.problem
    if form == "json":
        told = None
        if problem is not None:
            told = {"code": problem.code, "file": problem.file, "line": problem.line, "message": sentence(problem)}
        click.echo(canonical_json({"first_problem": told, "head": _last(found), "valid": found.valid}))
    elif problem is not None:
        click.echo(on_one_line(f"Cette archive n'est pas valable. {sentence(problem)}"))
    else:
        click.echo(
            "Tout concorde : le journal est entier, et le classement et la liste recalculés sont ceux de l'archive.\n"
            f"Dernière ligne du journal ({found.chain}) : {found.sequence}, empreinte {found.digest}."
        )
    return 0 if found.valid else 1


def _last(found: Any) -> dict[str, Any] | None:
    if not found.valid:
        return None
    return {"chain": found.chain, "digest": found.digest, "sequence": found.sequence}


def _head(path: Path) -> dict[str, Any]:
    """Return a head kept outside: ``{"chain", "digest", "sequence"}``."""
    try:
        head = json.loads(path.read_bytes())
        if isinstance(head["digest"], str) and type(head["sequence"]) is int and isinstance(head["chain"], str):
            return dict(head)
    except OSError:
        raise BadInput(on_one_line(f"{path} : ce fichier ne peut pas être lu ; vérifier son nom.")) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise BadInput(
        on_one_line(f"{path} : une empreinte de journal est attendue, un objet JSON avec chain, sequence et digest.")
    )
