"""Numbers that nobody bears: SIREN and SIRET that begin with 000 and carry a right check digit."""

from __future__ import annotations

from stdnum import luhn

from ptce_aap.services.demonstration.grammar import BadRecipe

_FREE = 100_000  # nine digits, three zeros before and the check digit after
_STRIDE = 61_803  # prime with _FREE: every number comes once, in no visible order


class Numbers:
    """A supply of fictional numbers, none given twice until all were."""

    def __init__(self, start: int = 0) -> None:
        self._next = start

    def siren(self) -> str:
        """Return a SIREN not given yet."""
        self._next += 1
        body = f"000{self._next * _STRIDE % _FREE:05d}"
        return body + luhn.calc_check_digit(body)

    def siret(self, siren: str) -> str:
        """Return the SIRET of the head office of a SIREN."""
        body = f"{siren}0001"
        return body + luhn.calc_check_digit(body)

    def of(self, kind: str, siren: str) -> str:
        """Return a number by the word that recipes use for its kind."""
        match kind:
            case "siren":
                return self.siren()
            case "siret":
                return self.siret(siren)
            case "rna":
                return f"W00{int(siren[3:8]):07d}"
        raise BadRecipe(f"numero : « {kind} » est inconnu.")
