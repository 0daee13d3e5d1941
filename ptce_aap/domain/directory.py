"""The directory of a region's resources: what is said of each, whom it is shown to, in which order, what changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from ptce_aap.domain.persons import fold
from ptce_aap.domain.question import Option, Question, Row
from ptce_aap.domain.refusals import Refusal
from ptce_aap.domain.values import QuestionKind

NATIONAL = ""
"""The region of the resources that every region shows."""
MOST = 500
"""Resources of one region and call: a list that somebody still reads."""
STALE_AFTER = timedelta(days=183)
"""Six months: a contact that nobody has checked since is to be checked again (a proposal of the application)."""
NAME, KIND, NEEDS, SCHEMES, WEB, PUBLISHED = "name", "kind", "needs", "schemes", "web", "published"
OPENS_ON, CLOSES_ON, REFERENCE = "opens_on", "closes_on", "reference"


@dataclass(frozen=True, slots=True)
class DirectorySettings:
    """What a call declares of its directories.

    ``needs``: the question of several choices that tells what a dossier lacks. ``scheme``: the column of the round
    table that a resource may be, None where the call names none. ``stages``: where applicants see the list.
    """

    title: str
    introduction: str
    needs: Question
    stages: tuple[str, ...]
    kinds: tuple[Option, ...]
    scheme: Question | None = None

    def kind_label(self, value: str) -> str:
        """Return the words of a kind."""
        return next((kind.label for kind in self.kinds if kind.value == value), value)


@dataclass(frozen=True)
class ResourceTable:
    """What may be said of a resource, as questions: the one source of its form, its spreadsheet and its checks."""

    settings: DirectorySettings

    @cached_property
    def table(self) -> Question:
        """Return the directory as a table question, one column for each thing that is said of a resource."""
        fields = tuple(replace(one, path=f"directory.{one.key}") for one in _fields(self.settings))
        return Question("directory", "directory", QuestionKind.TABLE, self.settings.title, fields=fields, max_rows=MOST)

    @cached_property
    def spreadsheet(self) -> Question:
        """Return the same with the column that tells which resource a line is about."""
        told = Question(
            REFERENCE,
            f"directory.{REFERENCE}",
            QuestionKind.TEXT,
            "Repère",
            "Ne pas changer : il dit de quelle ressource parle la ligne. Vide pour une ressource nouvelle.",
            max_length=32,
        )
        return replace(self.table, fields=(told, *self.table.fields))


def _fields(settings: DirectorySettings) -> Iterable[Question]:
    def one(key: str, kind: QuestionKind, label: str, told: str = "", **more: Any) -> Question:
        return Question(key, key, kind, label, told, **more)

    text, long_text, day = QuestionKind.TEXT, QuestionKind.LONG_TEXT, QuestionKind.DATE
    yield one(NAME, text, "Nom", required=True, max_length=200)
    yield one(KIND, QuestionKind.CHOICE, "Nature", required=True, options=settings.kinds)
    yield one("offer", long_text, "Ce qu’elle apporte", "En clair : ce que l’on obtient, et comment.", max_length=1_500)
    yield one("audience", long_text, "Pour qui", "Qui peut s’adresser à elle, à quelles conditions.", max_length=600)
    told = "Les mêmes mots que dans le dossier : un candidat qui coche un de ces besoins la verra en premier."
    yield one(NEEDS, QuestionKind.CHOICES, "Besoins auxquels elle répond", told, options=settings.needs.options)
    if settings.scheme is not None:
        yield one(
            SCHEMES,
            QuestionKind.CHOICES,
            "Dispositifs du tour de table",
            "Si elle finance : ce que les candidats choisissent dans leur tour de table.",
            options=settings.scheme.options,
        )
    told = "Laissez vide si toute la région est concernée."
    yield one("territory", text, "Où dans la région", told, max_length=300, example="Métropole et communes voisines")
    yield one("contact", text, "Service à contacter", "Un service plutôt qu’une personne.", max_length=200)
    yield one("email", QuestionKind.EMAIL, "Adresse électronique", max_length=254)
    yield one("telephone", QuestionKind.PHONE, "Téléphone")
    yield one(WEB, text, "Adresse du site", max_length=300, example="https://www.example.org")
    yield one(OPENS_ON, day, "Ouverte à partir du", "Laissez vide si elle l’est toujours.")
    yield one(CLOSES_ON, day, "Ouverte jusqu’au", "Dernier jour compris. Elle n’est plus montrée ensuite.")
    told = "Sinon, elle reste dans cette liste sans que les candidats la voient."
    yield one(PUBLISHED, QuestionKind.YES_NO, "Montrée aux candidats", told, must_be_true=True)


def refusals_of(row: Row) -> tuple[Refusal, ...]:
    """Return what is wrong in a resource besides what each cell says by itself; ``place`` is the column."""
    found = []
    web = row.get(WEB)
    if web is not None and not is_web_address(web):
        sentence = "l'adresse d'un site commence par « https:// » ou « http:// », sans espace ni mot de passe."
        found.append(Refusal(WEB, "not_a_web_address", sentence))
    opens, closes = row.get(OPENS_ON), row.get(CLOSES_ON)
    if opens is not None and closes is not None and closes < opens:
        found.append(Refusal(CLOSES_ON, "closes_before", "cette date vient avant celle de l'ouverture."))
    return tuple(found)


def is_web_address(text: str) -> bool:
    """Tell whether a text is the address of a site that may be shown as a link: http or https, a host, no user."""
    if any(character.isspace() or not character.isprintable() or character in "<>\"'\\" for character in text):
        return False
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    plain = parts.username is None and parts.password is None
    return parts.scheme in {"http", "https"} and bool(host) and "." in (host or "") and plain


def is_running(row: Row, today: date) -> bool:
    """Tell whether a resource may be asked for today; one that opens later is shown with its date."""
    closes = row.get(CLOSES_ON)
    return closes is None or closes >= today


def is_shown(row: Row, today: date) -> bool:
    """Tell whether applicants see a resource."""
    return row.get(PUBLISHED) is True and is_running(row, today)


def is_stale(checked_at: datetime | None, now: datetime) -> bool:
    """Tell whether nobody has checked a resource for six months, or ever."""
    return checked_at is None or now - checked_at > STALE_AFTER


def met_by(row: Row, needs: Collection[str]) -> tuple[str, ...]:
    """Return which of these needs a resource meets, in its own order."""
    return tuple(need for need in row.get(NEEDS, ()) if need in needs)


def search_key(table: ResourceTable, row: Row) -> str:
    """Return what a search looks in: every word of a resource, without case and accents."""
    words = [str(row[key]) for key in (NAME, "offer", "audience", "territory", "contact", "email", WEB) if key in row]
    for column in table.table.fields:
        if column.options and column.key in row:
            value = row[column.key]
            words += [column.option_label(one) for one in (value if isinstance(value, tuple) else (value,))]
    return fold(" ".join(words))


def matches(key: str, search: str) -> bool:
    """Tell whether each word of a search is in a search key."""
    return all(word in key for word in fold(search).split())


@dataclass(frozen=True, slots=True)
class Difference:
    """A column whose cell changed, with both values; None is an empty cell."""

    column: Question
    before: Any
    after: Any


def differences(table: Question, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return what changes from one row to another, in the order of the columns."""
    return tuple(
        Difference(column, before.get(column.key), after.get(column.key))
        for column in table.fields
        if column.key != REFERENCE and before.get(column.key) != after.get(column.key)
    )
