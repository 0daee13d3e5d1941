"""Time-stamps of an outside authority (RFC 3161): none unless its address is set; a silence never blocks anything."""

from ptce_aap.timestamps.authority import Authority, AuthoritySilent, Stamp, StampRefused

__all__ = ["Authority", "AuthoritySilent", "Stamp", "StampRefused"]
