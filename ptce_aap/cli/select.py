"""``ptce-aap select``: which dossiers an envelope funds under quotas, from a file, without a database."""

from __future__ import annotations

from pathlib import Path

import click

from ptce_aap.cli import messages
from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.files import on_one_line
from ptce_aap.cli.french import Command
from ptce_aap.cli.numerics import one_thread, quiet_solver
from ptce_aap.cli.selection_table import as_table
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.domain.exchange import canonical_json
from ptce_aap.domain.portfolio.outcome import Selection
from ptce_aap.domain.portfolio.problem import Problem
from ptce_aap.domain.portfolio.reading import read_problem
from ptce_aap.domain.refusals import BadAnswers

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
    problem = _read(file)
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


def _read(file: Path) -> Problem:
    try:
        return read_problem(file.read_bytes())
    except FileNotFoundError:
        raise BadInput(on_one_line(f"{file} : ce fichier n'existe pas.")) from None
    except BadAnswers as error:
        raise BadInput("\n".join(on_one_line(f"{file} : {refusal}") for refusal in error.refusals)) from None
    except (OSError, ValueError):
        raise BadInput(on_one_line(f"{file} : ce fichier ne peut pas être lu (un fichier JSON est attendu).")) from None


def _as_json(selection: Selection, problem: Problem, seed: int) -> str:
    return canonical_json(selection.as_json(problem, seed=seed))
