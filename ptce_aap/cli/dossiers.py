"""``ptce-aap dossier import|export``: dossiers that come from files and go back to files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ptce_aap import clock
from ptce_aap.cli import messages
from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.files import read_dossier
from ptce_aap.cli.french import Command, Group
from ptce_aap.cli.installation import Installation, installation
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.exchange import Document, canonical_json
from ptce_aap.mail.message import is_address
from ptce_aap.models import Dossier
from ptce_aap.services.calls import calls
from ptce_aap.services.deposits import imports

BAD_INPUT, REFUSED = 2, 1
_STATES = {"draft": "brouillon", "filed": "déposé", "withdrawn": "retiré"}

messages.register(
    call_closed="L'appel est clos : un dossier ne peut plus y être déposé. Importer sans --submit fait un brouillon.",
    call_not_open_yet="L'appel n'est pas encore ouvert aux dépôts. Importer sans --submit fait un brouillon.",
    filing_blocked="Un dossier ne peut être déposé, même en l'état, sans : {missing}.",
)


@click.group(
    "dossier", cls=Group, example="ptce-aap dossier import dossier.json --call ptce-2015 --owner nom@exemple.fr"
)
def group() -> None:
    """Importe et exporte des dossiers."""


@group.command(
    "import",
    cls=Command,
    example="ptce-aap dossier import dossier.json autre.json --call ptce-2015 --owner nom@exemple.fr",
)
@click.argument("files", metavar="FICHIER…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--call", "call", required=True, metavar="APPEL", help="Identifiant ou nom d'un appel ouvert ici.")
@click.option(
    "--owner", required=True, metavar="ADRESSE", help="Compte auquel les dossiers appartiennent ; créé au besoin."
)
@click.option("--submit", is_flag=True, help="Dépose aussi chaque dossier, à l'instant de l'import.")
@click.option("--format", "form", type=click.Choice(["json", "texte"]), default="json", show_default=True)
def import_files(files: tuple[Path, ...], call: str, owner: str, submit: bool, form: str) -> int:
    """Importe des dossiers ; affiche le numéro et l'état de chacun. Les pièces restent à joindre."""
    if not is_address(owner.strip()):
        raise BadInput(f"--owner : « {owner} » n'est pas une adresse de courriel complète, comme nom@exemple.fr.")
    status = 0
    with installation() as place:
        definition = _definition(place, call)
        for file in files:
            try:
                document = read_dossier(file, definition.questionnaire)
                dossier = _import(place, document, call=call, owner=owner, submit=submit)
            except BadInput as error:
                status = BAD_INPUT
                _complain(str(error))
            except RuleViolation as violation:
                status = status or REFUSED
                _complain(f"{file} : {messages.refusal(_worded(violation))}")
            else:
                _tell(file, dossier, call, imports.piece_names(definition, document), form)
    return status


@group.command("export", cls=Command, example="ptce-aap dossier export K7Q2-MX4D > dossier.json")
@click.argument("number", metavar="NUMÉRO")
@click.option("--format", "form", type=click.Choice(["json"]), default="json", hidden=True)
def export(number: str, form: str) -> None:
    """Affiche un dossier en JSON, retrouvé par son numéro, ou par sa référence si c'est un brouillon."""
    with installation() as place, place.database.reading() as session:
        try:
            text, names = imports.export_dossier(session, number)
        except RuleViolation:
            raise BadInput(f"Aucun dossier n'a le numéro ou la référence « {number} ».") from None
    click.echo(text)
    if names:
        _complain(f"{number} : pièces à joindre, citées par leur nom : {', '.join(names)}.")


def _definition(place: Installation, name: str) -> CallDefinition:
    with place.database.reading() as session:
        try:
            return calls.definition_of(session, imports.call_named(session, name))
        except RuleViolation:
            known = ", ".join(sorted(call.slug for call in calls.all_calls(session))) or "aucun"
            raise BadInput(
                f"L'appel « {name} » n'est pas ouvert ici (appels ouverts : {known}) ; "
                f"l'ouvrir d'abord avec « ptce-aap call open {name} »."
            ) from None


def _import(place: Installation, document: Document, *, call: str, owner: str, submit: bool) -> Dossier:
    return place.database.transaction(
        imports.import_dossier,
        owner.strip(),
        call,
        document,
        submit=submit,
        base_url=place.settings.base_url,
        now=clock.now(),
    )


def _tell(file: Path, dossier: Dossier, call: str, names: tuple[str, ...], form: str) -> None:
    """Say what became of a file; a draft, which has no number yet, is named by its reference."""
    number = dossier.number or dossier.reference
    if form == "json":
        told = {"file": str(file), "call": call, "number": number, "reference": dossier.reference}
        click.echo(canonical_json({**told, "state": dossier.state}))
    else:
        click.echo(f"{file} : dossier {number}, {_STATES.get(dossier.state, dossier.state)}")
    if names:
        _complain(f"{file} : pièces à joindre, citées par leur nom : {', '.join(names)}.")
    if dossier.filed_at is not None and dossier.stated_submitted_at is not None:
        _complain(f"{file} : déposé à l'instant de l'import ; l'instant du fichier est rendu par « dossier export ».")


def _worded(violation: RuleViolation) -> RuleViolation:
    missing = violation.facts.get("missing")
    if not isinstance(missing, tuple):
        return violation
    return RuleViolation(violation.code, missing=", ".join(missing))


def _complain(sentence: str) -> None:
    sys.stdout.flush()
    click.echo(sentence, err=True)
