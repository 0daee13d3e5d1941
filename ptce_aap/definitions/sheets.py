"""A call's own sheet, ``appel.vN.toml``: envelope, calendar, regions, seats, texts, what lists read of a dossier."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ptce_aap.definitions.reader import Problem, Section, read_toml
from ptce_aap.domain.calendar import ReadFrom
from ptce_aap.domain.calls import (
    GROUNDS,
    CallSheet,
    Contact,
    Ground,
    Mention,
    Milestone,
    Place,
    Projection,
    Region,
    Seat,
    Silence,
    Text,
)
from ptce_aap.domain.complements import LEAST_WORKING_DAYS, WORKING_DAYS
from ptce_aap.domain.questionnaire import Questionnaire

_DEFAULT_ZONE = "Europe/Paris"
_MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)

# Names of the projection in the file, and in the application.
_PATHS = {
    "titre_du_dossier": "title",
    "nom_du_porteur": "carrier",
    "siren_du_porteur": "carrier_siren",
    "ressort_du_dossier": "region",
    "stade_du_projet": "stage",
    "themes_du_dossier": "themes",
    "resume_du_projet": "summary",
    "courriel_du_contact": "contact_email",
    "nom_du_contact": "contact_name",
    "courriel_du_representant": "representative_email",
    "tableau_des_membres": "members",
}
_COLUMNS = {
    "nom_du_membre": "member_name",
    "siren_du_membre": "member_siren",
    "categorie_du_membre": "member_category",
}
_OPINION_PATHS = {
    "sens_de_l_avis": "verdict",
    "auteur_de_l_avis": "opinion_author",
    "autorite_de_l_avis": "opinion_authority",
}
_AMOUNT = "montant_demande"


class _ReadFromWord(StrEnum):
    CLOSING = "cloture"
    DEPOSIT = "depot"


class _ScanWord(StrEnum):
    DEMANDED = "exigee"
    OPTIONAL = "facultative"


class _TieWord(StrEnum):
    VOTE = "vote"
    DRAW = "tirage"


def read_sheet(text: str, file: str, problems: list[Problem]) -> CallSheet:
    """Return the sheet of a call; what is wrong is added to ``problems``."""
    top = read_toml(text, file, problems)
    opens_at, closes_at = _read_calendar(top)
    months, meaning = _read_silence(top)
    read_from = top.word("lecture_des_correspondants", _ReadFromWord) or _ReadFromWord.CLOSING
    sheet = CallSheet(
        name=top.text("cle"),
        version=top.integer("version", least=1),
        title=top.text("titre"),
        short_title=top.text("titre_court"),
        organiser=top.text("organisateur"),
        envelope_cents=_read_cents(top, "enveloppe"),
        opens_at=opens_at,
        closes_at=closes_at,
        regions=tuple(_read_region(section) for section in top.sections("ressort", ())),
        seats=tuple(_read_seat(section) for section in top.sections("siege", ())),
        read_from=ReadFrom[read_from.name],
        reserve_size=top.integer("liste_complementaire"),
        draw_breaks_ties=top.word("egalite_sur_la_ligne", _TieWord) is _TieWord.DRAW,
        texts=tuple(_read_text(section) for section in top.sections("texte", ())),
        projection=_read_projection(top),
        milestones=tuple(_read_milestone(section) for section in top.sections("repere", ())),
        grounds=tuple(_read_ground(section) for section in top.sections("motif_d_ecart", ())) or GROUNDS,
        pieces_are_scanned=top.word("analyse_des_pieces", _ScanWord, None) is _ScanWord.DEMANDED,
        silence_months=months,
        silence_means=meaning,
        contact=_read_contact(top),
        complement_days=top.integer("complements_jours_ouvres", WORKING_DAYS, least=LEAST_WORKING_DAYS),
    )
    top.refuse_twice((region.code for region in sheet.regions), "ressort")
    top.refuse_twice((seat.key for seat in sheet.seats), "siege")
    top.refuse_twice((item.key for item in sheet.texts), "texte")
    top.refuse_twice((ground.key for ground in sheet.grounds), "motif_d_ecart")
    top.close()
    return sheet


def check_sheet(
    sheet: CallSheet,
    questionnaire: Questionnaire,
    opinion: Questionnaire,
    indicators: Collection[str],
    file: str,
    problems: list[Problem],
) -> None:
    """Tell every place of the projection that the forms do not have, and regions that the question does not offer.

    ``indicators``: the keys of the call's indicators.
    """
    folder = file.split("/")[-2] if "/" in file else sheet.name
    if sheet.name != folder:
        told = f"« {sheet.name} » n'est pas le nom du dossier (« {folder} »)."
        problems.append(Problem(file, "cle", told))
    projection = sheet.projection
    for form, paths in ((questionnaire, _PATHS), (opinion, _OPINION_PATHS)):
        for name, attribute in paths.items():
            path = getattr(projection, attribute)
            if path is not None and form.question(path) is None:
                problems.append(Problem(file, f"projection.{name}", f"la question « {path} » n'existe pas."))
    for name, attribute in _COLUMNS.items():
        column = getattr(projection, attribute)
        if column is not None and questionnaire.question(f"{projection.members}.{column}") is None:
            problems.append(Problem(file, f"projection.{name}", f"la colonne « {column} » n'existe pas."))
    if projection.amount is not None and projection.amount not in indicators:
        problems.append(Problem(file, f"projection.{_AMOUNT}", f"l'indicateur « {projection.amount} » n'existe pas."))
    _check_themes(projection, questionnaire, file, problems)
    _check_regions(sheet, questionnaire, file, problems)


def _check_themes(projection: Projection, questionnaire: Questionnaire, file: str, problems: list[Problem]) -> None:
    question = questionnaire.question(projection.themes) if projection.themes else None
    if question is not None and not question.options:
        told = f"la question « {projection.themes} » ne propose pas de choix."
        problems.append(Problem(file, "projection.themes_du_dossier", told))


def _check_regions(sheet: CallSheet, questionnaire: Questionnaire, file: str, problems: list[Problem]) -> None:
    question = questionnaire.question(sheet.projection.region) if sheet.projection.region else None
    if question is None:
        return
    offered, declared = {option.value for option in question.options}, {region.code for region in sheet.regions}
    if offered != declared:
        odd = ", ".join(sorted(offered ^ declared))
        problems.append(Problem(file, "ressort", f"les ressorts et les réponses de la question diffèrent : {odd}."))


def _read_calendar(top: Section) -> tuple[datetime, datetime]:
    section = top.section("calendrier")
    if section is None:
        return _MIDNIGHT, _MIDNIGHT
    opens_at, closes_at = _read_instant(section, "ouverture"), _read_instant(section, "cloture")
    if opens_at >= closes_at:
        section.refuse("la clôture doit suivre l'ouverture.", "cloture")
    section.close()
    return opens_at, closes_at


def _read_instant(section: Section, key: str) -> datetime:
    value: Any = section.raw(key)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    section.refuse("un instant avec son fuseau est attendu, par exemple 2015-07-01T00:00:00+02:00.", key)
    return _MIDNIGHT


def _read_silence(top: Section) -> tuple[int | None, Silence | None]:
    section = top.section("silence", None)
    if section is None:
        return None, None
    months, meaning = section.integer("mois", least=1), section.word("vaut", Silence)
    section.close()
    return months, meaning


def _read_contact(top: Section) -> Contact | None:
    section = top.section("service_charge", None)
    if section is None:
        return None
    contact = Contact(
        name=section.text("nom"),
        address=section.text("adresse_postale", ""),
        email=section.text("courriel", ""),
        telephone=section.text("telephone", ""),
        approval_needed=section.boolean("a_approuver"),
    )
    section.close()
    return contact


def _read_cents(section: Section, key: str) -> int:
    cents = section.number(key) * 100
    if cents.denominator != 1 or cents < 0:
        section.refuse("un montant en euros est attendu, avec deux décimales au plus.", key)
    return int(cents)


def _read_region(section: Section) -> Region:
    region = Region(section.text("code"), section.text("nom"), section.text("fuseau", _DEFAULT_ZONE))
    try:
        ZoneInfo(region.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        section.refuse(f"le fuseau « {region.time_zone} » est inconnu ; écrire par exemple Europe/Paris.", "fuseau")
    section.close()
    return region


def _read_seat(section: Section) -> Seat:
    seat = Seat(section.text("cle"), section.text("libelle"))
    section.close()
    return seat


def _read_ground(section: Section) -> Ground:
    ground = Ground(section.text("cle"), section.text("libelle"))
    section.close()
    return ground


def _read_milestone(section: Section) -> Milestone:
    milestone = Milestone(section.text("libelle"), section.text("quand"), section.text("source"))
    section.close()
    return milestone


def _read_text(section: Section) -> Text:
    places = []
    for word in section.texts("ou"):
        if word in list(Place):
            places.append(Place(word))
        else:
            section.refuse(f"« {word} » est inconnu ; choisir parmi : {', '.join(Place)}.", "ou")
    text = Text(
        key=section.text("cle"),
        title=section.text("titre"),
        body=section.text("corps"),
        proposal=section.boolean("proposition"),
        places=tuple(places),
        source=section.text("source", ""),
        approval_needed=section.boolean("a_approuver"),
        mention=section.word("mention", Mention, None),
    )
    if not text.source and not text.proposal:
        section.refuse("un texte cite sa source, ou se dit une proposition (proposition = true).", "source")
    section.close()
    return text


def _read_projection(top: Section) -> Projection:
    section = top.section("projection")
    if section is None:
        return Projection(title="")
    found = {name: section.optional_text(key) for key, name in (_PATHS | _OPINION_PATHS | _COLUMNS).items()}
    title = found.pop("title") or section.text("titre_du_dossier")
    amount = section.optional_text(_AMOUNT)
    section.close()
    return Projection(title=title, amount=amount, **found)
