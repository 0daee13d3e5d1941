"""One frozen Settings, read at start from the environment and ``instance/config.toml``; wrong settings fail here."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ptce_aap.addresses_given import (
    STRONG,
    check_addresses,
    is_loopback,
    metrics,
    proconnect,
    proxies,
    proxies_date,
    register,
)
from ptce_aap.addresses_given import BadSettings as BadSettings
from ptce_aap.resources import home

KEYS = (
    "PTCE_BASE_URL",
    "PTCE_CLAMAV_URL",
    "PTCE_DATABASE_URL",
    "PTCE_DEFINITIONS",
    "PTCE_INSTANCE",
    "PTCE_JOURNAL_KEY",
    "PTCE_JOURNAL_WITNESSES",
    "PTCE_METRICS",
    "PTCE_PORT",
    "PTCE_HOST",
    "PTCE_PROCONNECT_CLIENT_ID",
    "PTCE_PROCONNECT_CLIENT_SECRET",
    "PTCE_PROCONNECT_ISSUER",
    "PTCE_PROCONNECT_STRONG",
    "PTCE_PROXIES",
    "PTCE_PROXIES_DATE",
    "PTCE_REDIS_URL",
    "PTCE_REGISTER_URL",
    "PTCE_SECRET_KEY",
    "PTCE_SECRET_KEY_FALLBACKS",
    "PTCE_SMTP_URL",
    "PTCE_SMTP_FROM",
    "PTCE_STORAGE_URL",
    "PTCE_THEME",
    "PTCE_TSA_CA",
    "PTCE_TSA_URL",
)
# Held by the application while it runs on an instance; its text is the address where it answers.
SERVE_LOCK = "serve.lock"
THEMES = ("neutre", "etat")
_SECRET_BYTES = 32
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between two installations."""

    instance: Path
    database_url: str
    redis_url: str | None  # None: the embedded Valkey, on a socket in instance/
    storage_url: str
    secret_key: str = field(repr=False)
    smtp_url: str | None = field(repr=False)  # None: messages are written to instance/outbox/
    smtp_from: str
    base_url: str
    host: str
    port: int
    theme: str
    definitions: Path
    clamav_url: str | None = None  # None: pieces are not scanned, and pages say so
    demo: bool = False
    register_url: str | None = None  # None: no look-up, no outgoing connection
    proconnect_issuer: str | None = None  # None: nobody enters by ProConnect, no outgoing connection
    proconnect_client_id: str = ""
    proconnect_client_secret: str = field(default="", repr=False)
    proconnect_strong: tuple[str, ...] = STRONG
    proxies: tuple[str, ...] = ()  # addresses, networks or "unix": who may say where a request comes from
    proxies_date: bool = False  # they write since when they have had each request
    journal_key: str | None = field(default=None, repr=False)  # None: the key in instance/
    journal_witnesses: tuple[str, ...] = ()  # addresses outside, to which each head of the journal is sent
    tsa_url: str | None = None  # None: heads are not time-stamped, no outgoing connection
    tsa_ca: Path | None = None  # None: the authority's certificate is not checked here
    metrics: tuple[str, int] | None = None  # None: nothing is measured, nothing listens
    former_keys: tuple[str, ...] = field(default=(), repr=False)  # still read what they sealed and signed

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the secret key in force, then those that it replaced."""
        return (self.secret_key, *self.former_keys)

    @property
    def signing_keys(self) -> list[str]:
        """Return the same keys, the one in force last: as signers of links and forms want them."""
        return [*reversed(self.former_keys), self.secret_key]

    @property
    def public(self) -> bool:
        """Tell whether others than this machine can reach the application."""
        return not (is_loopback(self.host) and is_loopback(urlsplit(self.base_url).hostname or ""))


def instance_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of the local state: ``PTCE_INSTANCE``, else ``instance/`` of this installation."""
    return Path(environment.get("PTCE_INSTANCE") or home() / "instance")


