"""How long each class of data is kept, from when, and why: the table that officials read and the rounds obey."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Kept(StrEnum):
    """A class of data with a duration of its own."""

    DRAFTS = "drafts"
    NOT_SELECTED = "not_selected"
    LAUREATES = "laureates"
    ACCOUNTS = "accounts"
    SIGN_INS = "sign_ins"
    LETTERS = "letters"
    REFUSED_LETTERS = "refused_letters"
    EXPORTS = "exports"
    UPLOADS = "uploads"
    TABLES = "tables"
    SIMULATIONS = "simulations"
    DIRECTORIES = "directories"
    DECISIONS = "decisions"
    JOURNAL = "journal"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Duration:
    """So many months of the calendar, and so many days."""

    months: int = 0
    days: int = 0

    def after(self, start: datetime) -> datetime:
        """Return the instant at which it is over; the 31st of a month that has fewer days is its last day."""
        months = start.year * 12 + start.month - 1 + self.months
        year, month = divmod(months, 12)
        day = min(start.day, monthrange(year, month + 1)[1])
        return start.replace(year=year, month=month + 1, day=day) + timedelta(days=self.days)

    def before(self, end: datetime) -> datetime:
        """Return an instant before which whatever began is surely over at ``end``: exact for days, else by months."""
        return Duration(-self.months, 0).after(end) - timedelta(days=self.days)

    @property
    def words(self) -> str:
        """Say it in French."""
        if self.days:
            return f"{self.days} jour{'s' if self.days > 1 else ''}"
        if self.months % 12 == 0:
            years = self.months // 12
            return f"{years} an{'s' if years > 1 else ''}"
        return f"{self.months} mois"


_WRITTEN = re.compile(r"([1-9][0-9]{0,3}) *(jours?|mois|ans?)")
_LONGEST = 999
"""Years: more would lead beyond the years that a date can say, before us as after."""


def read_duration(text: str) -> Duration:
    """Read « 30 jours », « 6 mois », « 2 ans ». Errors: ``ValueError``."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or (found[2].startswith("an") and int(found[1]) > _LONGEST):
        raise ValueError(text)
    number = int(found[1])
    if found[2].startswith("jour"):
        return Duration(days=number)
    return Duration(months=number if found[2] == "mois" else number * 12)


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """A line of the table. ``duration`` None: nothing is erased by this application.

    ``name``: how the file of durations calls it. ``fixed``: the duration is that of the mechanism, no file changes it.
    """

    key: Kept
    name: str
    title: str
    start: str
    duration: Duration | None
    then: str
    basis: str
    fixed: bool = False


_ABANDONED = Duration(months=24)
"""A call that is not published so long after its closing is taken for abandoned: its dossiers count from then."""
_PROPOSAL = "proposition, à confirmer par l’organisme qui conduit l’appel"

