"""A register that speaks as the State's company search does (``GET {base}/search?q=SIREN``).

Shape read: ``results[].siren, nom_complet, nature_juridique, etat_administratif, date_creation, complements.
identifiant_association, siege.{siret, commune, code_postal, …}``. Only the address that was set is ever called:
redirections are refused.
"""

from __future__ import annotations

import http
import json
import threading
import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ptce_aap import outgoing
from ptce_aap.domain.registers import Fact, Facts
from ptce_aap.registers.port import RegisterSilent, UnknownNumber

DEADLINE = 2.0  # seconds, for the whole exchange
MOST_BYTES = 256 * 1024
# A register that does not answer keeps a few requests waiting, never every thread of the server.
_AT_ONCE = 2
_LONGEST = 300  # characters of a fact
_STREET = ("numero_voie", "indice_repetition", "type_voie", "libelle_voie")


class SearchApi:
    """The register at one address."""

    available = True

    def __init__(self, base: str, *, deadline: float = DEADLINE) -> None:
        self._base = base.rstrip("/")
        self._deadline = deadline
        self._room = threading.BoundedSemaphore(_AT_ONCE)

    def look_up(self, siren: str) -> Facts:
        """Return what the register tells of a SIREN. Errors: ``RegisterSilent``, ``UnknownNumber``."""
        if not self._room.acquire(blocking=False):
            raise RegisterSilent("too many look-ups at once")
        try:
            return facts_of(self._ask(siren), siren)
        finally:
            self._room.release()

    def _ask(self, siren: str) -> bytes:
        query = urlencode({"q": siren, "page": 1, "per_page": 1})
        try:
            answer = outgoing.exchange(
                f"{self._base}/search?{query}",
                deadline=self._deadline,
                most_bytes=MOST_BYTES,
                headers={"Accept": "application/json"},
            )
        except outgoing.Silent as silence:
            raise RegisterSilent(str(silence)) from silence
        if answer.status != http.HTTPStatus.OK:
            raise RegisterSilent(f"status {answer.status}")
        return answer.body


def facts_of(body: bytes, siren: str) -> Facts:
    """Return the facts of an answer about this very number. Errors: ``RegisterSilent``, ``UnknownNumber``."""
    try:
        found = json.loads(body)["results"]
        about = next((item for item in found if item["siren"] == siren), None)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RegisterSilent("the answer cannot be read") from error
    if about is None:
        raise UnknownNumber()
    seat, more = (_table(about.get(key)) for key in ("siege", "complements"))
    told = {
        Fact.NAME: about.get("nom_complet"),
        Fact.LEGAL_FORM: about.get("nature_juridique"),
        Fact.SEAT: seat.get("siret"),
        Fact.STREET: " ".join(text for key in _STREET if (text := _text(seat.get(key)))),
        Fact.POSTCODE: seat.get("code_postal"),
        Fact.COMMUNE: seat.get("commune"),
        Fact.ASSOCIATION: more.get("identifiant_association"),
        Fact.STATE: about.get("etat_administratif"),
        Fact.CREATED: about.get("date_creation"),
    }
    return {fact: text for fact, value in told.items() if (text := _text(value))}


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    """Return a text of one line, without control characters; nothing where the value is no text, or too long a one."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return ""
    printable = "".join(" " if unicodedata.category(sign).startswith("C") else sign for sign in value)
    return " ".join(printable.split())
