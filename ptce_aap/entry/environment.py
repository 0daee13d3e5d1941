"""Settings as the command line asks for them, and the environment that hands them to child processes."""

from __future__ import annotations

import os

from ptce_aap.config import Settings, instance_folder, load_settings

# The demonstration has a database, a queue and messages of its own, whatever this machine is set to use.
_NOT_IN_DEMONSTRATION = (
    "PTCE_CLAMAV_URL",
    "PTCE_DATABASE_URL",
    "PTCE_JOURNAL_KEY",
    "PTCE_JOURNAL_WITNESSES",
    "PTCE_METRICS",
    "PTCE_PROCONNECT_CLIENT_ID",
    "PTCE_PROCONNECT_CLIENT_SECRET",
    "PTCE_PROCONNECT_ISSUER",
    "PTCE_REDIS_URL",
    "PTCE_SMTP_URL",
    "PTCE_STORAGE_URL",
    "PTCE_TSA_URL",
)


def settings_asked(*, demo: bool, host: str | None = None, port: int | None = None) -> Settings:
    """Return the settings in force once the options of a command line are taken into account."""
    given = dict(os.environ)
    if host is not None:
        given["PTCE_HOST"] = host
    if port is not None:
        given["PTCE_PORT"] = str(port)
    if not demo:
        return load_settings(given)
    instance = instance_folder(given) / "demo"
    return load_settings(_for_demonstration(given), instance=instance, demo=True)


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment from which a child process reads these same settings with ``settings_given``."""
    environment = dict(os.environ)
    return {
        **(_for_demonstration(environment) if settings.demo else environment),
        "PTCE_INSTANCE": str(settings.instance),
        "PTCE_DEFINITIONS": str(settings.definitions),
        "PTCE_HOST": settings.host,
        "PTCE_PORT": str(settings.port),
        "PTCE_BASE_URL": settings.base_url,
    }


def settings_given(*, demo: bool) -> Settings:
    """Return the settings of this process, as its parent or its operator gave them."""
    return load_settings(demo=demo)


def _for_demonstration(environment: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in environment.items() if key not in _NOT_IN_DEMONSTRATION}
