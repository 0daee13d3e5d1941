"""The dossier of the second call has every key, kind, option, limit and obligation that files are exchanged with."""

from __future__ import annotations

import pytest

from ptce_aap.definitions.questionnaires import read_questionnaire
from ptce_aap.definitions.reader import Problem
from ptce_aap.domain.questionnaire import Questionnaire
from ptce_aap.resources import shipped

REGIONS = "42 72 83 26 53 24 21 94 43 11 91 74 41 73 31 25 23 52 22 54 93 82 01 02 03 04 06"
LEGAL_FORMS = (
    "association scop scic cooperative mutuelle fondation societe_commerciale groupement_employeurs gie sem spl commune"
    " epci departement region syndicat_mixte etablissement_public epcc chambre_consulaire gip autre_droit_public"
    " autre_droit_prive"
)
LEVELS = "commune epci departement region autre"
POLICIES = (
    "economie emploi agriculture energie environnement cohesion_sociale ville logement education recherche sante"
    " culture numerique outre_mer"
)
IN_KIND = "numeraire nature"

# stage.key or stage.key.sub → kind, then options after a colon. Transcribed from the contract, in its order.
CONTRACT = f"""
identification.nom_pole texte
identification.stade choix: emergence consolidation
identification.region choix: {REGIONS}
identification.regions_associees choix_multiple: {REGIONS}
identification.type_candidat choix: pole_constitue structure_porteuse
identification.date_creation date
identification.aide_anterieure oui_non
identification.porteur groupe
identification.porteur.denomination texte
identification.porteur.siren siren
identification.porteur.siret siret
identification.porteur.rna rna
identification.porteur.forme_juridique choix: {LEGAL_FORMS}
identification.porteur.adresse texte
identification.porteur.code_postal code_postal
identification.porteur.commune commune
identification.porteur.representant_nom texte
identification.porteur.representant_qualite texte
identification.porteur.representant_courriel courriel
identification.porteur.contact_nom texte
identification.porteur.contact_courriel courriel
identification.porteur.contact_telephone telephone
identification.co_porteurs tableau
identification.co_porteurs.denomination texte
identification.co_porteurs.siren siren
identification.co_porteurs.forme_juridique choix: {LEGAL_FORMS}
identification.co_porteurs.role texte
membres.membres tableau
membres.membres.denomination texte
membres.membres.siren siren
membres.membres.forme_juridique choix: {LEGAL_FORMS}
membres.membres.categorie choix: entreprise_ess entreprise_hors_ess groupement_entreprises collectivite recherche\
 enseignement_superieur formation autre_personne_morale personne_physique
membres.membres.famille_ess choix: association cooperative mutuelle fondation societe_commerciale_ess
membres.membres.mention_ess oui_non
membres.membres.esus oui_non
membres.membres.membres_groupement entier
membres.membres.membres_groupement_hors_ess entier
membres.membres.niveau choix: {LEVELS}
membres.membres.role texte
membres.membres.siege_gouvernance oui_non
membres.membres.voix entier
membres.membres.apport_numeraire montant
membres.membres.apport_nature montant
membres.membres.lettre_engagement oui_non
territoire.perimetre texte_long
territoire.diagnostic texte_long
territoire.besoins texte_long
territoire.communes tableau
territoire.communes.code_insee commune
territoire.communes.nom texte
territoire.quartier_prioritaire oui_non
territoire.zone_rurale oui_non
territoire.services_mobilises tableau
territoire.services_mobilises.collectivite texte
territoire.services_mobilises.niveau choix: {LEVELS}
territoire.services_mobilises.direction texte
territoire.services_mobilises.politique_publique choix: {POLICIES}
territoire.services_mobilises.nature_soutien choix: financement ingenierie locaux commande_publique autre
projet.resume texte_long
projet.strategie texte_long
projet.historique texte_long
projet.objectifs_trois_ans texte_long
projet.innovation_description texte_long
projet.origine_cooperation choix: choisie subie mixte
projet.motivations texte_long
projet.secteurs choix_multiple: eco_activites emploi_insertion alimentation_agriculture culture services_entreprises\
 services_personnes numerique habitat_construction energie mobilite autre
projet.innovation choix_multiple: sociale technologique
projet.politiques_publiques choix_multiple: {POLICIES}
mutualisation.moyens tableau
mutualisation.moyens.nature choix: emploi locaux equipement achats fonction_support numerique demarche
mutualisation.moyens.intitule texte
mutualisation.moyens.statut choix: effectif prevu
mutualisation.moyens.date_debut date
mutualisation.moyens.beneficiaires entier
mutualisation.moyens.etp nombre
mutualisation.moyens.surface_m2 nombre
mutualisation.moyens.valeur_annuelle montant
mutualisation.moyens.convention oui_non
mutualisation.description_mutualisation texte_long
gouvernance.instance_decision texte
gouvernance.statuts_nomment_hors_ess oui_non
gouvernance.description_gouvernance texte_long
gouvernance.place_hors_ess texte_long
gouvernance.animation texte_long
programme.actions tableau
programme.actions.intitule texte
programme.actions.responsable texte
programme.actions.debut date
programme.actions.fin date
programme.actions.cout montant
programme.actions.livrable texte
programme.actions.jalon texte
budget.charges tableau
budget.charges.poste choix: achats services_exterieurs autres_services impots_taxes personnel autres_charges\
 charges_financieres charges_exceptionnelles amortissements investissement emploi_contributions_nature
budget.charges.libelle texte
budget.charges.an1 montant
budget.charges.an2 montant
budget.charges.an3 montant
budget.charges.nature_apport choix: {IN_KIND}
budget.produits tableau
budget.produits.source choix: aide_demandee autre_etat region departement epci_commune europe caisse_depots\
 fonds_prives aides_emploi ventes_prestations cotisations mecenat produits_financiers emprunts autres_produits\
 contributions_nature
budget.produits.libelle texte
budget.produits.an1 montant
budget.produits.an2 montant
budget.produits.an3 montant
budget.produits.nature_apport choix: {IN_KIND}
budget.produits.acquis oui_non
budget.tour_de_table tableau
budget.tour_de_table.financeur texte
budget.tour_de_table.dispositif choix: fidess feder fse leader region departement epci_commune etat caisse_depots\
 france_active fondation banque autre
budget.tour_de_table.montant montant
budget.tour_de_table.etat choix: pressenti sollicite accorde
budget.tour_de_table.date date
budget.de_minimis_trois_ans montant
budget.regime_aide choix: de_minimis de_minimis_sieg exempte autre a_determiner
budget.modele_economique texte_long
impact_essaimage.emplois_crees nombre
impact_essaimage.emplois_consolides nombre
impact_essaimage.indicateurs tableau
impact_essaimage.indicateurs.intitule texte
impact_essaimage.indicateurs.valeur_initiale texte
impact_essaimage.indicateurs.cible texte
impact_essaimage.indicateurs.source texte
impact_essaimage.essaimage tableau
impact_essaimage.essaimage.cible texte
impact_essaimage.essaimage.mode choix: transfert_methode accompagnement franchise_sociale federation\
 publication_ouverte
impact_essaimage.essaimage.engagement oui_non
impact_essaimage.essaimage.livrable texte
impact_essaimage.essaimage.licence_ouverte oui_non
impact_essaimage.essaimage.budget montant
impact_essaimage.besoins_accompagnement choix_multiple: dla_collectif ingenierie_financiere juridique animation\
 gouvernance evaluation outillage autre
impact_essaimage.appuis_recus texte_long
impact_essaimage.description_exemplarite texte_long
impact_essaimage.description_essaimage texte_long
impact_essaimage.evaluation texte_long
pieces.statuts piece
pieces.comptes_annuels piece
pieces.liste_dirigeants piece
pieces.lettres_engagement piece
pieces.budget_detaille piece
pieces.mandat piece
pieces.signataire_nom texte
pieces.signataire_qualite texte
pieces.attestation_honneur oui_non
pieces.information_rgpd oui_non
pieces.consentement_publication oui_non
"""

