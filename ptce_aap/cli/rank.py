"""``ptce-aap rank``: the corrected ranking of a spreadsheet of marks, without a database."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from pathlib import Path

import click

from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.french import Command
from ptce_aap.cli.numerics import one_thread
from ptce_aap.cli.rank_table import as_table
from ptce_aap.cli.scores import Scale, read_number, read_scores
from ptce_aap.domain.corrected.storing import document
from ptce_aap.domain.corrected.values import Corrected, Mode, Settings
from ptce_aap.domain.exchange import canonical_json

_MOST_DRAWS = 1_000_000
_LARGEST_SEED = 2**32 - 1


@click.command(
    "rank",
    cls=Command,
    example="ptce-aap rank notes.csv --scale 0,5 --top 20 --format table\n"
    "(notes.csv ou notes.xlsx : colonnes dossier, reader, score ; et criterion si la grille en a plusieurs)",
)
@click.argument("file", metavar="NOTES", type=click.Path(path_type=Path))
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.DEFAULT.value,
    show_default=True,
    help="« snsf » : les réglages de la méthode publiée, pour comparer.",
)
@click.option("--scale", metavar="MIN,MAX", help="Échelle des notes ; sans elle, de la plus petite à la plus grande.")
@click.option("--lower-is-better", is_flag=True, help="La meilleure note est la plus petite.")
@click.option("--top", metavar="K", type=click.IntRange(min=1), help="Dossiers au-dessus de la ligne.")
@click.option("--weights", metavar="CRITÈRE=POIDS,…", help="Poids des critères ; égaux sans cette option.")
@click.option(
    "--draws",
    type=click.IntRange(1, _MOST_DRAWS),
    default=20_000,
    show_default=True,
    help="Tirages pour les intervalles de rangs.",
)
@click.option(
    "--seed", type=click.IntRange(0, _LARGEST_SEED), default=1, show_default=True, help="Graine de ces tirages."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "table"]),
    default="json",
    show_default=True,
    help="Un document JSON, ou un tableau à lire.",
)
def command(
    file: Path,
    mode: str,
    scale: str | None,
    lower_is_better: bool,
    top: int | None,
    weights: str | None,
    draws: int,
    seed: int,
    form: str,
) -> None:
    """Classe des dossiers en retirant la sévérité des lecteurs, et dit combien chaque rang est sûr.

    Une aide à la décision, jamais un classement de plus : à lire à côté du classement annoncé. Le fichier est un
    tableur (CSV en UTF-8, ou XLSX), une ligne par note.
    """
    bounds = None if scale is None else read_scale(scale)
    scores = read_scores(file, scale=bounds, weights=None if weights is None else read_weights(weights))
    n = len({reading.dossier for reading in scores.readings})
    if top is not None and top > n:
        raise BadInput(f"--top : {top} dossiers au-dessus de la ligne, alors que le fichier n'en classe que {n}.")
    settings = Settings(
        low=scores.low,
        high=scores.high,
        mode=Mode(mode),
        lower_is_better=lower_is_better,
        top=top,
        draws=draws,
        seed=seed,
    )
    one_thread()
    from ptce_aap.domain.corrected.fitting import correct

    corrected: Corrected = correct(scores.readings, settings, scores.warnings).result()
    click.echo(canonical_json(document(corrected)) if form == "json" else as_table(corrected))


def read_scale(text: str) -> Scale:
    """Return the two ends of ``MIN,MAX``. Errors: ``BadInput``."""
    parts = [read_number(part.strip()) for part in text.split(",")]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        raise BadInput(f"--scale : « {text} » ne se lit pas ; écrire deux nombres, par exemple --scale 0,5.")
    low, high = parts[0], parts[1]
    if not low < high:
        raise BadInput(f"--scale : « {text} » : la première borne doit être la plus petite.")
    return low, high


def read_weights(text: str) -> dict[str, Fraction]:
    """Return the weights of ``criterion=weight,…``. Errors: ``BadInput``."""
    weights: dict[str, Fraction] = {}
    for part in text.split(","):
        written, equals, value = part.rpartition("=")
        name, weight = unicodedata.normalize("NFC", written).strip(), read_number(value.strip())
        if not equals or not name or weight is None or weight < 0:
            raise BadInput(f"--weights : « {part.strip()} » ne se lit pas ; écrire critère=poids, par exemple a=2,b=1.")
        if name in weights:
            raise BadInput(f"--weights : le critère « {name} » y est deux fois.")
        weights[name] = weight
    return weights
