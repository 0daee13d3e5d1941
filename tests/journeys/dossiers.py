"""Dossiers of the stories: fictional, complete, each with its own name, and a way to type one into the pages."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page
from reportlab.pdfgen import canvas

from ptce_aap.domain.questionnaire import Question, QuestionKind, Stage
from tests.journeys.people import press, tick

Answers = dict[str, dict[str, Any]]


def complete(name: str, *, region: str = "31", amount: int = 90_000) -> Answers:
    """Return the answers of a dossier that may be declared eligible."""
    carrier = f"Coopérative {name} (fictive)"
    share = amount // 3
    return {
        "identification": {
            "nom_pole": f"{name} (fictif)",
            "stade": "consolidation",
            "region": region,
            "type_candidat": "pole_constitue",
            "date_creation": "2013-09-15",
            "aide_anterieure": False,
            "porteur": {
                "denomination": carrier,
                "siren": "000123455",
                "forme_juridique": "scic",
                "representant_nom": "Personne Fictive",
                "contact_nom": "Personne Fictive",
                "contact_courriel": "contact@pole.example.org",
            },
        },
        "membres": {
            "membres": [
                {
                    "denomination": carrier,
                    "siren": "000123455",
                    "categorie": "entreprise_ess",
                    "famille_ess": "cooperative",
                    "siege_gouvernance": True,
                },
                {"denomination": "Atelier d’essai (fictif)", "siren": "000234567", "categorie": "entreprise_hors_ess"},
                {
                    "denomination": "Communauté d’essai (fictive)",
                    "siren": "000345678",
                    "categorie": "collectivite",
                    "niveau": "epci",
                },
            ]
        },
        "territoire": {"perimetre": "Trois cantons d’une vallée textile.", "quartier_prioritaire": True},
        "projet": {
            "resume": f"{name} réunit des coopératives et des ateliers qui partagent un local.",
            "innovation": ["sociale"],
            "secteurs": ["emploi_insertion", "culture"],
        },
        "mutualisation": {
            "moyens": [{"nature": "locaux", "intitule": "La halle", "statut": "effectif", "surface_m2": "1250.50"}]
        },
        "gouvernance": {"instance_decision": "Assemblée des membres", "statuts_nomment_hors_ess": True},
        "programme": {"actions": [{"intitule": "Ouvrir la halle", "debut": "2016-01-04", "cout": "12000"}]},
        "budget": {
            "charges": [{"poste": "personnel", "an1": str(share), "an2": str(share), "an3": str(share)}],
            "produits": [{"source": "aide_demandee", "an1": str(share), "an2": str(share), "an3": str(share)}],
        },
        "impact_essaimage": {"emplois_crees": "2.5", "besoins_accompagnement": ["juridique"]},
        "pieces": {
            "statuts": ["statuts.pdf"],
            "attestation_honneur": True,
            "information_rgpd": True,
            "consentement_publication": True,
        },
    }


def pdf(folder: Path, name: str) -> Path:
    """Write a small PDF and return its path."""
    page = io.BytesIO()
    drawing = canvas.Canvas(page)
    drawing.drawString(72, 720, name)
    drawing.save()
    path = folder / name
    path.write_bytes(page.getvalue())
    return path


def fill_stage(page: Page, stage: Stage, answers: dict[str, Any], files: Path) -> None:
    """Fill the stage that the page shows, as its applicant would; the stage is left to be saved."""
    for question in stage.questions:
        value = answers.get(question.key)
        if value is None:
            continue
        match question.kind:
            case QuestionKind.TABLE:
                fill_rows(page, question, value)
            case QuestionKind.ATTACHMENT:
                page.locator(f"#f-{question.key}").set_input_files([pdf(files, name) for name in value])
            case QuestionKind.GROUP:
                for part in question.fields:
                    if part.key in value:
                        answer(page.locator(f"#q-{question.key}-{part.key}"), value[part.key])
            case _:
                answer(page.locator(f"#q-{question.key}"), value)


def fill_rows(page: Page, table: Question, rows: list[dict[str, Any]]) -> None:
    """Fill a table, row by row, each on its page."""
    press(page, f"Ajouter une ligne – {table.label}")
    for number, row in enumerate(rows, start=1):
        for part in table.fields:
            if part.key in row:
                answer(page.locator(f"#q-{part.key}"), row[part.key])
        last = number == len(rows)
        press(page, "Enregistrer la ligne" if last else "Enregistrer et en ajouter une autre")


def answer(field: Locator, value: Any) -> None:
    """Answer one field: typed, chosen in a list, or ticked."""
    match field.evaluate("field => field.tagName + (field.type === 'checkbox' ? ' box' : '')"):
        case "SELECT":
            field.select_option("oui" if value is True else "non" if value is False else value)
        case "INPUT box":
            tick(field)
        case "FIELDSET":
            for one in value if isinstance(value, list) else [value]:
                chosen = "oui" if one is True else "non" if one is False else one
                tick(field.locator(f"input[value='{chosen}']"))
        case _:
            field.fill(str(value).replace(".", ",") if str(value).replace(".", "").isdigit() else str(value))
