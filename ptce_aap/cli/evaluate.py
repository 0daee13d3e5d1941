"""``ptce-aap evaluate``: what dossiers are worth under a call's rules, without a database."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ptce_aap import definitions
from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.files import read_dossier
from ptce_aap.cli.french import Command
from ptce_aap.config import definitions_folder
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.evaluation import Evaluation, evaluate
from ptce_aap.domain.exchange import canonical_json

BAD_INPUT = 2
_RESULTS = {"met": "remplie", "not_met": "non remplie", "to_verify": "à vérifier"}
_STATES = {"respected": "respectée", "not_respected": "non respectée", "unknown": "inconnue"}


@click.command(
    "evaluate",
    cls=Command,
    example="ptce-aap evaluate dossier.json autre.json --call ptce-2015",
)
@click.argument("files", metavar="FICHIER…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--call", "call", required=True, metavar="APPEL", help="Nom de l'appel, par exemple ptce-2015.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "texte"]),
    default="json",
    show_default=True,
    help="Une ligne JSON par fichier, ou un résumé.",
)
def command(files: tuple[Path, ...], call: str, form: str) -> int:
    """Évalue des dossiers : complétude, recevabilité, indicateurs, exigences, budget."""
    definition = load_definition(call)
    status = 0
    for file in files:
        try:
            result = _evaluate(file, definition)
        except BadInput as error:
            sys.stdout.flush()
            click.echo(str(error), err=True)
            status = BAD_INPUT
            continue
        click.echo(_as_json(file, result) if form == "json" else _as_text(file, result))
    return status


def load_definition(call: str) -> CallDefinition:
    """Return a call's definition. Errors: ``BadInput``."""
    try:
        return definitions.load_call(call, definitions_folder())
    except definitions.BadDefinition as error:
        raise BadInput(str(error)) from None


def _evaluate(file: Path, definition: CallDefinition) -> Evaluation:
    document = read_dossier(file, definition.questionnaire)
    return evaluate(definition, document.answers, submitted_at=document.submitted_at)


def _as_json(file: Path, result: Evaluation) -> str:
    return canonical_json({"file": str(file), **result.as_json()})


def _as_text(file: Path, result: Evaluation) -> str:
    lines = [f"{file} — recevabilité : {_RESULTS[result.eligible]}"]
    lines += [f"  {verdict.rule} {_RESULTS[verdict.result]} : {verdict.reason}" for verdict in result.verdicts]
    lines += [f"  {measure.indicator.label} : {measure.shown}" for measure in result.measures]
    lines += [f"  {check.requirement.label} : {_STATES[check.state]}. {check.message}" for check in result.checks]
    lines += [f"  {finding.key} : {finding.message}" for finding in (*result.errors, *result.warnings)]
    lines += [f"  manque : {place}" for place in result.missing]
    return "\n".join(lines)
