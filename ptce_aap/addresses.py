"""The paths that mails and documents print, below every layer that needs them."""

from __future__ import annotations

from urllib.parse import quote

HEADS = "/verifier#empreintes"
"""The public page of the heads of the journal."""


def dossier(reference: str) -> str:
    """The applicant's page of a dossier."""
    return f"/candidature/{reference}"


def receipt(reference: str) -> str:
    """The receipt page of a dossier."""
    return f"/candidature/{reference}/accuse"


def result(reference: str) -> str:
    """The applicant's page of the result of a dossier."""
    return f"/candidature/{reference}/resultat"


def eligibility(reference: str) -> str:
    """The applicant's page of what was decided of the eligibility of a dossier."""
    return f"/candidature/{reference}/recevabilite"


def complements(reference: str) -> str:
    """The applicant's page of the complements that are asked of a dossier."""
    return f"/candidature/{reference}/complements"


def complements_of(slug: str, reference: str) -> str:
    """The page of the complements of a dossier, for those who asked for them."""
    return f"/complements/{slug}/{reference}"


def opinion_of(slug: str, reference: str) -> str:
    """The page of the opinion on a dossier, for its correspondents."""
    return f"/correspondant/{slug}/dossiers/{reference}/avis"


def regional_ranks(slug: str) -> str:
    """The page where correspondents order the dossiers of their regions."""
    return f"/correspondant/{slug}/classement"


def verification(number: str, digest: str) -> str:
    """The public page that checks a receipt, with its two values filled in."""
    return f"/verifier?numero={quote(number)}&empreinte={digest}"


def account_security() -> str:
    """The page of the ways into one's own account."""
    return "/compte/securite"


def invitation(token: str) -> str:
    """The page where an invited person chooses a password."""
    return f"/compte/invitation/{token}"


def confirmation(token: str) -> str:
    """The page that confirms an e-mail address."""
    return f"/compte/confirmation/{token}"


def password_reset(token: str) -> str:
    """The page where a forgotten password is replaced."""
    return f"/compte/mot-de-passe/{token}"


def jury(slug: str) -> str:
    """The room of a call's jurors."""
    return f"/jury/{slug}"


def call(slug: str) -> str:
    """The public page of a call."""
    return f"/appels/{slug}"


def joint_acts(slug: str) -> str:
    """The page of the acts of a call that take two persons."""
    return f"/pilotage/{slug}/actes"


def joint_act(slug: str, reference: str) -> str:
    """The page where a proposed act is read and confirmed."""
    return f"/pilotage/{slug}/actes/{reference}"


def absences(slug: str) -> str:
    """The page where a correspondent says who acts for him in his absence."""
    return f"/correspondant/{slug}/suppleance"


def absences_of_team(slug: str) -> str:
    """The page where the team follows the absences of the correspondents."""
    return f"/pilotage/{slug}/absences"


def reminders(token: str) -> str:
    """The page where a person stops the reminders of a dossier, without signing in."""
    return f"/rappels/{token}"


def people_of_dossier(reference: str) -> str:
    """The applicant's page of who works on a dossier."""
    return f"/candidature/{reference}/personnes"


def ownership_offer(reference: str) -> str:
    """The page where a person takes a dossier that its owner hands over, or does not."""
    return f"/candidature/{reference}/personnes/reprendre"


def dossier_invitation(token: str) -> str:
    """The page where an invited person accepts to work on a dossier."""
    return f"/dossier/invitation/{token}"


def representative(token: str) -> str:
    """The page where a legal representative reads a dossier and confirms it."""
    return f"/dossier/confirmation/{token}"


def consultation(token: str) -> str:
    """The page where somebody who is consulted on a dossier reads what is opened to him, and answers."""
    return f"/dossier/consultation/{token}"


def consultations_of(slug: str, reference: str) -> str:
    """The page of what is asked of services and funders about a dossier, for those who asked it."""
    return f"/avis-demandes/{slug}/{reference}"


def messages_of(reference: str, slug: str, role: str) -> str:
    """The messages of a dossier, in the room of whoever reads them: a correspondent, the team, else its people."""
    if role == "correspondent":
        return f"/correspondant/{slug}/dossiers/{reference}/messages"
    if role == "team":
        return f"/pilotage/{slug}/dossiers/{reference}/messages"
    return f"/candidature/{reference}/messages"


PROCONNECT_BACK = "/compte/proconnect/retour"
"""Where ProConnect sends people back: registered there to the letter."""
