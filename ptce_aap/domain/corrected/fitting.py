"""The corrected ranking computed: readings in, expected ranks and all that is said of them out.

Source: Heyard, Ott, Salanti, Egger (2022), "Rethinking the Funding Line at the Swiss National Science Foundation";
their package ERforResearch 4.0.0 samples what is here integrated. See ``docs/ranking.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ptce_aap.domain.corrected import chances as tables
from ptce_aap.domain.corrected.design import BadReadings, Design, Floats, design, in_order
from ptce_aap.domain.corrected.draws import rank_counts
from ptce_aap.domain.corrected.gaussian import Conditionals, conditionals, merits
from ptce_aap.domain.corrected.graph import components
from ptce_aap.domain.corrected.placing import place, raw_figures
from ptce_aap.domain.corrected.priors import Priors
from ptce_aap.domain.corrected.quadrature import Nodes, Posterior, posterior
from ptce_aap.domain.corrected.ranks import Chances, chances
from ptce_aap.domain.corrected.values import (
    FEWEST_DOSSIERS,
    Component,
    Corrected,
    Mode,
    Model,
    ReaderFit,
    Reading,
    Settings,
)

__all__ = ["SETTLED", "BadReadings", "Fit", "correct", "correct_with"]

SETTLED = 0.005  # no expected rank moves by more when the quadrature is refined
_APART = "comparaison entre groupes fondée sur l'hypothèse de groupes équivalents"


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted set of readings: the points of the quadrature, and what they give. Everything else starts from it."""

    settings: Settings
    readings: tuple[Reading, ...]  # by dossier, then reader: as the arrays of ``design``
    design: Design
    components: tuple[Component, ...]
    warnings: tuple[str, ...]
    nodes: Nodes
    given: Conditionals
    chances: Chances

    @property
    def model(self) -> Model:
        """Return the posterior means of the standard deviations, in marks."""
        tau, residual, readers = map(float, np.average(self.given.triples, axis=0, weights=self.nodes.weights))
        if self.settings.mode is Mode.SNSF:
            readers = float(self.given.triples[0, 2])  # fixed
        usual = len(self.design.sizes) / float(np.sum(1.0 / self.design.sizes))
        noise = residual**2 / usual
        return Model(tau, residual, readers, tau**2 / (tau**2 + noise))

    def result(self) -> Corrected:
        """Return the ranking, its intervals and groups (this is where draws are made)."""
        settings, ids = self.settings, self.design.dossiers
        counts = rank_counts(self.design, self.given, self.nodes.weights, draws=settings.draws, seed=settings.seed)
        means, deviations = self.merits()
        adjusted = self.design.sign * (means + self.level() + self.design.centre)
        placed, line = place(
            ids, self.chances.expected_ranks, counts, settings.top, raw_figures(self.design), (adjusted, deviations)
        )
        return Corrected(
            settings=settings,
            n_dossiers=len(ids),
            n_readers=len(self.design.readers),
            n_scores=len(self.design.marks),
            components=self.components,
            warnings=self.warnings,
            model=self.model,
            line=line,
            dossiers=placed,
            readers=self.readers(),
            nodes=len(self.nodes.weights),
        )

    def level(self) -> float:
        """Return the posterior mean of the general level, less the centre of the marks, turned."""
        return float(self.nodes.weights @ self.given.effects[:, -1]) if self.design.flat else 0.0

    def merits(self) -> tuple[Floats, Floats]:
        """Return the posterior means (n,) and standard deviations (n,) of the merits, in marks, turned."""
        n = len(self.design.dossiers)
        mean, square = np.zeros(n), np.zeros(n)
        for point, weight in enumerate(self.nodes.weights):
            means, own, spread = merits(self.design, self.given, point)
            mean += weight * means
            square += weight * (means**2 + own + np.einsum("ij,ij->i", spread, spread))
        return mean, np.sqrt(np.maximum(square - mean**2, 0.0))

    def readers(self) -> tuple[ReaderFit, ...]:
        """Return each reader's generosity, by id; none for one with fewer than three dossiers."""
        count = len(self.design.readers)
        effects = self.given.effects[:, :count]
        spread = np.einsum("kij,kij->ki", self.given.roots[:, :count], self.given.roots[:, :count])
        mean = self.nodes.weights @ effects
        deviation = np.sqrt(np.maximum(self.nodes.weights @ (spread + effects**2) - mean**2, 0.0))
        read = np.bincount(self.design.column)
        return tuple(
            ReaderFit(reader, int(n), float(m), float(sd))
            if n >= FEWEST_DOSSIERS
            else ReaderFit(reader, int(n), None, None)
            for reader, n, m, sd in zip(self.design.readers, read, mean, deviation, strict=True)
        )

    def pairs(self) -> tables.Pairs | None:
        """Return the chance that a stands before b for every pair; None beyond 1 500 dossiers."""
        if self.chances.table is None:
            return None
        above = self.chances.table[np.triu_indices(len(self.design.dossiers), 1)]
        stored = np.clip(np.rint(above * tables.UNIT), 0, tables.UNIT).astype("<u2")
        return tables.Pairs(self.design.dossiers, stored.tobytes())

    def compare(self, a: str, b: str) -> float:
        """Return the chance that ``a`` stands before ``b``. Errors: ``KeyError`` for an unknown dossier."""
        from scipy.special import ndtr

        i, j = self.place_of(a), self.place_of(b)
        if i == j:
            return 0.5
        before = 0.0
        for point, weight in enumerate(self.nodes.weights):
            means, own, spread = merits(self.design, self.given, point)
            deviation = np.sqrt(own[i] + own[j] + np.sum((spread[i] - spread[j]) ** 2))
            before += weight * ndtr((means[i] - means[j]) / deviation)
        return float(before)

    def place_of(self, dossier: str) -> int:
        """Return the place of a dossier in the arrays. Errors: ``KeyError``."""
        try:
            return self.design.dossiers.index(dossier)
        except ValueError:
            raise KeyError(dossier) from None


