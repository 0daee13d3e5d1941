"""The acts of the journal and their facts, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ptce_aap.domain.permissions import ROLE_LABELS, Role
from ptce_aap.domain.two_persons import JointAct
from ptce_aap.web.formats import euros

WORDS = {
    "absence.ended": "a fini plus tôt une suppléance pour absence",
    "absence.named": "a nommé qui supplée une personne absente",
    "account.email_confirmed": "a confirmé son adresse",
    "account.password_set": "a choisi un mot de passe",
    "account.registered": "a créé son compte",
    "account.joined": "a réuni ses deux comptes",
    "account.signed_in": "a ouvert une session",
    "account.signed_out": "a fermé sa session",
    "account.identity_bound": "a relié ProConnect à son compte",
    "account.erased": "a effacé un compte",
    "account.erasure_asked": "a demandé l’effacement de ses données",
    "account.erasure_withdrawn": "a renoncé à l’effacement de ses données",
    "account.data_copied": "a demandé une copie de ses données",
    "account.passkey_added": "a ajouté une clé d’accès à son compte",
    "account.passkey_removed": "a retiré une clé d’accès de son compte",
    "account.proved": "a prouvé de nouveau son identité",
    "account.recovery_code_used": "s’est servi d’un code de secours",
    "account.recovery_codes_made": "a créé de nouveaux codes de secours",
    "account.second_factor_removed": "a retiré l’application de codes de son compte",
    "account.second_factor_reset": "a réinitialisé le second facteur d’une personne",
    "account.sessions_ended": "a fermé des sessions ouvertes sur d’autres appareils",
    "account.second_factor_set": "a relié une application de codes à son compte",
    "amount.proposed": "a proposé un montant",
    "assignment.given": "a confié un dossier à lire",
    "assignment.taken_back": "a retiré un dossier à lire",
    "bundle.sealed": "a fait l’archive vérifiable de l’appel, scellée par cette ligne",
    "call.opened": "a ouvert l’appel",
    "complement.answered": "a répondu à une demande de compléments",
    "complement.asked": "a demandé des compléments",
    "complement.closed": "a fermé une demande de compléments",
    "complement.expired": "a constaté la fin du délai d’une demande de compléments",
    "complement.reminded": "a rappelé une demande de compléments",
    "consultation.answered": "une personne consultée sur un dossier a répondu",
    "consultation.asked": "a consulté une personne sur un dossier",
    "consultation.passed_on": "une personne consultée sur un dossier a transmis son lien à un collègue",
    "consultation.prolonged": "a donné plus de temps à une personne consultée",
    "consultation.reminded": "a rappelé une demande à une personne consultée",
    "consultation.saved": "une personne consultée a enregistré le brouillon de sa réponse",
    "consultation.sent_again": "a envoyé un nouveau lien à une personne consultée",
    "consultation.withdrawn": "a retiré une demande faite à une personne consultée",
    "conflict.corrected": "a corrigé un conflit d’intérêts déclaré par erreur",
    "conflict.declared": "a déclaré un conflit d’intérêts",
    "conflict.statement": "a terminé sa déclaration de conflits",
    "departure.confirmed": "a confirmé un écart au classement",
    "departure.decided": "a décidé un écart au classement",
    "departure.withdrawn": "a retiré un écart au classement",
    "dossier.admitted": "a décidé de classer un dossier",
    "dossier.confirmation": "a répondu à une demande de confirmation d’un dossier",
    "dossier.copied": "a repris un dossier dans un autre appel",
    "dossier.erased": "a effacé le contenu d’un dossier",
    "dossier.filed": "a déposé un dossier",
    "call.extended": "a repoussé la clôture",
    "dossier.reopened": "a commencé à modifier un dossier déposé",
    "dossier.revision_dropped": "a abandonné les modifications d’un dossier déposé",
    "dossier.withdrawn": "a retiré un dossier",
    "dossier.imported": "a importé un dossier",
    "dossier.saved": "a enregistré un dossier",
    "dossier.started": "a commencé un dossier",
    "eligibility.decided": "a décidé de la recevabilité",
    "eligibility.told": "a envoyé la lettre de recevabilité",
    "eligibility.proposed": "a proposé une réponse de recevabilité",
    "export.asked": "a demandé un export",
    "juror.described": "a dit ce que connaît ou porte un membre du jury",
    "letter.sent_again": "a fait renvoyer un courriel refusé",
    "mark.revised": "a enregistré une note révisée en séance",
    "marking.closed": "a clos la notation",
    "marking.opened": "a ouvert la notation",
    "message.sent": "a écrit un message au sujet d’un dossier",
    "opinion.given": "a rendu un avis",
    "opinion.reopened": "a rendu un avis à sa région, à reprendre",
    "opinion.saved": "a enregistré un avis",
    "opinions.frozen": "a arrêté les avis et les classements régionaux, à leur terme",
    "opinions.term_set": "a fixé le terme des avis et des classements régionaux",
    "ownership.kept": "est resté titulaire d’un dossier",
    "draft.counted": "a accepté que son brouillon soit compté dans les synthèses",
    "draft.uncounted": "a repris son accord pour que son brouillon soit compté",
    "ownership.offered": "a proposé de confier un dossier",
    "ownership.refused": "n’a pas repris un dossier proposé",
    "ownership.taken": "a repris un dossier",
    "person.declined": "a refusé une invitation dans un dossier",
    "person.invited": "a invité une personne dans un dossier",
    "person.invited_again": "a renvoyé une invitation dans un dossier",
    "person.joined": "a rejoint un dossier",
    "person.left": "a quitté un dossier",
    "person.revoked": "a retiré une personne d’un dossier",
    "person.right_changed": "a changé le droit d’une personne sur un dossier",
    "piece.added": "a joint une pièce",
    "piece.infected": "a écarté une pièce où l’antivirus a trouvé un virus",
    "piece.removed": "a retiré une pièce",
    "plan.applied": "a appliqué une répartition des lectures",
    "plan.undone": "a annulé une répartition des lectures",
    "ranking.computed": "a fait calculer le classement",
    "region.ranked": "a classé les dossiers de sa région",
    "reminders.resumed": "demande de nouveau les rappels d’un dossier",
    "reminders.stopped": "ne veut plus de rappel d’un dossier",
    "resource.added": "a ajouté une ressource à l’annuaire d’une région",
    "resource.changed": "a modifié une ressource de l’annuaire d’une région",
    "resource.checked": "a vérifié une ressource de l’annuaire d’une région",
    "resource.restored": "a rétabli une ressource de l’annuaire d’une région",
    "resource.withdrawn": "a retiré une ressource de l’annuaire d’une région",
    "resources.imported": "a importé des ressources dans l’annuaire d’une région",
    "resources.taken_over": "a repris les ressources d’un autre appel dans l’annuaire d’une région",
    "role.granted": "a confié un rôle",
    "role.withdrawn": "a retiré un rôle",
    "severity.consulted": "a consulté la sévérité des lecteurs",
    "sheet.final": "a rendu une fiche de lecture",
    "sheet.saved": "a enregistré une fiche de lecture",
    "shortlist.frozen": "a figé la liste classée",
    "shortlist.published": "a publié les lauréats",
    "substitute.named": "a nommé une suppléance",
    "table.imported": "a importé un tableau",
    "tie.voted": "a enregistré le vote du comité",
}
_JOINT = {
    JointAct.EXTENSION: "de repousser la clôture",
    JointAct.FREEZING: "de figer la liste classée",
    JointAct.PUBLICATION: "de publier les lauréats",
    JointAct.CORRECTION: "de corriger un conflit déclaré par erreur",
}
_ANSWERS = {
    "proposed": "a proposé {what}",
    "confirmed": "a confirmé la proposition {what}",
    "refused": "a refusé la proposition {what}",
    "withdrawn": "a retiré sa proposition {what}",
    "overtaken": "a remplacé une proposition {what}",
    "expired": "a constaté qu’une proposition {what} est restée sans réponse",
}
WORDS |= {f"{act}.{end}": told.format(what=what) for act, what in _JOINT.items() for end, told in _ANSWERS.items()}
_FACTS = {
    "given": "lectures confiées",
    "taken": "lectures retirées",
    "minimum": "dossiers au moins",
    "maximum": "dossiers au plus",
    "themes": "thèmes",
    "above": "dossiers retenus",
    "added": "lignes ajoutées",
    "changed": "lignes modifiées",
    "removed": "lignes retirées",
    "before": "avant",
    "after": "après",
    "cents": "montant des retenus",
    "departures": "écarts",
    "deposit": "dépôt n°",
    "eligible": "recevable",
    "format": "format",
    "from": "à partir du",
    "in_place_of": "en suppléance",
    "proposed_by": "proposé par",
    "questions": "questions",
    "ranked": "dossiers classés",
    "ranking": "classement n°",
    "readings": "lectures",
    "role": "rôle",
    "sequence": "calcul n°",
    "until": "jusqu’au",
    "version": "version",
}
_MONEY = frozenset({"after", "before", "cents"})


def words(act: str) -> str:
    """Return what somebody did, as the end of a sentence that begins with his name."""
    return WORDS.get(act, act)


def facts(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the facts of an act that a reader understands, (what, value); digests and references are left out."""
    return [(label, _shown(name, told[name])) for name, label in _FACTS.items() if name in told]


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if name == "in_place_of":  # the reference of whoever is absent, which no reader knows
        return "oui"
    if name in _MONEY and isinstance(value, int):
        return euros(value)
    return ROLE_LABELS[Role(value)] if name == "role" and value in set(Role) else str(value)