# What completeness asks for; "membres.membres", "budget.charges" and "budget.produits" want a row.
REQUIRED = {
    *(f"identification.{key}" for key in ("nom_pole", "stade", "region", "type_candidat", "aide_anterieure")),
    *(
        f"identification.porteur.{key}"
        for key in ("denomination", "siren", "forme_juridique", "representant_nom", "contact_courriel")
    ),
    *("membres.membres", "membres.membres.denomination", "membres.membres.categorie"),
    *("territoire.perimetre", "projet.resume", "projet.innovation", "budget.charges", "budget.produits"),
    *("pieces.statuts", "pieces.attestation_honneur", "pieces.information_rgpd", "pieces.consentement_publication"),
}
BLOCKING = {
    "identification.nom_pole",
    "identification.porteur.denomination",
    "identification.porteur.contact_courriel",
    "pieces.attestation_honneur",
    "pieces.information_rgpd",
}
LIMITS = {"identification.nom_pole": 200, "projet.resume": 2000}
DEFAULT_LIMITS = {"texte": 300, "texte_long": 6000}


@pytest.fixture(scope="module")
def form() -> Questionnaire:
    problems: list[Problem] = []
    path = shipped("forms") / "ptce-2015" / "candidature.v1.toml"
    questionnaire = read_questionnaire(path.read_text(encoding="utf-8"), path.name, problems)
    assert problems == []
    return questionnaire


