"""``ptce-aap select``: which dossiers an envelope funds under quotas, from a file, without a database."""

from __future__ import annotations

from pathlib import Path

import click

from ptce_aap.cli import messages
from ptce_aap.cli.files import read_json
from ptce_aap.cli.french import Command
from ptce_aap.cli.numerics import one_thread, quiet_solver
from ptce_aap.cli.selection_table import as_table
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.exchange import canonical_json
from ptce_aap.domain.portfolio.outcome import Selection
from ptce_aap.domain.portfolio.problem import Problem
from ptce_aap.domain.portfolio.reading import read_problem

IMPOSSIBLE = 1
messages.register(
    selection_unsolved="Le calcul n'a rendu ni réponse exacte ni preuve qu'il n'y en a pas ; rien n'est proposé. "
    "Lui laisser plus de temps avec « --seconds », ou compter dans une unité plus grande, puis recommencer."
)


@click.command("select", cls=Command, example="ptce-aap select appel.json --format table")
@click.argument("file", metavar="FICHIER", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "table"]),
    default="json",
    show_default=True,
    help="Un document JSON, ou un tableau à lire.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Répété dans le résultat. Rien n'est tiré au sort ici : les rangs départagent tout.",
)
@click.option(
    "--seconds",
    type=click.IntRange(1, 86_400),
    default=300,
    show_default=True,
    help="Temps de calcul au plus ; au-delà, la meilleure sélection connue est rendue, dite non prouvée.",
)
def command(file: Path, form: str, seed: int, seconds: int) -> int:
    """Choisit les dossiers que l'enveloppe finance, dans l'ordre du jury et sous contraintes.

    FICHIER est un objet JSON : « budget », « dossiers » (id, cost, score, rank, region, theme), « constraints » et
    « objective » (order, score ou score_cost). L'état de sortie est 1 si aucune sélection n'est possible.
    """
    problem = read_json(file, read_problem)
    one_thread()
    # Imported here: numpy and scipy take a third of a second, which the other commands do not spend.
    from ptce_aap.domain.portfolio.program import Unsolved
    from ptce_aap.domain.portfolio.solving import select

    try:
        with quiet_solver():
            selection = select(problem, seconds=seconds)
    except Unsolved:
        raise RuleViolation("selection_unsolved") from None
    click.echo(_as_json(selection, problem, seed) if form == "json" else as_table(selection, problem))
    return 0 if selection.feasible else IMPOSSIBLE


def _as_json(selection: Selection, problem: Problem, seed: int) -> str:
    return canonical_json(selection.as_json(problem, seed=seed))
