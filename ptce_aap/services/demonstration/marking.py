"""A fictional jury at work: conflicts, readers, and sheets of marks as severe or generous as their jurors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ptce_aap.domain import sheets
from ptce_aap.domain.dossier import State
from ptce_aap.domain.permissions import Actor, Role
from ptce_aap.domain.scoring import TOP_LEVEL, Criterion, Grid, explanations_due
from ptce_aap.domain.sheets import Entry
from ptce_aap.models import Assignment, Conflict, ConflictStatement, Mark, Sheet
from ptce_aap.services.demonstration.chance import reference as named
from ptce_aap.services.demonstration.deposits import Told
from ptce_aap.services.demonstration.instructing import Desk
from ptce_aap.services.demonstration.spreading import Need, spread
from ptce_aap.services.jury import marking
from ptce_aap.services.ranking import deliberation

_CONFLICTS = 6
_OTHER_CRITERION = "autre_critere"
_LOW, _HIGH = 0.9, 4.8  # what a dossier of quality 0, and of quality 1, is worth on the scale of levels
_SEVERITY, _IMPRESSION = 0.35, 0.55  # standard deviations, in levels


Pairs = Sequence[tuple[Told, Actor]]
"""Who reads what."""


def appoint(session: Session, desk: Desk, told: Sequence[Told], count: int) -> Pairs:
    """Let the jury declare its conflicts, then give every eligible dossier to ``count`` jurors without any."""
    eligible = [one for one in told if one.dossier.state == State.ELIGIBLE]
    excluded = _conflicts(session, desk, eligible)
    _statements(session, desk, len(eligible), excluded)
    return _assignments(session, desk, eligible, excluded, count)


def _conflicts(session: Session, desk: Desk, eligible: Sequence[Told]) -> dict[str, set[str]]:
    """Declare a few conflicts; return the references of the jurors in conflict, by dossier."""
    excluded: dict[str, set[str]] = {}
    rows = []
    for number, one in enumerate(desk.rng.sample(eligible, min(_CONFLICTS, len(eligible)))):
        juror = desk.cast.jurors[number * 5 % len(desk.cast.jurors)]
        at = desk.shelf.times.instruction(0.8, 0.86, desk.rng)
        reason = desk.recipes["jury"]["conflits"][number % len(desk.recipes["jury"]["conflits"])]
        rows.append(
            {
                "dossier_id": one.dossier.id,
                "person_id": juror.person_id,
                "call_id": desk.shelf.call.id,
                "reason": reason,
                "declared_at": at,
            }
        )
        excluded.setdefault(one.dossier.reference, set()).add(juror.reference)
        desk.ledger.note(juror, Role.JUROR, "conflict.declared", one.on, at, {"late": False})
    _insert(session, Conflict, rows)
    return excluded


def _statements(session: Session, desk: Desk, listed: int, excluded: Mapping[str, set[str]]) -> None:
    rows = []
    for member, role in [*((juror, Role.JUROR) for juror in desk.cast.jurors), (desk.cast.chair, Role.CHAIR)]:
        at = desk.shelf.times.instruction(0.87, 0.92, desk.rng)
        rows.append({"call_id": desk.shelf.call.id, "person_id": member.person_id, "at": at})
        declared = sum(member.reference in jurors for jurors in excluded.values())
        on = ("call", desk.shelf.call.slug)
        desk.ledger.note(member, role, "conflict.statement", on, at, {"listed": listed, "declared": declared})
    _insert(session, ConflictStatement, rows)


def _assignments(
    session: Session, desk: Desk, eligible: Sequence[Told], excluded: Mapping[str, set[str]], readings: int
) -> Pairs:
    jurors = {juror.reference: juror for juror in desk.cast.jurors}
    by_reference = {one.dossier.reference: one for one in eligible}
    needs = [Need(ref, readings, frozenset(excluded.get(ref, ()))) for ref in by_reference]
    pairs = [(by_reference[ref], jurors[juror]) for ref, juror in spread(needs, dict.fromkeys(jurors, 0))]
    at = desk.shelf.times.instruction(0.95, 0.95, desk.rng)
    rows = []
    for one, juror in pairs:
        rows.append(
            {
                "dossier_id": one.dossier.id,
                "person_id": juror.person_id,
                "call_id": desk.shelf.call.id,
                "assigned_by_id": desk.cast.team.person_id,
                "assigned_at": at,
            }
        )
        desk.ledger.note(desk.cast.team, Role.TEAM, "assignment.given", one.on, at, {"juror": juror.reference})
    _insert(session, Assignment, rows)
    return pairs


_Worth = Mapping[str, float]
"""What a dossier is worth on each axis, from 0 to 5, before anybody's severity."""


