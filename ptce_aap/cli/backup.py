"""``ptce-aap backup`` and ``restore``: the whole of an installation in one file, and back into an empty one."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ptce_aap.cli import messages
from ptce_aap.cli.errors import BadInput
from ptce_aap.cli.files import on_one_line
from ptce_aap.cli.french import Command
from ptce_aap.config import SERVE_LOCK, load_settings

if TYPE_CHECKING:
    from ptce_aap.database import Database
    from ptce_aap.services.backups.restoring import Restored

PASSPHRASE = "PTCE_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a variable
_SHORTEST = 12
messages.register(
    backup_damaged="Ce fichier n'est pas une sauvegarde entière : il a été altéré ou coupé. Rien n'a été écrit ; "
    "prendre une autre copie.",
    backup_definitions_differ="Le fichier de définitions {path} existe déjà et diffère de celui de la sauvegarde ; "
    "le déplacer, puis recommencer. La base est restée vide.",
    backup_locked="Cette sauvegarde est chiffrée : donner sa phrase secrète avec --passphrase-file, ou dans "
    "la variable PTCE_BACKUP_PASSPHRASE.",
    backup_sealed_otherwise="La phrase secrète n'est pas la bonne, ou la sauvegarde a été altérée. Rien n'a été écrit.",
    backup_too_new="Cette sauvegarde vient d'une version plus récente du logiciel ({software}) ; installer cette "
    "version, puis recommencer. Rien n'a été écrit.",
    backup_erasures_unreadable="La liste des effacements {path} ne peut pas être lue ; prendre celle qui est à côté de "
    "la dernière sauvegarde. Rien n'a été écrit.",
    installation_not_empty="Cette installation n'est pas vide (table « {table} ») : une restauration n'écrase jamais "
    "rien. Donner une base vide et un dossier neuf (PTCE_DATABASE_URL, PTCE_INSTANCE), puis recommencer.",
)
_passphrase_file = click.option(
    "--passphrase-file",
    "file",
    metavar="FICHIER",
    help=f"Fichier dont la première ligne est la phrase secrète ; sans lui, la variable {PASSPHRASE}.",
)


@click.command("backup", cls=Command, example="ptce-aap backup sauvegarde.ptce --encrypt --passphrase-file phrase.txt")
@click.argument("target", metavar="FICHIER")
@click.option("--encrypt", is_flag=True, help="Chiffre la sauvegarde, qui contient alors aussi les clés.")
@_passphrase_file
def backup(target: str, encrypt: bool, file: str | None) -> int:
    """Sauvegarde toute l'installation dans un fichier, pendant qu'elle sert : base, pièces, définitions, réglages.

    La liste des effacements déjà faits est tenue à côté (effacements.jsonl) : une sauvegarde plus ancienne y obéit.
    Sans --encrypt, le fichier n'est pas chiffré et ne contient aucune clé : garder alors à part instance/secret_key
    et instance/journal_key.
    """
    # Imported here: the commands that need no database start without it.
    from ptce_aap import clock
    from ptce_aap.cli.installation import installation
    from ptce_aap.services.backups import making, restoring
    from ptce_aap.services.retention import ledger
    from ptce_aap.storage import open_storage

    if file is not None and not encrypt:
        raise BadInput("--passphrase-file ne sert qu'avec --encrypt ; l'ajouter pour chiffrer la sauvegarde.")
    passphrase = _required(file) if encrypt else None
    with installation() as place, place.database.reading() as session:
        storage = open_storage(place.settings.storage_url)
        path = Path(target).absolute()
        try:
            made = making.make(
                session, place.settings, storage, path, passphrase=passphrase, now=clock.now(), tell=_tell
            )
        except FileExistsError:
            raise BadInput(on_one_line(f"« {target} » existe déjà ; choisir un autre nom.")) from None
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            told = f"« {target} » ne peut pas être écrit ({error.strerror}) ; choisir un autre fichier."
            raise BadInput(on_one_line(told)) from None
        beside = path.parent / ledger.FILE
        restoring.replace(beside, ledger.merged(beside, ledger.lines(session)).encode(), mode=0o600)
    click.echo(on_one_line(f"Sauvegarde écrite dans {target} : {made.size} octets."))
    if passphrase is None:
        click.echo("Elle n'est pas chiffrée et ne contient aucune clé : garder à part celles du dossier de l'instance.")
    if made.lost:
        click.echo(f"Fichiers perdus par le stockage, donc absents : {len(made.lost)} ({', '.join(made.lost[:5])}).")
    return 1 if made.lost else 0


@click.command("restore", cls=Command, example="ptce-aap restore sauvegarde.ptce --passphrase-file phrase.txt")
@click.argument("source", metavar="FICHIER")
@_passphrase_file
@click.option(
    "--erasures",
    "listed",
    metavar="FICHIER",
    help="Liste des effacements faits depuis ; sans elle, effacements.jsonl à côté de la sauvegarde.",
)
def restore(source: str, file: str | None, listed: str | None) -> int:
    """Remet une sauvegarde dans une installation vide, refait les effacements, vérifie les données et le journal.

    La base peut être d'un autre moteur que celle d'origine. Termine par 1 si une vérification échoue.
    """
    from ptce_aap.database import Database
    from ptce_aap.services.backups import restoring
    from ptce_aap.storage import open_storage

    path = Path(source)
    if not path.is_file():
        raise BadInput(on_one_line(f"{source} : ce fichier n'existe pas."))
    settings = load_settings()
    passphrase = _given(file)
    erasures = _erasures(path, listed)
    database = Database(settings.database_url)
    try:
        with (settings.instance / SERVE_LOCK).open("a+", encoding="utf-8") as lock:
            _require_stopped(lock.fileno())
            storage = open_storage(settings.storage_url)
            work = restoring.restore
            done = database.transaction(
                work, settings, storage, path, passphrase=passphrase, tell=_tell, erasures=erasures
            )
            _tell_keys(done)
            return _verified(database, settings.storage_url)
    finally:
        database.dispose()


def _erasures(source: Path, given: str | None) -> list[dict[str, str]]:
    """Read the list of what was erased, before anything is written."""
    from ptce_aap.services.retention import ledger

    path = Path(given) if given else source.parent / ledger.FILE
    if given is None and not path.is_file():
        click.echo(
            f"Aucune liste d'effacements à côté de la sauvegarde ({ledger.FILE}) : ce qui a été effacé depuis elle "
            "revient. Donner la liste avec --erasures si elle est ailleurs.",
            err=True,
        )
        return []
    return ledger.read(path)


def _verified(database: Database, storage_url: str) -> int:
    """Check what was put back, and say it."""
    from ptce_aap.services import invariants
    from ptce_aap.services.journal import journal_verification
    from ptce_aap.storage import open_storage

    with database.reading() as session:
        findings = invariants.check_all(session, open_storage(storage_url))
        report = journal_verification.verify(session)
    for one in findings:
        if not one.ok:
            click.echo(f"Vérification « {one.name} » : {one.count} en défaut ({', '.join(one.examples)}).")
    broken = sum(not one.ok for one in findings)
    click.echo(f"Vérifications des données : {len(findings) - broken} sur {len(findings)} sont bonnes.")
    lines = sum(one.lines for one in report.chains)
    told = "la chaîne tient" if report.whole else "LA CHAÎNE NE TIENT PAS, voir « ptce-aap journal verify »"
    click.echo(f"Journal : {lines} lignes, {told}.")
    sound = not broken and report.whole
    click.echo(
        "L'installation est restaurée." if sound else "L'installation est restaurée, avec les défauts ci-dessus."
    )
    return 0 if sound else 1


def _tell_keys(done: Restored) -> None:
    if done.other_key:
        click.echo(
            "La clé secrète d'ici n'est pas celle de la sauvegarde : remettre l'ancienne (instance/secret_key ou "
            "PTCE_SECRET_KEY), sinon les seconds facteurs et les liens envoyés ne s'ouvriront plus."
        )
    if done.kept_journal_key:
        click.echo("Une autre clé du journal était déjà ici : elle reste, et signera les prochaines empreintes.")


def _require_stopped(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BadInput("L'application est ouverte sur cette installation ; l'arrêter, puis recommencer.") from None


def _required(file: str | None) -> str:
    phrase = _given(file)
    if phrase is None:
        raise BadInput(f"--encrypt : donner la phrase secrète avec --passphrase-file, ou dans {PASSPHRASE}.")
    if len(phrase) < _SHORTEST:
        raise BadInput(f"--encrypt : la phrase secrète doit avoir {_SHORTEST} caractères au moins.")
    return phrase


def _given(file: str | None) -> str | None:
    if file is None:
        return os.environ.get(PASSPHRASE) or None
    try:
        first = Path(file).read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError):
        raise BadInput(on_one_line(f"--passphrase-file : « {file} » ne peut pas être lu.")) from None
    return first or None


def _tell(sentence: str) -> None:
    click.echo(sentence, err=True)