def correct(readings: Sequence[Reading], settings: Settings, warnings: Sequence[str] = ()) -> Fit:
    """Return the fit of these readings: the quadrature is refined until no expected rank moves by more than 0.005.

    ``warnings``: sentences to carry into the result. Errors: ``BadReadings``.
    """
    ordered = in_order(readings)
    arrays = design(ordered, settings)
    priors = Priors(settings.mode, settings.width)
    density = posterior(arrays, priors)
    return _assembled(ordered, arrays, settings, warnings, _settled(density, keep_table=_has_table(arrays)))


def correct_with(readings: Sequence[Reading], settings: Settings, model: Model, warnings: Sequence[str] = ()) -> Fit:
    """Return the fit of these readings with the standard deviations of ``model``, which are not integrated over.

    For a ranking at once after one mark, intervals included; they leave out how uncertain the deviations are.
    Errors: ``BadReadings``.
    """
    ordered = in_order(readings)
    arrays = design(ordered, settings)
    point = np.array([[model.tau, model.residual_sd, model.generosity_sd]])
    nodes, given = Nodes(point, np.ones(1)), conditionals(arrays, point)
    found = chances(arrays, given, nodes.weights, keep_table=_has_table(arrays))
    return _assembled(ordered, arrays, settings, warnings, (nodes, given, found))


def _has_table(arrays: Design) -> bool:
    return len(arrays.dossiers) <= tables.LARGEST


def _assembled(
    ordered: tuple[Reading, ...],
    arrays: Design,
    settings: Settings,
    warnings: Sequence[str],
    integrated: tuple[Nodes, Conditionals, Chances],
) -> Fit:
    parts = components(
        (arrays.dossiers[row], arrays.readers[column]) for row, column in zip(arrays.row, arrays.column, strict=True)
    )
    told = (
        *warnings,
        *([f"{len(parts)} groupes de dossiers sans lecteur commun : {_APART}."] if len(parts) > 1 else []),
    )
    return Fit(settings, ordered, arrays, parts, told, *integrated)


def _settled(density: Posterior, *, keep_table: bool) -> tuple[Nodes, Conditionals, Chances]:
    previous: Chances | None = None
    for level in range(density.levels):
        nodes = density.nodes(level)
        given = conditionals(density.design, density.priors.triples(nodes.points))
        found = chances(density.design, given, nodes.weights, keep_table=keep_table)
        if previous is not None and np.max(np.abs(found.expected_ranks - previous.expected_ranks)) <= SETTLED:
            break
        previous = found
    return nodes, given, found
