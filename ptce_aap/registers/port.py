"""What the application asks of a register, whoever holds it."""

from __future__ import annotations

from typing import Protocol

from ptce_aap.domain.registers import Facts


class RegisterSilent(Exception):
    """The register did not answer in time, or not in a form that can be read."""


class UnknownNumber(Exception):
    """The register answered that it does not know the number."""


class Register(Protocol):
    """A register of legal persons."""

    @property
    def available(self) -> bool:
        """Tell whether there is a register to ask."""
        ...

    def look_up(self, siren: str) -> Facts:
        """Return what the register tells of a SIREN. Errors: ``RegisterSilent``, ``UnknownNumber``."""
        ...


class NoRegister:
    """The register of an installation that makes no outgoing connection: the default."""

    available = False

    def look_up(self, siren: str) -> Facts:
        """Refuse: nothing is asked of anybody."""
        raise RegisterSilent("no register is set")
