"""Signing in by ProConnect, the State's OpenID Connect service: nothing is asked of it unless its address is set."""

from ptce_aap.proconnect.provider import Identity, Provider, Refused, Trip, open_provider

__all__ = ["Identity", "Provider", "Refused", "Trip", "open_provider"]
