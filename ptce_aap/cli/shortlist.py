"""``ptce-aap shortlist``: the frozen ranked shortlist, as the page exports it."""

from __future__ import annotations

import click

from ptce_aap.cli import messages
from ptce_aap.cli.files import write_output
from ptce_aap.cli.french import Command

messages.register(
    not_frozen="La liste de cet appel n'est pas encore figée : la figer depuis la page « Pilotage », puis recommencer."
)


@click.command("shortlist", cls=Command, example="ptce-aap shortlist ptce-2015 --format pdf -o liste.pdf")
@click.argument("call", metavar="APPEL")
@click.option(
    "--format", "form", type=click.Choice(["pdf", "xlsx", "csv", "json"]), required=True, help="Format du fichier."
)
@click.option(
    "-o", "--output", metavar="FICHIER", default="-", show_default=True, help="Fichier à écrire ; « - » : la sortie."
)
def command(call: str, form: str, output: str) -> None:
    """Écrit la liste classée et figée d'un appel."""
    # Imported here: the commands that need no database start without it.
    from ptce_aap.cli.installation import call_named, installation
    from ptce_aap.services.selection import exports, shortlists

    with installation() as place, place.database.reading() as session:
        printable = shortlists.printable(session, call_named(session, call))
    data = exports.SHORTLIST_FORMATS[form].render(printable)
    write_output(data, output)