def test_every_key_kind_and_option_is_the_contract_s(form: Questionnaire) -> None:
    written = []
    for question in form.questions:
        for item in (question, *question.fields):
            options = f": {' '.join(option.value for option in item.options)}" if item.options else ""
            written.append(f"{item.path} {item.kind}{options}")
    assert written == CONTRACT.strip().splitlines()


def test_the_ten_stages_come_in_their_order(form: Questionnaire) -> None:
    assert [stage.key for stage in form.stages] == [
        "identification",
        "membres",
        "territoire",
        "projet",
        "mutualisation",
        "gouvernance",
        "programme",
        "budget",
        "impact_essaimage",
        "pieces",
    ]


def test_exactly_what_the_contract_says_is_obligatory(form: Questionnaire) -> None:
    everything = [item for question in form.questions for item in (question, *question.fields)]
    assert {item.path for item in everything if item.required} == REQUIRED
    assert {item.path for item in everything if item.blocks_filing} == BLOCKING
    assert {item.path for item in everything if item.must_be_true} == {
        "pieces.attestation_honneur",
        "pieces.information_rgpd",
    }


def test_texts_and_tables_have_the_limits_of_the_contract(form: Questionnaire) -> None:
    for question in form.questions:
        for item in (question, *question.fields):
            if item.kind in DEFAULT_LIMITS:
                assert item.max_length == LIMITS.get(item.path, DEFAULT_LIMITS[item.kind]), item.path
            if item.is_table:
                assert item.max_rows == (500 if item.path == "territoire.communes" else 200), item.path


def test_every_question_has_words_help_and_a_source(form: Questionnaire) -> None:
    for question in form.questions:
        assert question.reference, question.path
        assert question.help or question.example or len(question.label) > 60, question.path
        for item in (question, *question.fields):
            assert item.label
            assert item.label != item.key


def test_an_empty_dossier_is_told_everything_that_is_missing(form: Questionnaire) -> None:
    in_rows = {"membres.membres.denomination", "membres.membres.categorie"}
    assert set(form.missing({})) == REQUIRED - in_rows
    assert set(form.blocking({})) == BLOCKING