CLASSES: tuple[RetentionClass, ...] = (
    RetentionClass(
        Kept.DRAFTS,
        "brouillons",
        "Dossiers commencés et jamais déposés",
        "la clôture de l’appel",
        Duration(months=3),
        "effacés entièrement, pièces comprises",
        f"règlement général sur la protection des données (RGPD), article 5.1.e ; {_PROPOSAL}",
    ),
    RetentionClass(
        Kept.NOT_SELECTED,
        "non_retenus",
        "Dossiers déposés et non retenus, non recevables ou retirés",
        "la publication des résultats",
        Duration(months=24),
        "réponses, pièces, messages et personnes effacés ; restent le numéro, l’empreinte du dépôt et la décision",
        f"délais de recours contre la décision ; {_PROPOSAL}",
    ),
    RetentionClass(
        Kept.LAUREATES,
        "laureats",
        "Dossiers retenus",
        "la publication des résultats",
        Duration(months=120),
        "effacés comme les autres ; la liste publiée reste",
        f"contrôle de l’emploi de l’aide publique ; {_PROPOSAL}",
    ),
    RetentionClass(
        Kept.ACCOUNTS,
        "comptes",
        "Comptes dont personne ne se sert, sans dossier ni rôle",
        "la dernière connexion, à défaut la création",
        Duration(months=36),
        "nom, adresse et moyens de connexion effacés",
        "durée usuelle de la Commission nationale de l’informatique et des libertés (CNIL) pour un compte inactif ; "
        f"{_PROPOSAL}",
    ),
    RetentionClass(
        Kept.SIGN_INS,
        "connexions",
        "Sessions terminées et liens à usage unique",
        "leur fin",
        Duration(days=30),
        "effacés",
        "sécurité des comptes",
        fixed=True,
    ),
    RetentionClass(
        Kept.LETTERS,
        "courriels",
        "Trace des courriels partis (objet et date ; le texte est oublié dès l’envoi)",
        "l’envoi",
        Duration(months=12),
        "effacée",
        f"preuve des notifications ; {_PROPOSAL}",
    ),
    RetentionClass(
        Kept.REFUSED_LETTERS,
        "courriels_refuses",
        "Courriels refusés par le serveur du destinataire",
        "le refus",
        Duration(days=30),
        "texte et adresse effacés",
        "le temps de les renvoyer",
        fixed=True,
    ),
    RetentionClass(
        Kept.EXPORTS,
        "exports",
        "Fichiers demandés (exports, copies de ses données)",
        "leur préparation",
        Duration(days=2),
        "fichier oublié, puis demande effacée",
        "le temps de les prendre",
        fixed=True,
    ),
    RetentionClass(
        Kept.UPLOADS,
        "envois",
        "Fichiers envoyés et joints à rien",
        "l’envoi",
        Duration(days=2),
        "oubliés",
        "le temps de terminer l’envoi",
        fixed=True,
    ),
    RetentionClass(
        Kept.TABLES,
        "tableaux",
        "Tableaux apportés d’un tableur et non importés",
        "l’envoi",
        Duration(days=1),
        "oubliés",
        "le temps de l’aperçu",
        fixed=True,
    ),
    RetentionClass(
        Kept.SIMULATIONS,
        "simulations",
        "Simulations enregistrées et propositions de répartition",
        "la publication des résultats",
        Duration(months=12),
        "effacées",
        f"papiers de travail ; {_PROPOSAL}",
    ),
    RetentionClass(
        Kept.DIRECTORIES,
        "ressources",
        "Ressources retirées de l’annuaire d’une région, avec leur contact et leur historique",
        "le retrait",
        Duration(months=12),
        "effacées",
        f"coordonnées professionnelles ; {_PROPOSAL}",
    ),
    RetentionClass(
        Kept.DECISIONS,
        "decisions",
        "Décisions et ce qui les fonde : recevabilité, avis, notes et commentaires, écarts, votes, liste figée",
        "la publication des résultats",
        None,
        "jamais effacées par le service : versées aux archives publiques sur ordre de l’équipe",
        "Code du patrimoine, articles L.211-1 et L.212-2",
    ),
    RetentionClass(
        Kept.JOURNAL,
        "journal",
        "Journal des actes, par références : ni nom, ni adresse, ni texte",
        "l’acte",
        None,
        "jamais effacé : une référence ne désigne plus personne quand le compte est effacé",
        "preuve des décisions ; RGPD, article 17.3",
    ),
    RetentionClass(
        Kept.LOGS,
        "traces",
        "Traces techniques des serveurs",
        "l’événement",
        Duration(months=12),
        "effacées par l’exploitant : le service les écrit sans donnée personnelle et ne les garde pas",
        "délibération 2021-122 de la CNIL (six mois à un an)",
        fixed=True,
    ),
)
BY_KEY: Mapping[Kept, RetentionClass] = {one.key: one for one in CLASSES}
BY_NAME: Mapping[str, RetentionClass] = {one.name: one for one in CLASSES}


@dataclass(frozen=True, slots=True)
class Durations:
    """The durations in force: those of the table, changed by the installation, then for one call.

    ``held``: slugs of the calls of which nothing is erased for now (a dispute in court).
    """

    changed: Mapping[Kept, Duration] = field(default_factory=dict)
    of_calls: Mapping[str, Mapping[Kept, Duration]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()

    def of(self, key: Kept, call: str | None = None) -> Duration:
        """Return the duration of a class that has one, on a call where one is named."""
        found = self.of_calls.get(call or "", {}).get(key) or self.changed.get(key) or BY_KEY[key].duration
        assert found is not None, key
        return found


def over_at(
    key: Kept, durations: Durations, call: str, *, closes_at: datetime, published_at: datetime | None
) -> datetime:
    """Return when a dossier of this class (draft, not selected, laureate) is to be erased."""
    if key is Kept.DRAFTS:
        return durations.of(key, call).after(closes_at)
    return durations.of(key, call).after(published_at or _ABANDONED.after(closes_at))
