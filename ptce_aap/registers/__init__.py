"""Look-ups in a public register of legal persons: none unless its address is set; a silence never blocks anything."""

from ptce_aap.registers.port import NoRegister, Register, RegisterSilent, UnknownNumber
from ptce_aap.registers.search_api import SearchApi

__all__ = ["NoRegister", "Register", "RegisterSilent", "SearchApi", "UnknownNumber", "open_register"]


def open_register(url: str | None) -> Register:
    """Return the register at this address; without one, the register that connects to nothing."""
    return SearchApi(url) if url else NoRegister()
