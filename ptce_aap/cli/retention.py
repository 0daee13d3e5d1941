"""``ptce-aap retention``: erase what has been kept long enough, or only say what would be."""

from __future__ import annotations

import click

from ptce_aap import clock
from ptce_aap.cli import messages
from ptce_aap.cli.french import Command

messages.register(
    erasures_call_unknown="L'appel « {call} » de conservation.toml n'existe pas ici : rien n'a été effacé. Corriger "
    "son nom, ou retirer sa section.",
)


@click.command("retention", cls=Command, example="ptce-aap retention --dry-run")
@click.option("--dry-run", "dry", is_flag=True, help="Compte ce qui serait effacé, sans rien effacer.")
@click.option("--erasures", "listed", is_flag=True, help="Écrit la liste des effacements faits, par références.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="text ou json.")
def command(dry: bool, listed: bool, form: str) -> int:
    """Efface ce dont la durée de conservation est écoulée, et en garde le rapport ; se fait aussi seul chaque jour.

    Les durées sont celles de instance/conservation.toml, à défaut celles que montre la page « Conservation ».
    """
    # Imported here: the commands that need no database start without it.
    from ptce_aap.cli.installation import installation
    from ptce_aap.domain.exchange import canonical_json
    from ptce_aap.services.retention import durations, ledger, rounds

    if listed:
        with installation() as place, place.database.reading() as session:
            for line in ledger.lines(session):
                click.echo(line)
        return 0
    with installation() as place:
        in_force = durations.read(place.settings.instance)
        report = place.database.transaction(rounds.run, in_force, now=clock.now(), dry=dry)
    content = report.content()
    if form == "json":
        click.echo(canonical_json(content))
        return 0
    verb = "à effacer" if dry else "effacés"
    for one in content["classes"]:
        click.echo(f"{one['title']} ({one['duration']}) : {one['erased']} {verb}.")
    for slug in content["suspended_calls"]:
        click.echo(f"Appel « {slug} » suspendu : rien n'en est effacé.")
    click.echo(f"Total : {content['total']} {verb}.")
    if report.reference:
        click.echo(f"Rapport {report.reference}, à relire dans « Conservation ».")
    return 0
