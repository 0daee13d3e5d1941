"""What is always true of sheets, rankings and shortlists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from ptce_aap.domain.bundles.computed import exact
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.models import Call, Conflict, Dossier, Mark, Ranking, RankingEntry, Sheet, Shortlist
from ptce_aap.services.calls import calls
from ptce_aap.services.ranking import deliberation
from ptce_aap.services.selection import shortlists


def final_sheets_are_complete(session: Session) -> Iterator[str]:
    """A final sheet has a mark on the scale for every criterion of its grid, and for no other."""
    for call in calls.all_calls(session):
        grid = calls.definition_of(session, call).grid
        criteria, allowed = {criterion.key for criterion in grid.criteria}, set(grid.allowed_marks())
        given: dict[str, dict[str, int | None]] = {}
        query = (
            select(Sheet.reference, Mark.criterion, Mark.half_points)
            .outerjoin(Mark, Mark.sheet_id == Sheet.id)
            .where(Sheet.call_id == call.id, Sheet.state == "final")
            .order_by(Sheet.reference)
        )
        for reference, criterion, half_points in session.execute(query):
            marks = given.setdefault(reference, {})
            if criterion is not None:
                marks[criterion] = half_points
        for reference, marks in given.items():
            if set(marks) != criteria or not set(marks.values()) <= allowed:
                yield reference


def sheets_are_of_one_call(session: Session) -> Iterable[str]:
    """A sheet carries the call of its dossier, and was made with the grid that the call was opened with."""
    mismatched = select(Sheet.reference).join(Dossier).where(Sheet.call_id != Dossier.call_id)
    broken = set(session.scalars(mismatched))
    for call in calls.all_calls(session):
        digest = deliberation.grid_digest(call, calls.definition_of(session, call))
        query = select(Sheet.reference).where(Sheet.call_id == call.id, Sheet.grid_digest != digest)
        broken.update(session.scalars(query))
    return sorted(broken)


def nobody_ends_a_sheet_in_conflict(session: Session) -> Iterable[str]:
    """No sheet was made final by a person who had declared a conflict with its dossier."""
    declared = exists().where(
        Conflict.dossier_id == Sheet.dossier_id,
        Conflict.person_id == Sheet.person_id,
        Conflict.declared_at < Sheet.final_at,
    )
    return session.scalars(select(Sheet.reference).where(declared).order_by(Sheet.reference))


def ranks_follow_totals(session: Session) -> Iterator[str]:
    """In each ranking positions run from 1, totals never rise, equal ranks are one total, the next ones are skipped."""
    for call, ranking in _rankings(session):
        query = (
            select(RankingEntry.position, RankingEntry.rank, RankingEntry.total)
            .where(RankingEntry.ranking_id == ranking.id)
            .order_by(RankingEntry.position)
        )
        if not _consistent([(row.position, row.rank, row.total) for row in session.execute(query)]):
            yield f"{call.slug}#{ranking.sequence}"


def last_ranking_can_be_recomputed(session: Session) -> Iterator[str]:
    """The sheets of its instant give the ranking in force again, digest included."""
    in_force = {ranking.call_id: (call, ranking) for call, ranking in _rankings(session)}
    for call, ranking in in_force.values():
        try:
            same = _recomputed_alike(session, call, ranking)
        except RuleViolation:  # a mark that no grid can total
            same = False
        if not same:
            yield f"{call.slug}#{ranking.sequence}"


def shortlists_match_their_digest(session: Session) -> Iterator[str]:
    """A frozen shortlist is the content whose SHA-256 was written down."""
    for slug, shortlist in _shortlists(session):
        if not shortlists.digest_holds(shortlist):
            yield slug


def shortlists_fit_their_envelope(session: Session) -> Iterator[str]:
    """The amounts of the selected dossiers add up to what the list says, within the envelope."""
    for slug, shortlist in _shortlists(session):
        content = shortlist.content
        selected = sum(one["amount_cents"] or 0 for one in content["entries"] if one["outcome"] == "selected")
        if selected != content["selected_cents"] or selected > content["envelope_cents"]:
            yield slug


def frozen_calls_have_their_shortlist(session: Session) -> Iterable[str]:
    """A call is frozen exactly when its shortlist is there."""
    held = exists().where(Shortlist.call_id == Call.id)
    return session.scalars(select(Call.slug).where(Call.frozen_at.is_not(None) != held).order_by(Call.slug))


def marks_are_counted(session: Session) -> Iterable[str]:
    """The count of marks of a sheet is that of its marks."""
    counted = select(func.count()).where(Mark.sheet_id == Sheet.id, Mark.half_points.is_not(None)).scalar_subquery()
    return session.scalars(select(Sheet.reference).where(Sheet.marks_count != counted).order_by(Sheet.reference))


CHECKS: dict[str, Callable[[Session], Iterable[str]]] = {
    "call.frozen_has_its_shortlist": frozen_calls_have_their_shortlist,
    "ranking.can_be_recomputed": last_ranking_can_be_recomputed,
    "ranking.ranks_follow_totals": ranks_follow_totals,
    "sheet.final_is_complete": final_sheets_are_complete,
    "sheet.is_of_one_call_and_grid": sheets_are_of_one_call,
    "sheet.marks_are_counted": marks_are_counted,
    "sheet.not_ended_in_conflict": nobody_ends_a_sheet_in_conflict,
    "shortlist.fits_the_envelope": shortlists_fit_their_envelope,
    "shortlist.matches_its_digest": shortlists_match_their_digest,
}


def _rankings(session: Session) -> list[tuple[Call, Ranking]]:
    query = select(Call, Ranking).join(Ranking, Ranking.call_id == Call.id).order_by(Call.id, Ranking.sequence)
    return [(row[0], row[1]) for row in session.execute(query)]


def _recomputed_alike(session: Session, call: Call, ranking: Ranking) -> bool:
    definition = calls.definition_of(session, call)
    inputs = deliberation.inputs_of(session, call, until=ranking.computed_at)
    stored = session.execute(
        select(Dossier.reference, RankingEntry.rank, RankingEntry.total)
        .join(Dossier, Dossier.id == RankingEntry.dossier_id)
        .where(RankingEntry.ranking_id == ranking.id)
        .order_by(RankingEntry.position)
    )
    again = [
        (line.reference, line.rank, None if line.total is None else exact(line.total))
        for line in deliberation.ranked(definition, inputs, seed=ranking.seed)
    ]
    digest = inputs.digest(grid_digest=ranking.grid_digest, seed=ranking.seed)
    return digest == ranking.inputs_digest and again == [tuple(row) for row in stored]


def _shortlists(session: Session) -> list[tuple[str, Shortlist]]:
    query = select(Call.slug, Shortlist).join(Shortlist, Shortlist.call_id == Call.id).order_by(Call.slug)
    return [(row[0], row[1]) for row in session.execute(query)]


def _consistent(lines: list[tuple[int, int | None, str | None]]) -> bool:
    ranked = [(rank, Fraction(total)) for _, rank, total in lines if rank is not None and total is not None]
    if [position for position, _, _ in lines] != list(range(1, len(lines) + 1)):
        return False
    if [rank for _, rank, _ in lines[: len(ranked)]] != [rank for rank, _ in ranked]:
        return False  # somebody without rank stands among the ranked ones, or is ranked without a total
    for place, (rank, total) in enumerate(ranked):
        if place == 0:
            if rank != 1:
                return False
            continue
        rank_before, total_before = ranked[place - 1]
        if total > total_before or rank not in {place + 1, rank_before}:
            return False
        if rank == rank_before and total != total_before:
            return False
    return True
