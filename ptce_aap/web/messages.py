"""The only place where a refusal is worded: a rule's code and its facts become a French sentence."""

from __future__ import annotations

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.web.formats import instant_long

_SENTENCES = {
    "already_done": "C’est déjà fait : la page montre l’état à jour.",
    "calendar_backwards": "La clôture doit venir après l’ouverture.",
    "calendar_missing": "Indiquez la date d’ouverture et la date de clôture.",
    "changed_meanwhile": "Une autre personne a modifié cette page entre-temps. "
    "Rien n’a été écrasé : relisez l’état à jour, puis reprenez votre saisie.",
    "email_taken": "Un compte existe déjà pour cette adresse. Connectez-vous, ou demandez un nouveau mot de passe.",
    "grant_to_self": "Vous ne pouvez pas modifier vos propres rôles : demandez à une autre personne de l’équipe.",
    "link_dead": "Ce lien a déjà servi ou n’est plus valable. Demandez-en un nouveau.",
    "mail_address_refused": "Cette adresse de courriel n’est pas complète. Exemple : prenom.nom@exemple.fr.",
    "not_allowed": "Votre rôle ne permet pas cette action.",
    "not_found": "Cette page n’existe pas, ou ne vous est pas ouverte.",
    "password_too_long": "Le mot de passe compte plus de {maximum} caractères : raccourcissez-le.",
    "password_too_short": "Le mot de passe compte {given} caractères ; il en faut {minimum} au moins.",
    "too_early": "Cette action sera possible après la clôture, {until}.",
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
