"""What is said of each part of an installation: good, to be looked at, or wrong, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ptce_aap.services.installation.figures import Figures

_GIB = 2**30
_BACKUP = timedelta(days=2)
_HEAD = timedelta(days=2)
# Rounds come back every few seconds: one that is due for so long is owed by nobody.
_ROUND = timedelta(minutes=2)
_OFFERED = timedelta(minutes=2)
# The longest work is cut off after half an hour; what waits for longer waits for somebody.
_EFFECT, _EFFECT_LOST = timedelta(minutes=5), timedelta(minutes=35)
_MAIL, _MAIL_LOST = timedelta(minutes=15), timedelta(hours=2)
_LOGS = "lire les journaux des processus (dossier logs de l’instance, ou journalctl)"


class State(StrEnum):
    """What a part is: good, to be looked at by somebody, or wrong."""

    GOOD = "bon"
    SEE = "à voir"
    WRONG = "en défaut"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is said of one part, in French; ``mend``: what to do, empty where nothing is."""

    part: str
    state: State
    told: str
    mend: str = ""


def judge(figures: Figures, *, counts: bool = True) -> list[Seen]:
    """Say how each part is. ``counts``: say what waits too; it would count what belongs to a closed dossier."""
    return [
        *(of_what_waits(figures) if counts else ()),
        _clocks(figures),
        head(figures),
        backup(figures.backup_at, figures.backup_unreadable, figures.at),
        retention(figures.retention_fault),
        disk(figures.disk_free, figures.disk_size),
    ]


def of_what_waits(figures: Figures) -> tuple[Seen, ...]:
    """Say how what is owed and not done is: the relay, the works, the mails."""
    return _relay(figures), _effects(figures), _mails(figures)


def _relay(figures: Figures) -> Seen:
    part = "relais"
    if figures.round_due_at is not None and figures.at - figures.round_due_at > _ROUND:
        age = lasted(figures.at - figures.round_due_at)
        told = f"il ne confie plus rien depuis {age} : rien ne part, rien n’est perdu"
        return Seen(part, State.WRONG, told, f"redémarrer « ptce-aap relay » ; s’il s’arrête encore, {_LOGS}")
    if figures.unoffered_since is not None and figures.at - figures.unoffered_since > _OFFERED:
        told = f"des travaux attendent d’être confiés depuis {lasted(figures.at - figures.unoffered_since)}"
        mend = "redémarrer la file d’attente (Valkey ou Redis), puis « ptce-aap relay » ; tout repart seul"
        return Seen(part, State.WRONG, told, mend)
    if not figures.rounds:
        return Seen(part, State.SEE, "il n’a encore jamais tourné ici", "démarrer l’application, ou « ptce-aap relay »")
    return Seen(part, State.GOOD, "il confie les travaux à mesure")


def _effects(figures: Figures) -> Seen:
    part, owed = "travaux", figures.every_effect
    if owed.since is None:
        return Seen(part, State.GOOD, "tout est fait")
    age = figures.at - owed.since
    tried = f", dont {owed.failing} essayés en vain" if owed.failing else ""
    told = f"{owed.count} à faire{tried} ; le plus ancien attend depuis {lasted(age)}"
    mend = f"vérifier que les quatre « ptce-aap worker » tournent ; {_LOGS}"
    if age > _EFFECT_LOST:
        return Seen(part, State.WRONG, told, mend)
    return Seen(part, State.SEE, told, mend) if age > _EFFECT or owed.failing else Seen(part, State.GOOD, told)


def _mails(figures: Figures) -> Seen:
    part, owed = "courriels à envoyer", figures.mails
    if owed.since is not None:
        age = figures.at - owed.since
        told = f"{owed.count} en attente ; le plus ancien depuis {lasted(age)}"
        mend = "vérifier le serveur de courriel, et que « ptce-aap worker --only mails » tourne ; tout part ensuite"
        if age > _MAIL:
            return Seen(part, State.WRONG if age > _MAIL_LOST else State.SEE, told, mend)
        if not figures.refused:
            return Seen(part, State.GOOD, told)
    if figures.refused:
        told = f"{figures.refused} refusés par le serveur de leur destinataire"
        return Seen(part, State.SEE, told, "les revoir dans « Courriels », sur le tableau de bord de leur appel")
    return Seen(part, State.GOOD, "tous sont partis")


def _clocks(figures: Figures) -> Seen:
    gap = figures.clock_gap.total_seconds()
    if not gap:
        return Seen("horloges", State.GOOD, "celle du serveur et celle de la base sont d’accord à une seconde près")
    told = f"celle de la base {'avance' if gap > 0 else 'retarde'} de {abs(gap):.0f} s sur celle du serveur".replace(
        ".", ","
    )
    mend = "régler les deux machines sur un serveur de temps (NTP), puis redémarrer l’application"
    return Seen("horloges", State.WRONG, told, mend)


def head(figures: Figures) -> Seen:
    """Say how old the last signed head of the journal is."""
    part = "empreinte du journal"
    if figures.head_at is None:
        mend = (
            "rien le premier jour ; ensuite voir si la clé est là (« ptce-aap journal key ») et si les travaux se font"
        )
        return Seen(part, State.SEE, "aucune n’est encore signée", mend)
    age = figures.at - figures.head_at
    if age > _HEAD:
        told = f"la dernière a {lasted(age)}"
        return Seen(
            part, State.SEE, told, "vérifier la clé du journal avec « ptce-aap doctor », et que les travaux se font"
        )
    return Seen(part, State.GOOD, "la dernière a moins de deux jours")


def backup(at: datetime | None, unreadable: bool, now: datetime) -> Seen:
    """Say how old the last backup made from here is."""
    part, mend = "sauvegarde", "lancer « ptce-aap backup FICHIER --encrypt --passphrase-file PHRASE », chaque jour"
    if unreadable:
        return Seen(part, State.SEE, "la date de la dernière est illisible", mend)
    if at is None:
        return Seen(part, State.SEE, "aucune n’a été faite d’ici", mend)
    if now - at > _BACKUP:
        return Seen(part, State.SEE, f"la dernière a {lasted(now - at)}", mend)
    return Seen(part, State.GOOD, "la dernière a moins de deux jours")


def retention(fault: str) -> Seen:
    """Say whether the durations of the installation are read; ``fault``: what keeps them from it, empty where none."""
    part = "durées de conservation"
    if fault:
        told = f"le fichier conservation.toml ne se lit pas ({fault}) : rien ne s’efface plus"
        return Seen(part, State.WRONG, told, "corriger ce fichier, dans le dossier de l’instance, ou l’en retirer")
    return Seen(part, State.GOOD, "elles se lisent")


def disk(free: int, size: int) -> Seen:
    """Say how much room is left; sizes in bytes."""
    told = f"{free / _GIB:.0f} Gio libres sur {size / _GIB:.0f}"
    mend = "libérer de la place : plein, le disque arrête les dépôts"
    if free < _GIB:
        return Seen("disque", State.WRONG, f"moins d’un Gio libre sur {size / _GIB:.0f}", mend)
    return Seen("disque", State.SEE, told, mend) if free < size / 10 else Seen("disque", State.GOOD, told)


def lasted(length: timedelta) -> str:
    """Return a length of time in the largest unit that counts it: « 3 jours », « 12 minutes »."""
    for unit, words in ((timedelta(days=1), "jour"), (timedelta(hours=1), "heure"), (timedelta(minutes=1), "minute")):
        if (count := length // unit) >= 1:
            return f"{count} {words}{'s' if count > 1 else ''}"
    return "moins d’une minute"