def mark(session: Session, desk: Desk, pairs: Pairs) -> None:
    """Hand in every sheet, each juror with his own severity."""
    grid = desk.shelf.definition.grid
    digest = deliberation.grid_digest(desk.shelf.call, desk.shelf.definition)
    severity = {juror.reference: desk.rng.gauss(0, _SEVERITY) for juror in desk.cast.jurors}
    worth: dict[str, _Worth] = {}
    written: dict[str, dict[str, Entry]] = {}
    rows = []
    for one, juror in pairs:
        value = worth.setdefault(one.dossier.reference, _worth(grid, one, desk.rng))
        # Two careful readers differ: what a reading owes to its day touches every criterion of the sheet alike.
        impression = desk.rng.gauss(0, _IMPRESSION)
        entries = _entries(desk, grid, one, value, severity[juror.reference] + impression)
        at = desk.shelf.times.marking(0.08, 0.97, desk.rng)
        reference = named("sheet", one.dossier.reference, juror.reference)
        written[reference] = entries
        rows.append(
            {
                "reference": reference,
                "call_id": desk.shelf.call.id,
                "dossier_id": one.dossier.id,
                "person_id": juror.person_id,
                "grid_digest": digest,
                "state": sheets.SheetState.FINAL.value,
                "marks_count": len(entries),
                "saved_at": at,
                "final_at": at,
                "version": 2,
            }
        )
        facts = marking.final_facts(reference, one.dossier.reference, entries, grid_digest=digest)
        desk.ledger.note(juror, Role.JUROR, "sheet.final", ("sheet", reference), at, facts)
    _insert(session, Sheet, rows)
    _write_marks(session, desk, written)


def _write_marks(session: Session, desk: Desk, written: Mapping[str, Mapping[str, Entry]]) -> None:
    known = select(Sheet.reference, Sheet.id).where(Sheet.call_id == desk.shelf.call.id)
    identifiers = {row.reference: row.id for row in session.execute(known)}
    _insert(
        session,
        Mark,
        [
            {
                "sheet_id": identifiers[reference],
                "criterion": key,
                "half_points": entry.half_points,
                "comment": entry.comment,
            }
            for reference, entries in written.items()
            for key, entry in entries.items()
        ],
    )


def _worth(grid: Grid, one: Told, rng: Random) -> _Worth:
    """Mix how good the dossier is with what its indicators say, and keep near the ceilings of its demands."""
    guides = sheets.guides(one.evaluation)
    found = {}
    for axis in grid.axes:
        level, ceiling = guides.get(axis.key, (None, None))
        worth = _LOW + (_HIGH - _LOW) * one.fiction.quality + rng.gauss(0, 0.5)
        if level is not None:
            worth = 0.68 * worth + 0.32 * level
        if ceiling is not None:
            worth = min(worth, ceiling + 1.2)
        found[axis.key] = worth
    return found


def _entries(desk: Desk, grid: Grid, one: Told, worth: _Worth, shift: float) -> dict[str, Entry]:
    guides = sheets.guides(one.evaluation)
    entries = {}
    for axis in grid.axes:
        level, ceiling = guides.get(axis.key, (None, None))
        for criterion in axis.criteria:
            marked = worth[axis.key] + shift + desk.rng.gauss(0, 0.45)
            given = _on_scale(grid, marked)
            due = explanations_due(grid, given, indicative_level=level, ceiling=ceiling)
            above = level is None or given * TOP_LEVEL / grid.maximum > level
            comment = _comment(desk, one, criterion, given * TOP_LEVEL / grid.maximum, due=bool(due), above=above)
            entries[criterion.key] = Entry(given, comment)
    return entries


def _on_scale(grid: Grid, level: float) -> int:
    """Return the mark of the grid nearest to a level from 0 to 5, in half points."""
    steps = round(level / TOP_LEVEL * grid.maximum / grid.step)
    return min(grid.maximum, max(0, steps * grid.step))


def _comment(desk: Desk, one: Told, criterion: Criterion, level: float, *, due: bool, above: bool) -> str:
    """Return what the juror writes: always where the grid asks for a sentence, often elsewhere."""
    words = "faible" if level < 2 else "convenable" if level < 3.75 else "fort"
    comments = desk.recipes["commentaires"]
    found = comments.get(criterion.key, comments[_OTHER_CRITERION])[words]
    grammar, said = one.fiction.draws.grammar, []
    contrary = due and words == ("faible" if above else "fort")
    if not contrary and (due or desk.rng.random() < 0.55):
        said.append(grammar.text(desk.rng.choice(found)))
    if due:
        said.append(grammar.text(desk.rng.choice(desk.recipes["explications"]["au_dessus" if above else "au_dessous"])))
    return " ".join(said)


def _insert(session: Session, model: type[Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(model), rows)
