"""``ptce-aap call …``: the files of a call, checked."""

from __future__ import annotations

import click

from ptce_aap import definitions
from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.french import Command, Group
from ptce_aap.config import definitions_folder
from ptce_aap.domain.exchange import canonical_json

BAD_INPUT = 2


@click.group("call", cls=Group, example="ptce-aap call check ptce-2015")
def group() -> None:
    """Vérifie et ouvre des appels à projets."""


@group.command("check", cls=Command, example="ptce-aap call check ptce-2015")
@click.argument("name", metavar="[APPEL]", required=False)
@click.option("--format", "form", type=click.Choice(["json"]), default="json", hidden=True)
def check(name: str | None, form: str) -> int:
    """Vérifie les fichiers d'un appel (de tous, sans nom) et exécute les exemples de chaque règle."""
    folder = definitions_folder()
    known = definitions.call_names(folder)
    if name is not None and name not in known:
        raise BadInput(f"L'appel « {name} » n'existe pas ; appels connus : {', '.join(known) or 'aucun'}.")
    status = 0
    for call in known if name is None else (name,):
        problems = definitions.check_call(call, folder)
        told = [{"file": item.file, "key": item.key, "message": item.message} for item in problems]
        click.echo(canonical_json({"call": call, "valid": not problems, "problems": told}))
        if problems:
            click.echo(f"{call} : {len(problems)} problème(s) dans les fichiers de l'appel.", err=True)
            status = BAD_INPUT
    return status
