"""The room of the call team, of the chair and of the auditor: one module a family of pages."""

from ptce_aap.web.management import (
    calls,
    dashboard,
    deliberation,
    discussion,
    exports,
    extension,
    joint_acts,
    journal,
    letters,
    people,
    ranking,
    ranking_charts,
    ranking_room,
    room_dossiers,
    scenarios,
    shortlist,
    simulation,
)
from ptce_aap.web.management.room import bp

__all__ = [
    "bp",
    "calls",
    "dashboard",
    "deliberation",
    "discussion",
    "exports",
    "extension",
    "joint_acts",
    "journal",
    "letters",
    "people",
    "ranking",
    "ranking_charts",
    "ranking_room",
    "room_dossiers",
    "scenarios",
    "shortlist",
    "simulation",
]