def load_settings(
    environment: Mapping[str, str] | None = None, *, instance: Path | None = None, demo: bool = False
) -> Settings:
    """Return the settings in force: the environment first, then ``instance/config.toml``, then the defaults.

    Errors: ``BadSettings`` for an unknown key, a wrong value, or an unsafe public deployment.
    """
    environment = os.environ if environment is None else environment
    folder = (instance or instance_folder(environment)).resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _close_fresh(folder)
    values = {**_read_file(folder / "config.toml"), **{k: v for k, v in environment.items() if k in KEYS}}
    port = _port(values.get("PTCE_PORT", "8000"))
    host = values.get("PTCE_HOST", "127.0.0.1")
    base_url = values.get("PTCE_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
    if urlsplit(base_url).scheme not in {"http", "https"} or not urlsplit(base_url).hostname:
        raise BadSettings(f"PTCE_BASE_URL : « {base_url} » n'est pas une adresse http(s) complète.")
    theme = values.get("PTCE_THEME", "neutre")
    if theme not in THEMES:
        raise BadSettings(f"PTCE_THEME : « {theme} » est inconnu ; choisir {' ou '.join(THEMES)}.")
    check_addresses(values)
    given_secret = values.get("PTCE_SECRET_KEY")
    settings = Settings(
        instance=folder,
        database_url=values.get("PTCE_DATABASE_URL") or f"sqlite:///{folder / 'ptce.sqlite3'}",
        redis_url=values.get("PTCE_REDIS_URL") or None,
        storage_url=values.get("PTCE_STORAGE_URL") or f"file://{folder / 'uploads'}",
        secret_key=given_secret or _own_secret(folder / "secret_key"),
        smtp_url=values.get("PTCE_SMTP_URL") or None,
        smtp_from=values.get("PTCE_SMTP_FROM", "ne-pas-repondre@localhost"),
        base_url=base_url,
        host=host,
        port=port,
        theme=theme,
        definitions=_definitions(values, folder),
        clamav_url=values.get("PTCE_CLAMAV_URL") or None,
        demo=demo,
        register_url=register(values),
        proxies=proxies(values),
        proxies_date=proxies_date(values),
        **proconnect(values),
        journal_key=values.get("PTCE_JOURNAL_KEY") or None,
        journal_witnesses=_witnesses(values),
        tsa_url=values.get("PTCE_TSA_URL") or None,
        tsa_ca=_certificates(values),
        metrics=metrics(values),
        former_keys=tuple(values.get("PTCE_SECRET_KEY_FALLBACKS", "").split()),
    )
    _refuse_unsafe(settings, given_secret)
    return settings


def definitions_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Return the folder of the operator's own ``forms/`` and ``scoring/``, without creating or requiring anything.

    For commands that work without an installation: ``evaluate``, ``call check``, ``form schema``.
    """
    environment = os.environ if environment is None else environment
    folder = instance_folder(environment).resolve()
    values = {**_read_file(folder / "config.toml"), **{k: v for k, v in environment.items() if k in KEYS}}
    return Path(values.get("PTCE_DEFINITIONS") or folder).resolve()


def where_it_answers(settings: Settings) -> str:
    """Return the address of the application that runs on this instance, whose port may not be the usual one.

    Where none runs, the address of the settings.
    """
    try:
        with (settings.instance / SERVE_LOCK).open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return settings.base_url
    except BlockingIOError:
        return (settings.instance / SERVE_LOCK).read_text(encoding="utf-8").strip() or settings.base_url
    return settings.base_url


def _definitions(values: Mapping[str, str], instance: Path) -> Path:
    given = values.get("PTCE_DEFINITIONS")
    if given and not Path(given).is_dir():
        raise BadSettings(f"PTCE_DEFINITIONS : le dossier « {given} » n'existe pas ; le créer, ou corriger son nom.")
    return Path(given or instance).resolve()


def _witnesses(values: Mapping[str, str]) -> tuple[str, ...]:
    given = tuple(values.get("PTCE_JOURNAL_WITNESSES", "").replace(",", " ").split())
    for address in given:
        if not _EMAIL.fullmatch(address):
            raise BadSettings(f"PTCE_JOURNAL_WITNESSES : « {address} » n'est pas une adresse électronique.")
    return given


def _certificates(values: Mapping[str, str]) -> Path | None:
    given = values.get("PTCE_TSA_CA")
    if given and not Path(given).is_file():
        raise BadSettings(f"PTCE_TSA_CA : le fichier « {given} » n'existe pas.")
    return Path(given) if given else None


def _refuse_unsafe(settings: Settings, given_secret: str | None) -> None:
    if given_secret is not None and len(given_secret.encode()) < _SECRET_BYTES:
        raise BadSettings(f"PTCE_SECRET_KEY : {_SECRET_BYTES} octets au moins sont nécessaires.")
    if any(len(key.encode()) < _SECRET_BYTES for key in settings.former_keys):
        raise BadSettings(f"PTCE_SECRET_KEY_FALLBACKS : {_SECRET_BYTES} octets au moins par clé, séparées d'un blanc.")
    if not settings.public:
        return
    if settings.demo:
        raise BadSettings("La démonstration ne s'ouvre que sur cette machine : retirer PTCE_BASE_URL et PTCE_HOST.")
    if given_secret is None:
        raise BadSettings(
            "PTCE_SECRET_KEY est obligatoire quand l'application est publique (PTCE_BASE_URL, PTCE_HOST)."
        )


def _close_fresh(folder: Path) -> None:
    """Keep to this account the folder that a checkout made for everybody, before anything is written in it.

    What an operator opens later stays as he wants it; ``ptce-aap doctor`` tells him.
    """
    fresh = {path.name for path in folder.iterdir()} <= {"README.md", "config.toml"}
    if fresh and folder.stat().st_uid == os.geteuid():
        folder.chmod(0o700)


def _own_secret(path: Path) -> str:
    """Return the secret that this installation drew for itself at its first start."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_SECRET_BYTES))
    return path.read_text(encoding="ascii").strip()


def _read_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} : fichier TOML illisible ({error}).") from error
    for key, value in content.items():
        if key not in KEYS:
            raise BadSettings(f"{path} : réglage inconnu « {key} ».")
        if not isinstance(value, str | int):
            raise BadSettings(f"{path} : « {key} » doit être un texte ou un nombre entier.")
    return {key: str(value) for key, value in content.items()}


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise BadSettings(f"PTCE_PORT : « {text} » n'est pas un numéro de port (1 à 65535).")
    return int(text)
