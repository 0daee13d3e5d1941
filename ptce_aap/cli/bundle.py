"""``ptce-aap bundle``: what of a call can be checked and computed again offline, in one archive."""

from __future__ import annotations

import click

from ptce_aap.cli import messages
from ptce_aap.cli.files import write_output
from ptce_aap.cli.french import Command

messages.register(
    no_ranking="Le classement de cet appel n'est pas encore calculé : clore la notation depuis la page « Pilotage », "
    "puis recommencer."
)


@click.command("bundle", cls=Command, example="ptce-aap bundle ptce-2015 -o ptce-2015.zip")
@click.argument("call", metavar="APPEL")
@click.option("-o", "--output", metavar="FICHIER", required=True, help="Archive à écrire ; « - » : la sortie.")
def command(call: str, output: str) -> None:
    """Écrit l'archive vérifiable d'un appel : règles, notes, décisions, liste et journal, sans nom ni texte.

    Un tiers la vérifie avec « ptce-aap verify », ou avec le petit programme qu'elle contient.
    """
    # Imported here: the commands that need no database start without it.
    from ptce_aap import clock
    from ptce_aap.cli.installation import call_named, installation
    from ptce_aap.services.bundles import making
    from ptce_aap.services.calls.calls import SYSTEM

    with installation() as place:
        with place.database.reading() as session:
            call_id = call_named(session, call).id
        sealed = place.database.transaction(making.seal, SYSTEM, call_id, now=clock.now())
        with place.database.reading() as session:
            data = making.written(session, sealed)
    write_output(data, output)
