"""Looks an installation over, changes none of its data, and says of each part how it is and what mends it."""

from __future__ import annotations

import io
import shutil
import smtplib
import ssl
from urllib.parse import urlsplit

from redis import RedisError
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ptce_aap import clock, migrations
from ptce_aap.config import BadSettings, Settings
from ptce_aap.database import Database, NotDurable
from ptce_aap.entry import valkey
from ptce_aap.models import JournalEntry
from ptce_aap.services.backups import rows
from ptce_aap.services.backups.making import SECRET_KEY
from ptce_aap.services.installation import figures, judging
from ptce_aap.services.installation.judging import Seen, State
from ptce_aap.services.journal import journal_key
from ptce_aap.services.running import clocks
from ptce_aap.storage import open_storage
from ptce_aap.storage.scanner import ScannerAway, open_scanner

_PATIENCE_S = 5
_PROBE = b"ptce-aap doctor\n"


def look_over(settings: Settings) -> list[Seen]:
    """Look at each part; one that cannot be looked at is wrong and keeps none of the others from being seen."""
    database = Database(settings.database_url)
    try:
        return [
            _database(database),
            _queue(settings),
            _mail(settings),
            _storage(settings),
            _clock(database),
            _proxy(settings),
            _rights(settings),
            _journal_key(settings),
            _scanner(settings),
            *_waiting(settings, database),
            judging.disk(*_room(settings)),
            judging.backup(*figures.last_backup(settings), clock.now()),
            judging.retention(figures.retention_fault(settings)),
        ]
    finally:
        database.dispose()


def _database(database: Database) -> Seen:
    part = "base de données"
    try:
        database.require_durable()
        with database.engine.connect() as connection:
            engine, revision = connection.dialect.name, rows.revision_of(connection)
    except NotDurable as error:
        return Seen(part, State.WRONG, str(error), "rendre à la base ses réglages de durabilité")
    except (SQLAlchemyError, OSError) as error:
        return Seen(part, State.WRONG, f"elle ne répond pas ({_short(error)})", "vérifier PTCE_DATABASE_URL")
    if revision != migrations.head():
        told = f"{engine}, migration {revision or 'aucune'} au lieu de {migrations.head()}"
        return Seen(part, State.SEE, told, "démarrer l'application la met à jour ; sauvegarder d'abord")
    return Seen(part, State.GOOD, f"{engine}, durable, migration {revision}")


def _queue(settings: Settings) -> Seen:
    part = "file d'attente"
    try:
        valkey.connect(settings).ping()
    except (RedisError, OSError, BadSettings) as error:
        if settings.redis_url is None:
            return Seen(part, State.SEE, "elle ne tourne pas", "« ptce-aap serve » la démarre")
        return Seen(part, State.WRONG, f"elle ne répond pas ({_short(error)})", "vérifier PTCE_REDIS_URL")
    return Seen(part, State.GOOD, "elle répond")


def _mail(settings: Settings) -> Seen:
    part = "courriels"
    if settings.smtp_url is None:
        told = "aucun serveur : les courriels sont écrits dans le dossier outbox de l'instance"
        return Seen(part, State.SEE, told, "donner PTCE_SMTP_URL pour les envoyer")
    url = urlsplit(settings.smtp_url)
    host = url.hostname or "localhost"
    try:
        if url.scheme == "smtps":
            context = ssl.create_default_context()
            with smtplib.SMTP_SSL(host, url.port or 465, timeout=_PATIENCE_S, context=context) as secured:
                secured.noop()
        else:
            with smtplib.SMTP(host, url.port or 25, timeout=_PATIENCE_S) as server:
                server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Seen(part, State.WRONG, f"le serveur ne répond pas ({_short(error)})", "vérifier PTCE_SMTP_URL")
    return Seen(part, State.GOOD, "le serveur répond ; le compte n'est essayé qu'au premier envoi")


