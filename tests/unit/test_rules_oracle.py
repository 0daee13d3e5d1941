"""The declared rules and an independent reading of their wording say the same of random dossiers."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from ptce_aap.definitions import load_call
from ptce_aap.domain.evaluation import evaluate
from ptce_aap.domain.exchange import read_document, write_document
from ptce_aap.domain.wording import Unit
from tests.unit.oracle import Oracle

CALL = load_call("ptce-2015")
CLOSING = datetime(2015, 6, 30, 22, 0, tzinfo=UTC)
SIRENS = ["732829320", "552008443", "404833048", "443061841", "356000000"]
NAMES = ["Le Phares", "Atelier Œuvre", "ATELIER OEUVRE", "atelier-œuvre", "Commune d'Été", "Ferme 12", "!!!", "Coop B"]
FORMS = ["scic", "association", "epci", "gip", "autre_droit_prive", "societe_commerciale", "region"]
CATEGORIES = [
    "entreprise_ess", "entreprise_hors_ess", "groupement_entreprises", "collectivite", "recherche",
    "formation", "autre_personne_morale", "personne_physique",
]  # fmt: skip


class Draw:
    """Random raw answers, often empty, in a few values so that cases meet."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.rate = self.random.choice([0.15, 0.4, 0.75, 0.95, 1.0])

    def maybe(self, *values: Any) -> Any:
        return self.random.choice(values) if self.random.random() < self.rate else self.random.choice([None, ""])

    def money(self) -> Any:
        return self.maybe("0", "100", "100.00", 50, "33.33", "0.01", "100000.50", "2700000")

    def rows(self, most: int, **columns: Any) -> Any:
        return [
            None if self.random.random() < 0.05 else {key: draw() for key, draw in columns.items()}
            for _ in range(self.random.randint(0, most))
        ]

    def answers(self) -> dict[str, dict[str, Any]]:
        m, yes_no = self.maybe, lambda: self.maybe(True, False)
        return {
            "identification": {
                "nom_pole": m("Pôle", "LE PHARES", "la verriere"),
                "stade": m("emergence"),
                "region": m("31"),
                "type_candidat": m("structure_porteuse", "pole_constitue"),
                "aide_anterieure": m(True, False, False),
                "porteur": {
                    "denomination": m(*NAMES),
                    "siren": m(*SIRENS),
                    "forme_juridique": m(*FORMS),
                    "representant_nom": m("R"),
                    "contact_courriel": m("a@b.fr"),
                },
                "co_porteurs": self.rows(2, denomination=lambda: m(*NAMES), siren=lambda: m(*SIRENS)),
            },
            "membres": {"membres": self.members()},
            "territoire": {"perimetre": m("Ici")},
            "projet": {
                "resume": m("R"),
                "innovation": m(["sociale"], ["sociale", "technologique"], []),
                "politiques_publiques": m(["emploi"], ["emploi", "energie", "emploi"], []),
            },
            "mutualisation": {
                "moyens": self.rows(
                    4,
                    nature=lambda: m("emploi", "locaux", "demarche", "demarche"),
                    statut=lambda: m("effectif", "prevu"),
                    etp=lambda: m("0.5", 1, 2.25, "3.0000"),
                    valeur_annuelle=self.money,
                    convention=yes_no,
                )
            },
            "gouvernance": {"statuts_nomment_hors_ess": yes_no()},
            "budget": self.budget(),
            "impact_essaimage": {
                "emplois_crees": m("2.5", 0, 3),
                "indicateurs": self.rows(
                    3, valeur_initiale=lambda: m("1"), cible=lambda: m("2"), source=lambda: m("S")
                ),
                "essaimage": self.rows(
                    3,
                    engagement=yes_no,
                    livrable=lambda: m("L"),
                    licence_ouverte=yes_no,
                    budget=self.money,
                ),
            },
            "pieces": {
                "statuts": m(["s.pdf"]),
                "attestation_honneur": yes_no(),
                "information_rgpd": m(True),
                "consentement_publication": yes_no(),
            },
        }

    def members(self) -> Any:
        m = self.maybe
        return self.rows(
            6,
            denomination=lambda: m(*NAMES),
            siren=lambda: m(*SIRENS),
            categorie=lambda: m(*CATEGORIES),
            famille_ess=lambda: m("association", "societe_commerciale_ess"),
            mention_ess=lambda: m(True, False),
            esus=lambda: m(True, False),
            membres_groupement=lambda: m(0, 4, 5),
            membres_groupement_hors_ess=lambda: m(0, 2, 3),
            niveau=lambda: m("epci", "commune"),
            siege_gouvernance=lambda: m(True, False),
            voix=lambda: m(0, 1, 3),
        )

    def budget(self) -> dict[str, Any]:
        m, years = self.maybe, {"an1": self.money, "an2": self.money, "an3": self.money}
        kind = lambda: m("nature", "numeraire", None, None)  # noqa: E731
        return {
            "charges": self.rows(
                3, poste=lambda: m("personnel", "emploi_contributions_nature"), nature_apport=kind, **years
            ),
            "produits": self.rows(
                4,
                source=lambda: m("aide_demandee", "aide_demandee", "cotisations", "emprunts", "contributions_nature"),
                nature_apport=kind,
                **years,
            ),
            "tour_de_table": self.rows(3, montant=self.money, etat=lambda: m("accorde", "sollicite")),
            "de_minimis_trois_ans": self.money(),
            "regime_aide": m("de_minimis", "exempte"),
        }

    def submitted(self) -> str | None:
        if self.random.random() < 0.4:
            return None
        shift = timedelta(microseconds=self.random.choice([-1, 0, 1, -(10**9), 10**9]))
        return (CLOSING + shift).isoformat()


@pytest.mark.parametrize("batch", range(12))
def test_both_readings_agree(batch: int) -> None:
    for seed in range(batch * 50, batch * 50 + 50):
        draw = Draw(seed)
        raw, submitted = draw.answers(), draw.submitted()
        oracle = Oracle(raw, submitted)
        document = read_document(json.dumps({"submitted_at": submitted, "answers": raw}), CALL.questionnaire)
        result = evaluate(CALL, document.answers, submitted_at=document.submitted_at)
        in_time = document.submitted_at is not None and document.submitted_at < CLOSING
        told = {verdict.rule: str(verdict.result) for verdict in result.verdicts}
        assert told == oracle.eligibility(result.complete, in_time), seed
        values = {
            measure.key: measure.value if measure.value is None or measure.indicator.unit is not Unit.MONEY
            else Fraction(measure.value, 100)
            for measure in result.measures
        }  # fmt: skip
        assert values == oracle.indicators(), seed
        assert {check.key: str(check.state) for check in result.checks} == oracle.demands(), seed
        errors, warnings = oracle.budget()
        assert sorted(finding.key for finding in result.errors) == errors, seed
        assert {finding.key for finding in result.warnings} == warnings, seed
        canonical = write_document(document, CALL.questionnaire)
        again = read_document(canonical, CALL.questionnaire)
        assert again == document, seed
        assert write_document(again, CALL.questionnaire) == canonical, seed
