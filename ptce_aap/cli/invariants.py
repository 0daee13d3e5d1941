"""``ptce-aap invariants``: what is always true of the data, checked."""

from __future__ import annotations

import click

from ptce_aap.cli.french import Command
from ptce_aap.domain.exchange import canonical_json


@click.command("invariants", cls=Command, example="ptce-aap invariants")
@click.option("--format", "form", type=click.Choice(["json"]), default="json", hidden=True)
def command(form: str) -> int:
    """Vérifie ce qui est toujours vrai des données ; termine par 1 si une vérification échoue."""
    # Imported here: the commands that need no database start without it.
    from ptce_aap.cli.installation import installation
    from ptce_aap.services import invariants
    from ptce_aap.storage import open_storage

    with installation() as place, place.database.reading() as session:
        findings = list(invariants.check_all(session, open_storage(place.settings.storage_url)))
    click.echo(
        canonical_json(
            [{"name": one.name, "ok": one.ok, "count": one.count, "examples": list(one.examples)} for one in findings]
        )
    )
    return 0 if all(one.ok for one in findings) else 1
