"""The lines of data that say, endpoint by endpoint, which act a route is and on what (``routes/*.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ptce_aap.domain.permissions import Deed, Permission, Scope

FOLDER = Path(__file__).parent / "routes"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one endpoint is, for the oracle and for whoever walks there.

    ``get`` and ``post`` name acts of the table (``get`` holds for HEAD); several where any of them opens the page.
    """

    endpoint: str
    get: tuple[Deed, ...] = ()
    post: tuple[Deed, ...] = ()
    object: str = ""  # what ``<reference>`` names, in ``World.named``
    holder: str = ""  # the only person to whom the object is given
    room: Permission | None = None  # where the page asks for another room than its act
    scope: Scope | None = None  # where the page touches something else than its act
    fill: Mapping[str, str] = field(default_factory=dict)  # the other parts of the address
    query: str = ""
    form: Mapping[str, str] = field(default_factory=dict)  # what is posted
    writes: bool = False  # posted where the act is open, this form writes
    page: bool = False  # where the act is not open, the page is shown all the same, without what it would tell
    eligible: bool = False  # the page is about dossiers that were found eligible
    everywhere: bool = False  # only a role given on every call opens it
    each_region: bool = False  # a correspondent of another region does it too, for his own
    absent: bool = False  # nothing of that kind lies in the world of the test
    dead: bool = False  # the link has served: the page says so
    reads: str = ""  # what a secret link shows

    def deeds(self, method: str) -> tuple[Deed, ...]:
        """Return the acts of a method."""
        return self.post if method == "POST" else self.get


@cache
def entries() -> dict[str, Entry]:
    """Return the line of each endpoint. Errors: ValueError where a line is not understood, or stands twice."""
    found: dict[str, Entry] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for endpoint, told in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if endpoint in found:
                raise ValueError(f"{path.name}: {endpoint} stands twice")
            try:
                found[endpoint] = _entry(endpoint, told)
            except (TypeError, ValueError) as error:
                raise ValueError(f"{path.name}: {endpoint}: {error}") from error
    return found


def _entry(endpoint: str, told: dict[str, Any]) -> Entry:
    for method in ("get", "post"):
        if method in told:
            acts = told[method]
            told[method] = tuple(map(Deed, [acts] if isinstance(acts, str) else acts))
    if "room" in told:
        told["room"] = Permission(told["room"])
    if "scope" in told:
        told["scope"] = Scope(told["scope"])
    return Entry(endpoint, **told)
