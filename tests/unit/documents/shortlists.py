"""A small frozen shortlist, fictional, with every case that the documents must show."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from ptce_aap.documents.shortlist import Outcome, Shortlist, ShortlistEntry


def entry(place: int, outcome: Outcome = Outcome.NOT_SELECTED, **changes: Any) -> ShortlistEntry:
    """Return the dossier at one place of the list."""
    total = Fraction(9000 - 25 * place, 100)
    values: dict[str, Any] = {
        "rank": place,
        "number": f"FIC-{place:04d}",
        "title": f"Pôle fictif numéro {place}",
        "carrier": "Association fictive du Val",
        "region": "Alsace",
        "stage": "En construction",
        "requested_cents": 30_000_000,
        "amount_cents": 20_000_050 if outcome in (Outcome.SELECTED, Outcome.RESERVE) else None,
        "cumulated_cents": 20_000_050 * place if outcome in (Outcome.SELECTED, Outcome.RESERVE) else None,
        "total": total,
        "total_shown": f"{float(total):.2f}".replace(".", ","),
        "readings": 3,
        "axis_means": (("Exemplarité", "3,50"), ("Essaimage", "2,83")),
        "outcome": outcome,
    }
    return ShortlistEntry(**(values | changes))


def shortlist(*entries: ShortlistEntry, **changes: Any) -> Shortlist:
    """Return a list of these dossiers, or one with each part."""
    values: dict[str, Any] = {
        "call_title": "Appel fictif des pôles",
        "call_name": "fictif",
        "organiser": "Secrétariat fictif",
        "frozen_at": datetime(2015, 11, 12, 16, 4, tzinfo=UTC),
        "envelope_cents": 50_000_000,
        "selected_cents": 40_000_100,
        "seed": 42,
        "rule": "Total sur 100, moyenne des lectures complètes.",
        "entries": entries
        or (
            entry(1, Outcome.SELECTED),
            entry(2, Outcome.SELECTED, tie=True, reason="Montant réduit."),
            entry(3, Outcome.RESERVE),
            entry(4),
            entry(5, Outcome.UNRANKED, rank=None, total=None, total_shown="", axis_means=(), readings=1),
        ),
        "digest": "cd" * 32,
        "signatures": ("La présidence du jury", "Le secrétariat"),
    }
    return Shortlist(**(values | changes))
