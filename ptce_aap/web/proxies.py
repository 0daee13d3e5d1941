"""Where a request comes from behind a proxy, and since when: only the proxies of the settings are believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ptce_aap import clock
from ptce_aap.web.context import RECEPTION
from ptce_aap.web.reception import HEADER, told_by_proxy

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_PORT")
_FORWARDED_TOO = ("HTTP_X_FORWARDED_PREFIX", "HTTP_X_REAL_IP", "HTTP_FORWARDED")
_RECEPTION = f"HTTP_{HEADER.upper().replace('-', '_')}"


class Proxies:
    """A WSGI application in front of ours: says who asks, and drops what anybody can write in a header.

    The name of the site and its scheme never come from a header: they are those of the settings. ``dates``: our proxies
    write since when they have had a request; one that does not would hand over what a visitor wrote there.
    """

    def __init__(self, application: WSGIApplication, trusted: Sequence[str], *, dates: bool = False) -> None:
        self._application = application
        self._dates = dates
        self._by_socket = SOCKET in trusted
        self._trusted = tuple(ipaddress.ip_network(one) for one in trusted if one != SOCKET)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        told, nearest = str(environ.get("HTTP_X_FORWARDED_FOR", "")), str(environ.get("REMOTE_ADDR") or "")
        environ["REMOTE_ADDR"] = self._origin(nearest, told)
        since = str(environ.pop(_RECEPTION, ""))
        if self._dates and self._is_ours(nearest) and (reached := told_by_proxy(since, clock.now())):
            environ[RECEPTION] = reached
        for name in (*_FORWARDED, *_FORWARDED_TOO):
            environ.pop(name, None)
        return self._application(environ, start_response)

    def _origin(self, nearest: str, told: str) -> str:
        """Go back from the nearest address while it is one of our proxies; stop at the first that is not."""
        farther = [part.strip() for part in told.split(",") if part.strip()]
        origin = nearest
        while farther and self._is_ours(origin):
            if not _is_address(farther[-1]):
                break
            origin = farther.pop()
        return origin

    def _is_ours(self, address: str) -> bool:
        # A server on a Unix socket gives no address, or the socket's own name.
        if not _is_address(address):
            return self._by_socket
        found = read_address(address)
        return any(found in network for network in self._trusted)


def read_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Read an address; one of IPv4 that a socket of both families writes as one of IPv6 is that of IPv4.

    Else all of them would be of one network of IPv6, and keep each other out. Errors: ``ValueError``.
    """
    address = ipaddress.ip_address(text)
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


SOCKET = "unix"
"""In the settings: whoever speaks through the server's Unix socket is our proxy."""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
