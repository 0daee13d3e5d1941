"""What is asked of the addresses in the settings: which kinds are understood, which outside services are spoken to."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

# What ProConnect says (acr or amr) of somebody who gave two factors.
STRONG = (
    "mfa",
    "eidas2",
    "eidas3",
    "https://proconnect.gouv.fr/assurance/self-asserted-2fa",
    "https://proconnect.gouv.fr/assurance/consistency-checked-2fa",
)
# What each address may begin with; whoever wrote another is shown the list.
_SCHEMES = {
    "PTCE_DATABASE_URL": ("sqlite:///", "postgresql://", "postgresql+psycopg://"),
    "PTCE_REDIS_URL": ("redis://", "rediss://", "unix://"),
    "PTCE_STORAGE_URL": ("file:///", "s3://", "memory:///"),
    "PTCE_SMTP_URL": ("smtp://", "smtps://"),
    "PTCE_CLAMAV_URL": ("unix:///", "tcp://"),
    "PTCE_REGISTER_URL": ("https://", "http://"),
    "PTCE_TSA_URL": ("https://", "http://"),
}


class BadSettings(Exception):
    """A setting is missing, unknown or unsafe; the message says which, where and how to mend it."""


def check_addresses(values: Mapping[str, str]) -> None:
    """Refuse an address of a kind that nothing here can speak to; its text, which may hold a password, is not shown."""
    for key, schemes in _SCHEMES.items():
        given = values.get(key)
        if given and not given.startswith(schemes):
            raise BadSettings(
                f"{key} : cette adresse n'est pas comprise ; elle doit commencer par {', '.join(schemes)}."
            )


def register(values: Mapping[str, str]) -> str | None:
    """Return the address of the public register, None where none is asked. Errors: ``BadSettings``."""
    given = values.get("PTCE_REGISTER_URL")
    if not given:
        return None
    parts = urlsplit(given)
    try:
        known = bool(parts.hostname) and parts.port != 0 and not (parts.username or parts.query or parts.fragment)
    except ValueError:
        known = False
    if not known:
        raise BadSettings("PTCE_REGISTER_URL : écrire une adresse http(s) sans identifiants ni paramètres.")
    return given


def proconnect(values: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of ProConnect, empty where nobody enters by it. Errors: ``BadSettings``."""
    names = ("PTCE_PROCONNECT_ISSUER", "PTCE_PROCONNECT_CLIENT_ID", "PTCE_PROCONNECT_CLIENT_SECRET")
    issuer, client_id, client_secret = (values.get(name, "") for name in names)
    if not issuer and not client_id and not client_secret:
        return {}
    if missing := [name for name in names if not values.get(name)]:
        raise BadSettings(f"{', '.join(missing)} : à indiquer aussi pour ProConnect, ou n'en indiquer aucun.")
    parts = urlsplit(issuer)
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise BadSettings("PTCE_PROCONNECT_ISSUER : écrire l'adresse complète du service, sans paramètres.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise BadSettings("PTCE_PROCONNECT_ISSUER : l'adresse doit commencer par https://.")
    strong = tuple(values.get("PTCE_PROCONNECT_STRONG", "").replace(",", " ").split())
    return {
        "proconnect_issuer": issuer,
        "proconnect_client_id": client_id,
        "proconnect_client_secret": client_secret,
        "proconnect_strong": strong or STRONG,
    }


def proxies(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return who may say where a request comes from. Errors: ``BadSettings``."""
    given = values.get("PTCE_PROXIES", "").replace(",", " ").split()
    for one in given:
        try:
            if one != "unix":
                ipaddress.ip_network(one)
        except ValueError as error:
            raise BadSettings(
                f"PTCE_PROXIES : « {one} » n'est ni une adresse, ni un réseau (10.0.0.0/8), ni « unix »."
            ) from error
    return tuple(given)


def proxies_date(values: Mapping[str, str]) -> bool:
    """Tell whether the proxies say since when they have had a request. Errors: ``BadSettings``."""
    given = values.get("PTCE_PROXIES_DATE", "non")
    if given not in {"oui", "non"}:
        raise BadSettings(f"PTCE_PROXIES_DATE : « {given} » est inconnu ; choisir oui ou non.")
    if given == "oui" and not values.get("PTCE_PROXIES", "").strip():
        raise BadSettings("PTCE_PROXIES_DATE : donner aussi dans PTCE_PROXIES l'adresse du serveur mandataire.")
    return given == "oui"


def metrics(values: Mapping[str, str]) -> tuple[str, int] | None:
    """Return where measures are read, None where nothing is measured. Errors: ``BadSettings`` for a public address."""
    given = values.get("PTCE_METRICS")
    if not given:
        return None
    host, _, port = given.rpartition(":")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
        known = port.isascii() and port.isdigit() and 0 < int(port) < 65_536
    except ValueError:
        known = False
    if not known:
        raise BadSettings("PTCE_METRICS : écrire une adresse et un port, par exemple 127.0.0.1:9464.")
    if address.is_unspecified or not address.is_private:
        raise BadSettings(
            f"PTCE_METRICS : « {address} » n'est pas une adresse interne ; les mesures ne sont jamais publiques."
        )
    return str(address), int(port)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
