"""``python -m tests.bench.simulation``: calls whose true order is known, ranked from three readings a dossier.

What the corrected ranking is worth: how close its order is to the truth, beside that of the raw means, and how often
its 90 % intervals hold the true rank.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from ptce_aap.cli.numerics import one_thread
from ptce_aap.domain.corrected.values import Mode, Reading, Settings

SEVERITIES = (0.0, 0.5, 0.8)  # sd of readers' generosity
LEAST_SPEARMAN = dict(zip(SEVERITIES, (0.84, 0.83, 0.83), strict=True))
COVERED = (0.88, 0.93)
_DOSSIERS, _READERS, _READINGS = 100, 20, 3
_MERIT, _NOISE = 0.8, 0.8
_LOW, _HIGH = 1.0, 6.0
_REPETITIONS = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """Means over the repetitions: rank correlations with the truth, and share of true ranks within the intervals."""

    severity: float
    corrected: float
    raw: float
    coverage: float


def play(severity: float, repetitions: int, *, mode: Mode = Mode.DEFAULT, seed: int = 1) -> Outcome:
    """Return what the ranking is worth when readers differ by this standard deviation."""
    import numpy as np
    from scipy.stats import spearmanr

    from ptce_aap.domain.corrected.fitting import correct

    generator = np.random.default_rng([seed, round(100 * severity)])
    corrected, raw, covered = [], [], []
    for _ in range(repetitions):
        merits = generator.normal(0.0, _MERIT, _DOSSIERS)
        generosity = generator.normal(0.0, severity, _READERS)
        readings = []
        for dossier, readers in enumerate(_shared_out(generator)):
            for reader in readers:
                mark = (_LOW + _HIGH) / 2 + merits[dossier] + generosity[reader] + generator.normal(0.0, _NOISE)
                readings.append(Reading(f"{dossier:03}", f"{reader:02}", float(min(_HIGH, max(_LOW, mark)))))
        found = correct(readings, Settings(_LOW, _HIGH, mode=mode, draws=4_000)).result()
        truth = {f"{place:03}": rank + 1 for rank, place in enumerate(np.argsort(-merits))}
        placed = sorted(found.dossiers, key=lambda line: line.dossier)
        true_ranks = [truth[line.dossier] for line in placed]
        corrected.append(spearmanr(true_ranks, [line.expected_rank for line in placed]).statistic)
        raw.append(spearmanr(true_ranks, [line.raw_rank for line in placed]).statistic)
        covered.append(np.mean([line.rank_q05 <= truth[line.dossier] <= line.rank_q95 for line in placed]))
    return Outcome(severity, float(np.mean(corrected)), float(np.mean(raw)), float(np.mean(covered)))


def _shared_out(generator: object) -> list[list[int]]:
    """Return the readers of each dossier, drawn; every reader has as many dossiers as any other."""
    import numpy as np

    assert isinstance(generator, np.random.Generator)
    while True:
        deck = generator.permutation(np.repeat(np.arange(_READERS), _DOSSIERS * _READINGS // _READERS))
        hands = [list(map(int, hand)) for hand in deck.reshape(_DOSSIERS, _READINGS)]
        for _ in range(1_000):
            doubled = [place for place, hand in enumerate(hands) if len(set(hand)) < _READINGS]
            if not doubled:
                return hands
            _swap(hands, doubled[0], int(generator.integers(_DOSSIERS)))


def _swap(hands: list[list[int]], one: int, other: int) -> None:
    """Exchange a reader whom a dossier has twice with the first reader of another."""
    twice = next(place for place, reader in enumerate(hands[one]) if reader in hands[one][:place])
    hands[one][twice], hands[other][0] = hands[other][0], hands[one][twice]


def report(repetitions: int = _REPETITIONS) -> str:
    """Return the table of the simulation; a star marks a figure out of what is expected."""
    lines = [
        f"| Écart-type de la sévérité ({repetitions} appels simulés) | Corrélation avec l'ordre vrai, corrigé"
        " | la même, moyenne brute | attendu | Rangs vrais dans l'intervalle à 90 % | attendu |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for severity in SEVERITIES:
        found = play(severity, repetitions)
        low = "" if found.corrected >= LEAST_SPEARMAN[severity] else " *"
        out = "" if COVERED[0] <= found.coverage <= COVERED[1] else " *"
        lines.append(
            f"| {severity} | {found.corrected:.3f}{low} | {found.raw:.3f} | ≥ {LEAST_SPEARMAN[severity]}"
            f" | {100 * found.coverage:.1f} %{out} | 88 à 93 % |"
        )
    return "\n".join(lines)


def main() -> None:
    """Read the options, simulate, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.simulation", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=_REPETITIONS, help="simulated calls of each kind")
    asked = parser.parse_args()
    one_thread()
    sys.stdout.write(report(asked.repetitions) + "\n")


if __name__ == "__main__":
    main()
