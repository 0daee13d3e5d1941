"""How accessible the service is said to be: what a human audit found, as ``docs/rgaa.toml`` tells it."""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ptce_aap.config import BadSettings
from ptce_aap.resources import shipped


@dataclass(frozen=True, slots=True)
class Audit:
    """What a human audit counted."""

    date: datetime.date
    by: str
    applicable: int
    met: int


@dataclass(frozen=True, slots=True)
class Declaration:
    """The reference that the service is judged by, and its last audit, if there was one."""

    reference: str
    audit: Audit | None

    @property
    def level(self) -> str:
        """The level in the law's words (decree 2019-768): without a human audit, none is reached."""
        if self.audit is None or 2 * self.audit.met < self.audit.applicable:
            return "non conforme"
        return "totalement conforme" if self.audit.met == self.audit.applicable else "partiellement conforme"


def read_declaration(path: Path | None = None) -> Declaration:
    """Return what the file says. Errors: ``BadSettings``."""
    path = path or shipped("docs") / "rgaa.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        audit = content.get("audit")
        return Declaration(content["referentiel"], None if audit is None else _audit(audit))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise BadSettings(f"{path} : la déclaration d'accessibilité est illisible ({error}).") from error


def _audit(told: dict[str, object]) -> Audit:
    date, by = told["date"], told["par"]
    applicable, met = told["criteres_applicables"], told["criteres_conformes"]
    if not isinstance(date, datetime.date) or not isinstance(by, str):
        raise ValueError("audit : « date » est une date, « par » un texte")
    if not isinstance(applicable, int) or not isinstance(met, int) or not 0 <= met <= applicable or not applicable:
        raise ValueError("audit : les critères conformes sont un nombre, au plus celui des critères applicables")
    return Audit(date, by, applicable, met)
