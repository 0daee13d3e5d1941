"""``ptce-aap form …``: what a call's forms look like to a program that exchanges dossiers with it."""

from __future__ import annotations

import json

import click

from ptce_aap.cli.french import Group
from ptce_aap.config import definitions_folder
from ptce_aap.definitions import load_call
from ptce_aap.definitions.schema import dossier_schema


@click.group("form", cls=Group, example="ptce-aap form schema ptce-2015")
def form() -> None:
    """Décrit les formulaires d'un appel."""


@form.command("schema", example="ptce-aap form schema ptce-2015 > dossier.schema.json")
@click.argument("call", metavar="APPEL")
@click.option("--format", "shape", type=click.Choice(["json"]), default="json", help="Forme du résultat.")
def schema(call: str, shape: str) -> None:
    """Imprime le schéma JSON (2020-12) de la forme canonique d'un dossier.

    APPEL est le nom du dossier de l'appel sous forms/.
    """
    definition = load_call(call, definitions_folder())
    document = dossier_schema(definition.questionnaire, definition.sheet.name)
    click.echo(json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2))