def _storage(settings: Settings) -> Seen:
    part = "fichiers"
    try:
        storage = open_storage(settings.storage_url)
        digest = storage.put(io.BytesIO(_PROBE)).digest
        with storage.open(digest) as file:
            same = file.read() == _PROBE
        storage.set_aside(digest)
        storage.forget_aside(digest)
    except Exception as error:
        # Each object store fails in its own words: whatever they are, this part does not work.
        return Seen(part, State.WRONG, f"impossible d'écrire ({_short(error)})", "vérifier PTCE_STORAGE_URL")
    if not same:
        return Seen(part, State.WRONG, "ce qui est relu n'est pas ce qui fut écrit", "vérifier le stockage")
    return Seen(part, State.GOOD, "écrits, relus, oubliés")


def _clock(database: Database) -> Seen:
    part, mend = "horloge", "régler les deux machines sur un serveur de temps (NTP)"
    try:
        with database.reading() as session:
            last, now = session.scalar(select(func.max(JournalEntry.at))), clock.now()
            gap = clocks.gap(session, clock.now)
    except SQLAlchemyError as error:
        return Seen(part, State.SEE, f"elle n'a pu être comparée ({_short(error)})", "mettre la base en état")
    if last is not None and last > now + clock.TOLERANCE:
        return Seen(part, State.WRONG, "elle est avant la dernière ligne du journal", mend)
    if gap:
        return Seen(part, State.WRONG, f"{abs(gap.total_seconds()):.0f} s d'écart avec celle de la base", mend)
    return Seen(part, State.GOOD, "d'accord avec la base et le journal")


def _proxy(settings: Settings) -> Seen:
    part = "adresse publique"
    if not settings.public:
        return Seen(part, State.GOOD, f"{settings.base_url}, cette machine seulement")
    if urlsplit(settings.base_url).scheme != "https":
        return Seen(part, State.WRONG, f"{settings.base_url} n'est pas chiffrée", "mettre PTCE_BASE_URL en https")
    if not settings.proxies:
        mend = "donner dans PTCE_PROXIES l'adresse du serveur mandataire"
        return Seen(part, State.SEE, "aucun mandataire n'est cru : tous viennent de la même adresse", mend)
    return Seen(part, State.GOOD, f"{settings.base_url}, derrière {', '.join(settings.proxies)}")


def _rights(settings: Settings) -> Seen:
    paths = (settings.instance, settings.instance / SECRET_KEY, journal_key.key_file(settings))
    open_ones = [path.name for path in paths if path.exists() and path.stat().st_mode & 0o077]
    if open_ones:
        told = f"d'autres comptes de la machine peuvent lire : {', '.join(open_ones)}"
        return Seen("droits", State.WRONG, told, f"chmod go= dans {settings.instance}")
    return Seen("droits", State.GOOD, "le dossier de l'instance et les clés sont à ce compte seul")


def _journal_key(settings: Settings) -> Seen:
    part = "clé du journal"
    try:
        key = journal_key.signing_key(settings)
    except BadSettings as error:
        return Seen(part, State.WRONG, str(error), "la remettre depuis sa copie")
    if key is None:
        return Seen(part, State.SEE, "aucune : les empreintes ne sont pas signées", "ptce-aap journal key --create")
    return Seen(part, State.GOOD, f"publique : {journal_key.public_hex(key)[:16]}…")


def _scanner(settings: Settings) -> Seen:
    part = "antivirus"
    scanner = open_scanner(settings.clamav_url)
    if scanner is None:
        return Seen(part, State.SEE, "aucun : les pièces sont dites non analysées", "donner PTCE_CLAMAV_URL")
    try:
        scanner.scan(io.BytesIO(_PROBE))
    except (ScannerAway, OSError) as error:
        return Seen(part, State.WRONG, f"il ne répond pas ({_short(error)})", "vérifier PTCE_CLAMAV_URL")
    return Seen(part, State.GOOD, "il répond")


def _waiting(settings: Settings, database: Database) -> list[Seen]:
    """Say what waits and when the journal was last signed; nothing where the database, already told, does not say."""
    try:
        with database.reading() as session:
            found = figures.read(session, settings)
    except (SQLAlchemyError, OSError):
        return []
    return [*judging.of_what_waits(found), judging.head(found)]


def _room(settings: Settings) -> tuple[int, int]:
    used = shutil.disk_usage(settings.instance)
    return used.free, used.total


def _short(error: BaseException) -> str:
    return " ".join(str(getattr(error, "orig", error)).split())[:200]
