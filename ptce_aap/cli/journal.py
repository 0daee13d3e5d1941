"""``ptce-aap journal …``: the chain of the journal verified, the key that signs its heads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.files import read_json
from ptce_aap.cli.french import Command, Group
from ptce_aap.config import Settings, load_settings
from ptce_aap.domain.journal_chain import Break, Fault

if TYPE_CHECKING:
    from ptce_aap.services.journal.journal_verification import ChainReport, Report

_FAULTS = {
    Fault.MALFORMED: "ligne {sequence} : elle n'est pas de la forme que le journal écrit",
    Fault.CHAIN: "ligne {sequence} : elle vient d'une autre chaîne",
    Fault.SEQUENCE: "ligne {sequence} : elle manque, ou n'est pas à sa place",
    Fault.PREVIOUS: "ligne {sequence} : elle ne suit pas la ligne {after}",
    Fault.DIGEST: "ligne {sequence} : son contenu a été changé",
    Fault.HEAD: "lignes {next} à {sequence} : elles ont été réécrites, l'empreinte gardée en dit d'autres",
    Fault.CUT: "ligne {sequence} : le journal s'arrête avant, alors qu'une empreinte gardée la connaît",
    Fault.CLOCK: "ligne {sequence} : datée bien avant une ligne qui la précède, l'horloge a reculé",
}


@click.group("journal", cls=Group, example="ptce-aap journal verify")
def group() -> None:
    """Vérifie le journal, et montre la clé qui en signe les empreintes."""


@group.command("verify", cls=Command, example="ptce-aap journal verify --head journal-2026-11-23.json")
@click.option(
    "--head",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Une empreinte gardée au-dehors : le fichier joint au courriel d'un témoin. Plusieurs fois au besoin.",
)
def verify(files: tuple[Path, ...]) -> int:
    """Vérifie chaque chaîne du journal, ligne par ligne ; termine par 1 si une ligne ne tient pas."""
    # Imported here: the commands that need no database start without it.
    from ptce_aap.cli.installation import installation
    from ptce_aap.models import Call
    from ptce_aap.services.journal import journal, journal_verification

    outside = [head for path in files for head in _heads_of(path)]
    with installation() as place, place.database.reading() as session:
        try:
            report = journal_verification.verify(session, outside=outside)
        except journal_verification.BadHead as error:
            raise BadInput(f"--head : l'empreinte n° {error.number} n'est pas signée, ou a été changée.") from error
        names = {journal.chain_of(call.id): call.slug for call in session.query(Call)}
    for chain in report.chains:
        for line in _told(chain, names.get(chain.chain, "")):
            click.echo(line)
    click.echo(_of_heads(report, len(outside)))
    for number in report.strangers:
        click.echo(f"L'empreinte n° {number} n'est signée d'aucune des clés d'ici : demander d'où elle vient.")
    return 0 if report.whole else 1


@group.command("key", cls=Command, example="ptce-aap journal key --create")
@click.option("--create", is_flag=True, help="Tire la clé si elle n'existe pas ; une clé n'est jamais remplacée.")
def key(create: bool) -> int:
    """Montre la clé publique des empreintes quotidiennes ; la clé privée n'est jamais affichée."""
    from ptce_aap.services.journal import daily_heads, journal_key

    settings = load_settings()
    if create and settings.journal_key is None:
        made = journal_key.create(settings)
        click.echo(_creation(settings, made=made), err=True)
    found = journal_key.signing_key(settings)
    if found is None:
        click.echo(
            "Aucune clé : les empreintes quotidiennes du journal ne sont pas signées. "
            "La tirer avec « ptce-aap journal key --create », ou donner PTCE_JOURNAL_KEY (openssl rand -hex 32).",
            err=True,
        )
        return 1
    public = journal_key.public_hex(found)
    click.echo(public)
    click.echo(daily_heads.public_pem(public), nl=False)
    return 0


def _creation(settings: Settings, *, made: bool) -> str:
    from ptce_aap.services.journal import journal_key

    path = journal_key.key_file(settings)
    if not made:
        return f"La clé existe déjà : {path}."
    return f"Clé écrite dans {path}. En garder une copie hors de cette machine : rien d'autre ne la contient."


def _heads_of(path: Path) -> list[dict[str, Any]]:
    """Return the heads of a file: one, as it was sent to a witness, or a list of them."""
    content = read_json(path, json.loads)
    heads = content if isinstance(content, list) else [content]
    if not all(isinstance(head, dict) and "chains" in head for head in heads):
        raise BadInput(
            f"--head : {path} n'est pas une empreinte entière ; prendre le fichier joint au courriel d'un témoin."
        )
    return heads


def _told(report: ChainReport, slug: str) -> list[str]:
    name = f"{report.chain} ({slug})" if slug else report.chain
    lines = "ligne" if report.lines < 2 else "lignes"
    if report.fault is None:
        told = [f"{name} : {report.lines} {lines}, la chaîne tient."]
    else:
        told = [f"{name} : LA CHAÎNE NE TIENT PAS. Première {_words(report.fault)}."]
    if report.clock:
        count = len(report.clock)
        told.append(f"{name} : {_words(report.clock[0])} ({count} fois).")
    return told


def _words(found: Break) -> str:
    return _FAULTS[found.fault].format(sequence=found.sequence, after=found.after, next=found.after + 1)


def _of_heads(report: Report, outside: int) -> str:
    if report.bad_head is not None:
        return f"Empreintes quotidiennes : celle du n° {report.bad_head} NE TIENT PAS, ou n'est pas celle du dehors."
    told = f"Empreintes quotidiennes : {report.heads}, elles se suivent et sont signées."
    return f"{told} Comparées à {outside} gardée(s) au-dehors." if outside else told
