"""``ptce-aap call open`` and ``call list``: the calls of this installation."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from ptce_aap import clock, definitions
from ptce_aap.cli import messages
from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.french import Command
from ptce_aap.domain.calendar import phase
from ptce_aap.domain.exchange import canonical_json, read_instant
from ptce_aap.domain.refusals import Unreadable

if TYPE_CHECKING:
    from ptce_aap.models import Call

messages.register(
    calendar_missing="Le calendrier manque : donner --opens et --closes.",
    calendar_backwards="La clôture doit venir après l'ouverture : corriger --opens ou --closes.",
)
_FORM = click.option("--format", "form", type=click.Choice(["texte", "json"]), default="texte", show_default=True)


@click.command(
    "open",
    cls=Command,
    example="ptce-aap call open ptce-2015 --opens 2026-01-05T09:00+01:00 --closes 2026-04-01T00:00+02:00",
)
@click.argument("name", metavar="NOM")
@click.option("--opens", metavar="INSTANT", help="Ouverture des dépôts, avec sa zone ; sinon, celle des fichiers.")
@click.option(
    "--closes", metavar="INSTANT", help="Premier instant trop tard, avec sa zone ; sinon, celui des fichiers."
)
@_FORM
def open_call(name: str, opens: str | None, closes: str | None, form: str) -> None:
    """Ouvre un appel d'après ses fichiers ; affiche son identifiant et son calendrier."""
    # Imported here: the commands that need no database start without it.
    from ptce_aap.cli.installation import installation
    from ptce_aap.services.calls import calls

    opens_at, closes_at = _instant("--opens", opens), _instant("--closes", closes)
    with installation() as place:
        folder = place.settings.definitions
        known = definitions.call_names(folder)
        if name not in known:
            raise BadInput(f"L'appel « {name} » n'a pas de fichiers ; appels connus : {', '.join(known) or 'aucun'}.")
        definition = definitions.load_proven_call(name, folder)
        call = place.database.transaction(
            calls.open_call, calls.SYSTEM, definition, now=clock.now(), opens_at=opens_at, closes_at=closes_at
        )
        click.echo(canonical_json(_plain(call)) if form == "json" else _text(call))
        if call.closes_at <= clock.now():
            click.echo("La clôture de cet appel est déjà passée : plus aucun dossier ne peut y être déposé.", err=True)


@click.command("list", cls=Command, example="ptce-aap call list")
@_FORM
def list_calls(form: str) -> None:
    """Liste les appels ouverts ici, avec leur calendrier."""
    from ptce_aap.cli.installation import installation
    from ptce_aap.services.calls import calls

    with installation() as place, place.database.reading() as session:
        found = calls.all_calls(session)
    if form == "json":
        click.echo(canonical_json([_plain(call) for call in found]))
    elif found:
        click.echo("\n\n".join(_text(call) for call in found))
    else:
        click.echo("Aucun appel n'est ouvert ; en ouvrir un : ptce-aap call open NOM", err=True)


def _instant(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return read_instant(text)
    except Unreadable as reason:
        raise BadInput(f"{option} : {reason.sentence}") from None


def _plain(call: Call) -> dict[str, object]:
    from ptce_aap.documents.canonical import instant
    from ptce_aap.services.calls import calls

    acts = {
        "marking_opened_at": call.marking_opened_at,
        "marking_closed_at": call.marking_closed_at,
        "frozen_at": call.frozen_at,
        "published_at": call.published_at,
    }
    return {
        "call": call.slug,
        "name": call.name,
        "title": call.title,
        "opens_at": instant(call.opens_at),
        "closes_at": instant(call.closes_at),
        "phase": phase(calls.calendar_of(call), clock.now()).value,
        **{act: None if at is None else instant(at) for act, at in acts.items()},
    }


def _text(call: Call) -> str:
    from ptce_aap.documents.french import long_instant, offset
    from ptce_aap.services.calls import calls

    opening, closing = (f"{long_instant(at)} ({offset(at)})" for at in (call.opens_at, calls.last_moment(call)))
    return f"{call.slug}\n  {call.title}\n  Ouverture : {opening}\n  Dernière minute : {closing}"
