"""What each event writes to people: a subject that can be acted on, five lines, one link, who writes and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.headerregistry import Address

from ptce_aap.domain.errors import RuleViolation

_MAXIMUM_ADDRESS = 254
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+\.[^\s@<>()\[\],;:\"\\.]+")


def parse_address(text: str) -> Address:
    """Return ``text`` as one e-mail address. Errors: ``RuleViolation("mail_address_refused")``."""
    if len(text) > _MAXIMUM_ADDRESS or not text.isascii() or not _ADDRESS.fullmatch(text):
        raise RuleViolation("mail_address_refused")
    try:
        return Address(addr_spec=text)
    except (ValueError, IndexError) as error:
        raise RuleViolation("mail_address_refused") from error


@dataclass(frozen=True, slots=True)
class Message:
    """A plain text message to one person; a header that a stranger could bend is refused here."""

    to: str
    subject: str
    text: str

    def __post_init__(self) -> None:
        parse_address(self.to)
        if _CONTROL.search(self.subject) or not self.subject.strip() or len(self.subject) > 300:
            raise RuleViolation("mail_subject_refused")

    def as_payload(self) -> dict[str, str]:
        """Return the form in which the outbox keeps the message until it is sent."""
        return {"to": self.to, "subject": self.subject, "text": self.text}


def is_address(text: str) -> bool:
    """Tell whether a message can be sent there."""
    try:
        parse_address(text)
    except RuleViolation:
        return False
    return True


def on_one_line(text: str, limit: int = 120) -> str:
    """Return a name typed by somebody as it may stand in a subject: one line, cut where it is long."""
    line = " ".join(_CONTROL.sub(" ", text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def confirm_address(to: str, *, link: str) -> Message:
    """Ask a new account's holder to confirm the address."""
    return _letter(
        to,
        "Confirmez votre adresse de courriel",
        "Un compte vient d'être créé avec cette adresse pour répondre à un appel à projets.",
        "Pour confirmer que cette adresse est bien la vôtre, ouvrez ce lien :",
        link,
        "Vous pouvez commencer votre dossier, et même le déposer, avant d'avoir confirmé.",
        why="Si vous n'avez pas créé de compte, ne faites rien : personne ne pourra s'en servir pour vous écrire.",
    )


def reset_password(to: str, *, link: str) -> Message:
    """Send the link by which a forgotten password is replaced."""
    return _letter(
        to,
        "Choisissez un nouveau mot de passe",
        "Vous avez demandé à remplacer votre mot de passe.",
        "Ouvrez ce lien dans les 30 minutes ; il ne sert qu'une fois :",
        link,
        why="Si vous n'avez rien demandé, ne faites rien : votre mot de passe reste le même.",
    )


def invitation(to: str, *, role: str, call_title: str, link: str) -> Message:
    """Invite a person to take the role she was given on a call."""
    return _letter(
        to,
        f"Vous êtes invité : {on_one_line(role, 60)} – {on_one_line(call_title, 90)}",
        f"Un rôle vous a été confié ({on_one_line(call_title)}) : {on_one_line(role)}.",
        "Pour choisir votre mot de passe et commencer, ouvrez ce lien dans les 7 jours ; il ne sert qu'une fois :",
        link,
        why="Vous recevez ce message parce que l'équipe de l'appel à projets a indiqué cette adresse.",
    )


def filing_receipt(
    to: str,
    *,
    number: str,
    title: str,
    call_title: str,
    received: str,
    missing: int,
    link: str,
    named_as_contact: bool = False,
) -> Message:
    """Confirm that a dossier was received, complete or as it is."""
    state = (
        "Il est complet."
        if missing == 0
        else f"Il a été déposé en l'état : {missing} réponse{'s' if missing > 1 else ''} obligatoire"
        f"{'s' if missing > 1 else ''} manque{'nt' if missing > 1 else ''}."
    )
    return _letter(
        to,
        f"Dossier {on_one_line(number, 40)} reçu – {on_one_line(call_title, 90)}",
        f"Votre dossier « {on_one_line(title)} » a été reçu le {received}, sous le numéro {on_one_line(number, 40)}.",
        state,
        "Votre accusé de réception, à conserver, est ici :",
        link,
        why="Vous recevez ce message parce que le dossier indique cette adresse comme contact. "
        "L'accusé de réception s'ouvre avec le compte qui a déposé le dossier."
        if named_as_contact
        else "Vous recevez ce message parce que cette adresse est celle du compte qui a déposé le dossier.",
    )


def marking_open(to: str, *, call_title: str, declared: bool, link: str) -> Message:
    """Tell a member of the jury that the marking is open, and what he does first."""
    first = (
        "Vos dossiers et leur grille vous attendent :"
        if declared
        else "Avant que vos dossiers s'ouvrent, dites avec lesquels vous avez un lien :"
    )
    return _letter(
        to,
        f"{'Vos dossiers sont à lire' if declared else 'Déclarez vos conflits'} – {on_one_line(call_title, 80)}",
        f"La notation est ouverte pour l'appel à projets « {on_one_line(call_title)} ».",
        first,
        link,
        "Une lecture compte quand sa fiche est rendue.",
        why="Vous recevez ce message parce que vous êtes membre du jury de cet appel.",
    )


def mark_revised(to: str, *, call_title: str, link: str) -> Message:
    """Tell a member of the jury that a mark of his was revised in session; neither mark nor dossier is written."""
    return _letter(
        to,
        f"Une de vos notes a été révisée en séance – {on_one_line(call_title, 80)}",
        "La présidence du jury a enregistré une note que vous avez révisée pendant la délibération.",
        "Votre fiche montre la note d'avant la discussion, celle d'après et le motif :",
        link,
        "Si cette révision n'est pas la vôtre, dites-le sans attendre à la présidence du jury.",
        why="Vous recevez ce message parce que vous êtes membre du jury de cet appel.",
    )


def _letter(to: str, subject: str, *lines: str, why: str) -> Message:
    body = ["Bonjour,", "", *lines, "", why, "", "-- ", "Message envoyé par le service des appels à projets."]
    return Message(to, _spaced(subject), _spaced("\n".join(body)) + "\n")


def _spaced(text: str) -> str:
    """Put the spaces that French typography asks for before high punctuation and inside guillemets."""
    text = re.sub(r"(?<=\S) (?=[:;?!»](?:\s|$))", "\u00a0", text)
    return text.replace("« ", "«\u00a0").replace(" »", "\u00a0»").replace("'", "’")
