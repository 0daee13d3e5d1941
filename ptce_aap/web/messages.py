"""The only place where a refusal is worded: a rule's code and its facts become a French sentence."""

from __future__ import annotations

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.web.formats import instant_long

_SENTENCES = {
    "already_done": "C’est déjà fait : la page montre l’état à jour.",
    "calendar_backwards": "La clôture doit venir après l’ouverture.",
    "calendar_missing": "Indiquez la date d’ouverture et la date de clôture.",
    "call_closed": "L’appel est clos depuis {closed}. Votre dossier reste lisible, mais il ne peut plus être modifié "
    "ni déposé.",
    "call_not_open_yet": "Les dépôts ouvrent {opens}. Revenez à partir de cette date.",
    "call_unknown": "Aucun appel ouvert ne porte ce nom.",
    "changed_meanwhile": "Une autre personne a modifié cette page entre-temps. "
    "Rien n’a été écrasé : relisez l’état à jour, puis reprenez votre saisie.",
    "dossier_filed": "Ce dossier est déposé sous le numéro {number} : il ne peut plus être modifié.",
    "dossier_unknown": "Aucun dossier ne porte ce numéro.",
    "email_taken": "Un compte existe déjà pour cette adresse. Connectez-vous, ou demandez un nouveau mot de passe.",
    "file_damaged": "Ce fichier est abîmé ou incomplet : enregistrez-le de nouveau, puis déposez-le.",
    "file_empty": "Ce fichier est vide.",
    "file_expands_too_much": "Ce fichier se déplie démesurément : déposez le document lui-même, sans compression.",
    "file_kind_refused": "Ce genre de fichier n’est pas accepté. "
    "Formats acceptés : PDF, ODT, ODS, DOCX, XLSX, PNG, JPEG.",
    "file_name_missing": "Ce fichier n’a pas de nom : renommez-le, puis déposez-le.",
    "file_not_what_it_says": "Le contenu de ce fichier ne correspond pas à son extension : enregistrez-le de nouveau "
    "dans le format annoncé.",
    "file_protected": "Ce fichier est protégé par un mot de passe : retirez la protection, puis déposez-le.",
    "file_too_big": "Ce fichier est trop volumineux : 20 Mo au plus.",
    "file_with_macros": "Ce document contient des macros : enregistrez-le sans macros, ou en PDF.",
    "filing_blocked": "Il manque ce sans quoi un dossier ne peut pas être déposé, même en l’état : "
    "répondez d’abord aux questions citées ci-dessous.",
    "grant_to_self": "Vous ne pouvez pas modifier vos propres rôles : demandez à une autre personne de l’équipe.",
    "link_dead": "Ce lien a déjà servi ou n’est plus valable. Demandez-en un nouveau.",
    "mail_address_refused": "Cette adresse de courriel n’est pas complète. Exemple : prenom.nom@exemple.fr.",
    "mail_subject_refused": "L’objet de ce message ne peut pas être envoyé : il doit tenir sur une ligne.",
    "mark_off_scale": "Cette note n’est pas sur l’échelle de la grille.",
    "not_allowed": "Votre rôle ne permet pas cette action.",
    "not_found": "Cette page n’existe pas, ou ne vous est pas ouverte.",
    "password_too_long": "Le mot de passe compte plus de {maximum} caractères : raccourcissez-le.",
    "password_too_short": "Le mot de passe compte {given} caractères ; il en faut {minimum} au moins.",
    "sheet_incomplete": "La fiche n’est pas complète : il manque une note.",
    "too_early": "Cette action sera possible après la clôture, {until}.",
    "too_many_pieces": "Cette question compte déjà {maximum} fichiers : retirez-en un avant d’en joindre un autre.",
    "too_many_rows": "Ce tableau compte déjà {maximum} lignes, le maximum : retirez-en une avant d’en ajouter.",
    "unknown_criterion": "Ce critère n’est pas dans la grille.",
    "wrong_state": "L’état du dossier ne permet pas cette action.",
    "wrong_credentials": "Adresse ou mot de passe inexact. Vérifiez-les, ou demandez un nouveau mot de passe.",
}


def sentence(refusal: RuleViolation) -> str:
    """Return the sentence of a refusal, for the person it is addressed to."""
    facts = {name: _shown(value) for name, value in refusal.facts.items()}
    return _SENTENCES[refusal.code].format(**facts)


def words(code: str) -> bool:
    """Tell whether a code has its sentence: a test asks it of every code that services raise."""
    return code in _SENTENCES


def _shown(value: object) -> object:
    return instant_long(value) if hasattr(value, "astimezone") else value  # type: ignore[arg-type]
