"""Every message that can leave: what readers call it, when it leaves, to whom, and an example with invented facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ptce_aap.mail import messages
from ptce_aap.mail.message import Joined, Message

_TO = "camille@exemple.fr"
_TITLE = "Pôle d’exemple du Val"
_CALL = "Appel à projets d’exemple"
_NUMBER = "B7KX-29QR"
_CLOSES = "mardi 30 juin à 23\u00a0h\u00a059 (heure de Paris)"
_PERSON = "Une personne de l’équipe"


@dataclass(frozen=True, slots=True)
class Letter:
    """One kind of message; ``example`` writes it with links under the address that it is given."""

    kind: str
    title: str
    leaves: str
    reader: str
    example: Callable[[str], Message]


def of_kind(kind: str) -> Letter | None:
    """Return a kind of message, None where there is no such one."""
    return next((letter for letter in CATALOGUE if letter.kind == kind), None)


CATALOGUE = (
    Letter(
        "confirm_address",
        "Adresse à confirmer",
        "À la création d’un compte",
        "La personne qui crée le compte",
        lambda base: messages.confirm_address(_TO, link=f"{base}/exemple"),
    ),
    Letter(
        "account_news",
        "Changement dans l’accès au compte",
        "Quand une application de codes, des codes de secours ou une clé d’accès changent",
        "La personne dont c’est le compte",
        lambda base: messages.account_news(_TO, what="passkey_added", name="Téléphone", base_url=base),
    ),
    Letter(
        "reset_password",
        "Mot de passe à remplacer",
        "À la demande de la personne, cinq fois par jour au plus ; cinq de plus depuis un appareil connu",
        "La personne qui a oublié son mot de passe",
        lambda base: messages.reset_password(_TO, link=f"{base}/exemple"),
    ),
    Letter(
        "invitation",
        "Invitation à tenir un rôle",
        "Quand l’équipe confie un rôle",
        "La personne à qui le rôle est confié",
        lambda base: messages.invitation(_TO, role="Jury", call_title=_CALL, link=f"{base}/exemple"),
    ),
    Letter(
        "substitution",
        "Suppléance",
        "Quand une suppléance est nommée, parce que les personnes d’un rôle sont en conflit",
        "La personne nommée",
        lambda base: messages.substitution(
            _TO, role="Présidence du jury", call_title=_CALL, entered=True, link=f"{base}/exemple"
        ),
    ),
    Letter(
        "absence",
        "Suppléance d’un correspondant absent",
        "Quand un correspondant, ou l’équipe pour lui, nomme qui agit pendant son absence, et si elle finit plus tôt",
        "La personne nommée, le correspondant absent, et la personne qui a nommé",
        lambda base: messages.absence(
            _TO,
            you="substitute",
            what="named",
            absent="Une correspondante",
            substitute="Un correspondant",
            first="lundi 6 juillet 2015",
            last="vendredi 17 juillet 2015",
            call_title=_CALL,
            link=f"{base}/exemple",
        ),
    ),
    Letter(
        "dossier_invitation",
        "Invitation dans un dossier",
        "Quand une personne en invite une autre dans son dossier",
        "La personne invitée",
        lambda base: messages.dossier_invitation(
            _TO,
            inviter=_PERSON,
            title=_TITLE,
            call_title=_CALL,
            may="lire et modifier le dossier",
            until="vendredi 12 juin à 10\u00a0h\u00a002",
            link=f"{base}/exemple",
        ),
    ),
    Letter(
        "ownership_offered",
        "Dossier proposé",
        "Quand le titulaire d’un dossier propose de le confier",
        "La personne à qui il est proposé",
        lambda base: messages.ownership_offered(
            _TO, giver=_PERSON, title=_TITLE, call_title=_CALL, link=f"{base}/exemple"
        ),
    ),
    Letter(
        "ownership_transferred",
        "Dossier confié",
        "Quand la personne à qui un dossier est proposé le reprend",
        "Le nouveau titulaire",
        lambda base: messages.ownership_transferred(
            _TO, giver=_PERSON, title=_TITLE, call_title=_CALL, link=f"{base}/exemple"
        ),
    ),
    Letter(
        "representative_confirmation",
        "Confirmation du représentant légal",
        "Quand elle est demandée avant un dépôt",
        "Le représentant légal du porteur",
        lambda base: messages.representative_confirmation(
            _TO, asker=_PERSON, title=_TITLE, call_title=_CALL, closes=_CLOSES, link=f"{base}/exemple"
        ),
    ),
    Letter(
        "people_news",
        "Réponse d’une personne du dossier",
        "Quand une personne refuse une invitation, répond à une offre ou à une demande de confirmation",
        "Le titulaire du dossier",
        lambda base: messages.people_news(
            _TO, what="confirmed", who=_PERSON, title=_TITLE, call_title=_CALL, link=f"{base}/exemple"
        ),
    ),
    Letter(
        "draft_reminder",
        "Rappel d’un dossier non déposé",
        "10, 3 et 1 jours avant la clôture, une fois chacun",
        "Les personnes qui peuvent modifier le dossier et n’ont pas demandé l’arrêt des rappels",
        lambda base: messages.draft_reminder(
            _TO,
            title=_TITLE,
            closes=_CLOSES,
            left="dans 3\u00a0jours",
            stages=[("Le porteur", 2), ("Les membres", 1)],
            held_back=False,
            link=f"{base}/exemple",
            stop=f"{base}/exemple-arret",
        ),
    ),
    Letter(
        "filing_receipt",
        "Accusé de réception",
        "À chaque dépôt",
        "Le compte qui dépose, et l’adresse de contact du dossier",
        lambda base: messages.filing_receipt(
            _TO,
            number=_NUMBER,
            title=_TITLE,
            call_title=_CALL,
            received="vendredi 12 juin à 10\u00a0h\u00a002\u00a0min\u00a009\u00a0s (heure de Paris)",
            missing=1,
            line=(812, "5d" * 32),
            head=(12, "0c" * 32),
            link=f"{base}/exemple",
        ),
    ),
    Letter(
        "dossier_withdrawn",
        "Dossier retiré",
        "Quand une personne retire le dossier qu’elle a déposé",
        "Le compte qui a déposé, et l’adresse de contact du dossier",
        lambda base: messages.dossier_withdrawn(
            _TO,
            number=_NUMBER,
            title=_TITLE,
            call_title=_CALL,
            withdrawn="vendredi 12 juin à 10\u00a0h\u00a002\u00a0min\u00a009\u00a0s (heure de Paris)",
            link=f"{base}/exemple",
            may_file_again=True,
        ),
    ),
    Letter(
        "closing_put_off",
        "Clôture repoussée",
        "Quand l’équipe repousse la clôture d’un appel",
        "Les personnes dont le dossier n’est pas déposé",
        lambda base: messages.closing_put_off(
            _TO,
            title=_TITLE,
            call_title=_CALL,
            closing="mardi 30 juin à 23\u00a0h\u00a059",
            reason="Le service a été indisponible.",
            link=f"{base}/exemple",
        ),
    ),
    Letter(
        "journal_head",
        "Empreinte du journal",
        "Chaque jour",
        "Les témoins extérieurs que l’exploitant du service a désignés",
        lambda base: messages.journal_head(
            _TO,
            number=12,
            day="lundi 22 juin 2026",
            digest="5d" * 32,
            link=f"{base}/verifier",
            file=Joined("journal-2026-06-22.json", "plain", "{}\n"),
        ),
    ),
    Letter(
        "piece_infected",
        "Virus dans une pièce",
        "Quand l’antivirus trouve un virus dans une pièce jointe",
        "La personne qui a joint la pièce",
        lambda base: messages.piece_infected(
            _TO, filename="Statuts.pdf", title=_TITLE, call_title=_CALL, link=f"{base}/exemple"
        ),
    ),
    Letter(
        "eligibility_letter",
        "Décision sur la recevabilité",
        "Quand l’équipe envoie la lettre d’un dossier non recevable, ou revient sur cette décision",
        "Les personnes du dossier",
        lambda base: messages.eligibility_letter(_TO, number=_NUMBER, call_title=_CALL, link=f"{base}/exemple"),
    ),
    Letter(
        "complement_request",
        "Demande de compléments",
        "Quand un correspondant demande des compléments",
        "Les personnes du dossier",
        lambda base: messages.complement_request(
            _TO, number=_NUMBER, questions=2, until=_CLOSES, link=f"{base}/exemple"
        ),
    ),
    Letter(
        "complement_reminder",
        "Rappel d’une demande de compléments",
        "Deux jours ouvrés avant la fin du délai, sans réponse, ou quand un correspondant ou l’équipe le demande",
        "Les personnes du dossier",
        lambda base: messages.complement_reminder(_TO, number=_NUMBER, until=_CLOSES, link=f"{base}/exemple"),
    ),
    Letter(
        "complement_answered",
        "Compléments reçus",
        "Quand les compléments sont envoyés",
        "Les correspondants de la région",
        lambda base: messages.complement_answered(
            _TO, number=_NUMBER, call_title=_CALL, received=_CLOSES, link=f"{base}/exemple"
        ),
    ),
    Letter(
        "consultation_request",
        "Avis ou confirmation demandés",
        "Quand un correspondant, ou l’équipe, consulte un service ou un cofinanceur, prolonge ou relance sa demande",
        "La personne consultée, qui n’a pas de compte",
        lambda base: messages.consultation_request(
            _TO,
            addressee="Camille Exemple",
            asker=_PERSON,
            asker_email="equipe@exemple.fr",
            funding=False,
            again=False,
            number=_NUMBER,
            title=_TITLE,
            call_title=_CALL,
            question="Ce projet croise-t-il votre plan d’action\u00a0?",
            until=_CLOSES,
            link=f"{base}/exemple",
        ),
    ),
    Letter(
        "consultation_answered",
        "Réponse d’une personne consultée",
        "Quand un service ou un cofinanceur rend sa réponse",
        "La personne qui l’a consulté",
        lambda base: messages.consultation_answered(
            _TO, number=_NUMBER, service="Un service", call_title=_CALL, link=f"{base}/exemple"
        ),
    ),
    Letter(
        "new_message",
        "Message à lire",
        "Quand un message est écrit au sujet d’un dossier ; le message lui-même ne part jamais par courriel",
        "Les personnes du dossier, ou ses correspondants",
        lambda base: messages.new_message(
            _TO, dossier=_NUMBER, call_title=_CALL, applicant=True, link=f"{base}/exemple"
        ),
    ),
    Letter(
        "result",
        "Décision disponible",
        "Quand les résultats sont publiés",
        "Les personnes du dossier",
        lambda base: messages.result(_TO, number=_NUMBER, call_title=_CALL, link=f"{base}/exemple"),
    ),
    Letter(
        "marking_open",
        "Dossiers à lire",
        "À l’ouverture de la notation",
        "Les membres du jury",
        lambda base: messages.marking_open(_TO, call_title=_CALL, declared=True, link=f"{base}/exemple"),
    ),
    Letter(
        "act_to_confirm",
        "Acte à confirmer",
        "Quand une personne propose de repousser la clôture, de figer la liste, de publier ou de corriger un conflit",
        "Les personnes qui peuvent confirmer cet acte",
        lambda base: messages.act_to_confirm(
            _TO, act="Figer la liste classée", proposer=_PERSON, call_title=_CALL, until=_CLOSES, link=f"{base}/exemple"
        ),
    ),
    Letter(
        "act_ended",
        "Suite donnée à une proposition",
        "Quand l’acte proposé est confirmé ou refusé, ou que personne n’a répondu à temps",
        "La personne qui l’a proposé",
        lambda base: messages.act_ended(
            _TO,
            act="Figer la liste classée",
            outcome="confirmed",
            who=_PERSON,
            call_title=_CALL,
            link=f"{base}/exemple",
        ),
    ),
    Letter(
        "opinions_due",
        "Terme des avis et des classements régionaux",
        "Quand l’équipe de l’appel le fixe ou le repousse",
        "Les correspondants des régions",
        lambda base: messages.opinions_due(
            _TO,
            call_title=_CALL,
            due="vendredi 31 juillet 2015 à 23 h 59",
            put_off=True,
            reason="Les services régionaux consultés répondent tard.",
            link=f"{base}/exemple",
        ),
    ),
    Letter(
        "opinion_reopened",
        "Avis à reprendre",
        "Quand l’équipe de l’appel rend un avis à sa région",
        "Les correspondants de la région, sauf ceux en conflit avec le dossier",
        lambda base: messages.opinion_reopened(
            _TO,
            dossier="PTCE-0042",
            call_title=_CALL,
            reason="Le sens de l’avis contredit sa synthèse.",
            link=f"{base}/exemple",
        ),
    ),
    Letter(
        "mark_revised",
        "Note révisée en séance",
        "Quand la présidence enregistre une note révisée",
        "Le membre du jury qui l’a donnée",
        lambda base: messages.mark_revised(_TO, call_title=_CALL, link=f"{base}/exemple"),
    ),
)
"""The kinds of messages, in the order in which people meet them."""
