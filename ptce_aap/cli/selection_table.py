"""A selection as a table for people, with the money already granted drawn as a bar."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from ptce_aap.cli.files import on_one_line
from ptce_aap.domain.portfolio.outcome import Chosen, Selection, level_of, value_of
from ptce_aap.domain.portfolio.problem import Kind, Objective, Problem

_OBJECTIVES = {
    Objective.ORDER: "l'ordre du jury, coupé à l'enveloppe",
    Objective.SCORE: "la plus grande somme des notes",
    Objective.SCORE_COST: "la plus grande somme note × montant",
}
_WHAT_IF = (
    "Simulation : une somme de notes finance beaucoup de petits dossiers moins bien classés et laisse de côté des "
    "premiers."
)
_BAR = 20


def as_table(selection: Selection, problem: Problem) -> str:
    """Return the lines to print: the result in one sentence, the dossiers, then what explains them."""
    return "\n".join(on_one_line(line) for line in _lines(selection, problem))


def _lines(selection: Selection, problem: Problem) -> Iterator[str]:
    yield f"Objectif : {_OBJECTIVES[selection.objective]}."
    if not selection.feasible:
        yield "Aucune sélection n'est possible. Ces contraintes ne peuvent pas tenir ensemble :"
        yield from (f"  {limit.name} ({limit.bound})" for limit in selection.blocking)
        yield "Relâcher l'une d'elles suffit à lever ce blocage-là."
        return
    budget = next(limit.bound for limit in problem.limits if limit.kind is Kind.BUDGET)
    spent = selection.spent
    counted = f"{len(selection.selected)} dossiers sur {len(problem.candidates)}"
    yield f"{counted}, {_figure(spent)} accordés sur {_figure(budget)}, reste {_figure(budget - spent)}."
    if selection.objective is not Objective.ORDER:
        yield f"Valeur : {_figure(value_of(selection, problem))}. {_WHAT_IF}"
    if not selection.proven:
        yield "Attention : la preuve que rien n'est meilleur n'a pas abouti."
    yield ""
    yield from _table(selection, problem, budget)
    yield from _reasons(selection)


def _table(selection: Selection, problem: Problem, budget: int) -> Iterator[str]:
    wide = min(max([len("dossier"), *(len(one.candidate.id) for one in selection.selected)]), _widest())
    money = max(len("accordé"), len(_figure(budget)))
    yield f"{'rang':>6}  {'dossier':<{wide}}  {'accordé':>{money}}  {'cumul':>{money}}  part de l'enveloppe"
    running = 0
    for one in selection.selected:
        running += one.granted
        name = one.candidate.id if len(one.candidate.id) <= wide else one.candidate.id[: wide - 1] + "…"
        figures = f"{_figure(one.granted):>{money}}  {_figure(running):>{money}}"
        mark = " + entré" if one.candidate in selection.departures.in_ else ""
        yield (
            f"{one.candidate.rank:>6}  {name:<{wide}}  {figures}  {_bar(running, budget)}{_level(one, problem)}{mark}"
        )


def _reasons(selection: Selection) -> Iterator[str]:
    if selection.passed_over:
        yield ""
        yield "Passés en descendant la liste :"
        for passed in selection.passed_over:
            yield f"  {passed.candidate.rank} {passed.candidate.id} : {passed.because.name} ({passed.because.bound})"
    if selection.departures.because:
        yield ""
        named = ", ".join(f"{limit.name} ({limit.bound})" for limit in selection.departures.because)
        yield f"Écarts à l'ordre du jury, pour atteindre : {named}"
        yield from (f"  - sorti {candidate.rank} {candidate.id}" for candidate in selection.departures.out)
        yield from (f"  + entré {candidate.rank} {candidate.id}" for candidate in selection.departures.in_)


def _level(one: Chosen, problem: Problem) -> str:
    if one.level is None:
        return ""
    share = level_of(problem, one.level).share_of_cost
    return f" niveau {one.level} ({_percent(share.numerator, share.denominator)})"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.4g} %".replace(".", ",")


def _bar(part: int, whole: int) -> str:
    filled = _BAR * part // whole if whole else 0
    return f"{'█' * filled}{'·' * (_BAR - filled)} {_percent(part, whole) if whole else '–'}"


def _figure(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")


def _widest() -> int:
    return max(12, shutil.get_terminal_size((100, 24)).columns - 70)
