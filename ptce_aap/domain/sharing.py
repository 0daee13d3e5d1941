"""Who may do what on a dossier: the rights that its owner gives, and how each person comes to it."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """What a person may do on a dossier; each right holds those before it."""

    READ = "read"
    EDIT = "edit"
    FILE = "file"
    OWN = "own"

    def covers(self, asked: Right) -> bool:
        """Tell whether whoever has this right has the other too."""
        order = tuple(Right)
        return order.index(self) >= order.index(asked)


GIVEN_RIGHTS = (Right.READ, Right.EDIT, Right.FILE)
"""The rights that an owner gives; his own he hands over whole."""


class Kind(StrEnum):
    """How a person is tied to a dossier beside its owner."""

    EDITOR = "editor"
    CARRIER = "carrier"  # carries the pole with the owner, and is asked to confirm
    REPRESENTATIVE = "representative"  # confirms by a personal link, without account


class Answer(StrEnum):
    """What somebody who was asked to confirm a dossier answers."""

    CONFIRMED = "confirmed"
    DECLINED = "declined"
