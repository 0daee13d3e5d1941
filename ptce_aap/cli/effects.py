"""``ptce-aap effects``: what acts have left to do, and since when."""

from __future__ import annotations

from datetime import timedelta

import click

from ptce_aap import clock
from ptce_aap.cli.french import Command
from ptce_aap.domain.exchange import canonical_json

LATE = timedelta(minutes=10)


@click.command("effects", cls=Command, example="ptce-aap effects")
@click.option("--format", "form", type=click.Choice(["json"]), default="json", hidden=True)
def command(form: str) -> int:
    """Dit ce qui reste à faire après les actes (courriels, accusés, calculs) ; termine par 1 au-delà de dix minutes."""
    # Imported here: the commands that need no database start without it.
    from ptce_aap.cli.installation import installation
    from ptce_aap.services.running import effects

    with installation() as place, place.database.reading() as session:
        owed = effects.owed(session, now=clock.now())
    click.echo(
        canonical_json(
            [
                {
                    "kind": one.kind,
                    "waiting": one.waiting,
                    "in_hand": one.in_hand,
                    "failing": one.failing,
                    "oldest_seconds": int(one.oldest.total_seconds()),
                }
                for one in owed
            ]
        )
    )
    return 1 if any(one.oldest > LATE for one in owed) else 0
