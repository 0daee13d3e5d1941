"""``ptce-aap assign``: who reads what, proven best, from a file, without a database."""

from __future__ import annotations

import time
from pathlib import Path

import click

from ptce_aap.cli import messages
from ptce_aap.cli.assignment_table import as_table
from ptce_aap.cli.files import read_json
from ptce_aap.cli.french import Command
from ptce_aap.cli.numerics import one_thread, quiet_solver
from ptce_aap.domain.assignment.reading import read_instance
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.exchange import canonical_json

IMPOSSIBLE = 1
messages.register(
    assignment_unsolved="Le calcul n'a rendu ni affectation ni preuve qu'il n'y en a pas ; rien n'est proposé. "
    "Lui laisser plus de temps avec « --seconds », ou desserrer les charges, puis recommencer."
)


@click.command("assign", cls=Command, example="ptce-aap assign jury.json --format table")
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "table"]),
    default="json",
    show_default=True,
    help="Un document JSON, ou des tableaux à lire.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Départage les affectations aussi bonnes l'une que l'autre ; répété dans le résultat.",
)
@click.option(
    "--seconds",
    type=click.IntRange(1, 86_400),
    default=300,
    show_default=True,
    help="Temps de calcul au plus ; au-delà, la meilleure affectation connue est rendue, dite non prouvée.",
)
def command(file: Path, form: str, seed: int, seconds: int) -> int:
    """Répartit les dossiers entre les lecteurs d'un jury, au mieux et preuve à l'appui.

    FICHIER est un objet JSON : « dossiers » (id, demand, region), « readers » (id, min, max, region, group),
    « affinity » (un entier par lecteur, une ligne par dossier) et, au besoin, « conflicts », « forced »,
    « region_exclusion », « groups », « objective » (total ou fair). L'état de sortie est 1 si aucune affectation
    n'est possible ; le résultat dit alors ce qui bloque.
    """
    instance = read_json(file, read_instance)
    one_thread()
    began = time.perf_counter()
    # Imported here: numpy and scipy take a third of a second, which the other commands do not spend.
    from ptce_aap.domain.assignment.program import Unsolved
    from ptce_aap.domain.assignment.solving import assign

    try:
        with quiet_solver():
            answer = assign(instance, seed=seed, seconds=seconds)
    except Unsolved:
        raise RuleViolation("assignment_unsolved") from None
    spent = time.perf_counter() - began
    told = answer.as_json(seed=seed, seconds=spent)
    click.echo(canonical_json(told) if form == "json" else as_table(answer, instance, seconds=spent))
    return 0 if answer.feasible else IMPOSSIBLE
