"""What each event writes to people: one function a message, whose words are in ``templates/mail/``.

Every message has a subject that can be acted on, about five lines, one thing to do, and says why it came.
Instants and delays come already written for readers; links are whole addresses.
"""

from __future__ import annotations

from collections.abc import Sequence

from ptce_aap import addresses
from ptce_aap.mail.message import Joined, Message
from ptce_aap.mail.rendering import compose


def confirm_address(to: str, *, link: str, known: bool = False) -> Message:
    """Ask a new account's holder to confirm the address; ``known``: an account was opened with it before."""
    return compose(to, "confirm_address", {"link": link, "known": known})


def reset_password(to: str, *, link: str) -> Message:
    """Send the link by which a forgotten password is replaced."""
    return compose(to, "reset_password", {"link": link})


def account_news(to: str, *, what: str, base_url: str, left: int = 0, name: str = "") -> Message:
    """Tell a person what changed in the ways into her account, so that she knows if it was not her.

    ``what``: ``second_factor_set``, ``second_factor_removed``, ``second_factor_reset``, ``recovery_codes_made``,
    ``recovery_code_used`` (``left``: how many are left), ``identity_bound``, ``passkey_added`` or ``passkey_removed``
    (``name``: its name).
    """
    facts = {"what": what, "left": left, "name": name, "link": base_url + addresses.account_security()}
    return compose(to, "account_news", facts)


def invitation(to: str, *, role: str, call_title: str, link: str) -> Message:
    """Invite a person to take the role she was given on a call."""
    return compose(to, "invitation", {"role": role, "call_title": call_title, "link": link})


def substitution(to: str, *, role: str, call_title: str, entered: bool, link: str) -> Message:
    """Tell a person that she stands in for people in conflict; ``entered``: she has an account already."""
    return compose(to, "substitution", {"role": role, "call_title": call_title, "entered": entered, "link": link})


def absence(
    to: str,
    *,
    you: str,
    what: str,
    absent: str,
    substitute: str,
    first: str,
    last: str,
    call_title: str,
    link: str,
) -> Message:
    """Tell of a correspondent's absence: ``you`` is ``substitute``, ``absent`` or ``namer``, ``what`` ``named`` or
    ``ended``; days are written out.
    """
    facts = {"you": you, "what": what, "absent": absent, "substitute": substitute, "first": first, "last": last}
    return compose(to, "absence", {**facts, "call_title": call_title, "link": link})


def dossier_invitation(
    to: str, *, inviter: str, title: str, call_title: str, may: str, until: str, link: str
) -> Message:
    """Invite a person into a dossier; ``may``: what she will be able to do there."""
    facts = {"inviter": inviter, "title": title, "call_title": call_title, "may": may, "until": until}
    return compose(to, "dossier_invitation", {**facts, "link": link})


def people_news(to: str, *, what: str, who: str, title: str, call_title: str, link: str) -> Message:
    """Tell the owner of a dossier what one of its people did.

    ``what``: ``invitation_declined``, ``ownership_taken``, ``ownership_refused``, ``confirmed`` or ``declined``.
    """
    return compose(
        to, "people_news", {"what": what, "who": who, "title": title, "call_title": call_title, "link": link}
    )


def ownership_offered(to: str, *, giver: str, title: str, call_title: str, link: str) -> Message:
    """Ask a person whether she takes a dossier over."""
    facts = {"giver": giver, "title": title, "call_title": call_title}
    return compose(to, "ownership_offered", {**facts, "link": link})


def ownership_transferred(to: str, *, giver: str, title: str, call_title: str, link: str) -> Message:
    """Tell a person that a dossier is hers from now on."""
    facts = {"giver": giver, "title": title, "call_title": call_title}
    return compose(to, "ownership_transferred", {**facts, "link": link})


def representative_confirmation(to: str, *, asker: str, title: str, call_title: str, closes: str, link: str) -> Message:
    """Ask the legal representative to confirm a dossier before its deposit."""
    facts = {"asker": asker, "title": title, "call_title": call_title, "closes": closes}
    return compose(to, "representative_confirmation", {**facts, "link": link})


def draft_reminder(
    to: str,
    *,
    title: str,
    closes: str,
    left: str,
    stages: Sequence[tuple[str, int]],
    held_back: bool,
    link: str,
    stop: str,
    local: str = "",
    calendar: Joined | None = None,
) -> Message:
    """Remind of a draft before the closing.

    ``stages``: how many answers are missing, stage by stage; ``held_back``: it could not even be filed as it is;
    ``local``: the closing where the dossier is, far from Paris; ``stop``: where the person asks for no more reminders.
    """
    facts = {
        "title": title,
        "closes": closes,
        "left": left,
        "stages": tuple(stages),
        "held_back": held_back,
        "local": local,
    }
    missing = sum(count for _, count in stages)
    joined = () if calendar is None else (calendar,)
    return compose(to, "draft_reminder", {**facts, "missing": missing, "link": link}, stop=stop, joined=joined)


def filing_receipt(
    to: str,
    *,
    number: str,
    title: str,
    call_title: str,
    received: str,
    missing: int,
    line: tuple[int, str],
    head: tuple[int, str] | None,
    link: str,
    named_as_contact: bool = False,
) -> Message:
    """Confirm that a dossier was received, complete or as it is.

    ``line``: the number and the digest of the deposit's line of the journal; ``head``: those of the last head.
    """
    facts = {"number": number, "title": title, "call_title": call_title, "received": received, "missing": missing}
    facts |= {"line": line[0], "digest": line[1], "head": head}
    return compose(to, "filing_receipt", {**facts, "link": link, "named_as_contact": named_as_contact})


def piece_infected(to: str, *, filename: str, title: str, call_title: str, link: str) -> Message:
    """Tell whoever joined a piece that a virus was found in it."""
    facts = {"filename": filename, "title": title, "call_title": call_title}
    return compose(to, "piece_infected", {**facts, "link": link})


def complement_request(to: str, *, number: str, questions: int, until: str, link: str) -> Message:
    """Ask for complements on so many questions, before an instant."""
    return compose(to, "complement_request", {"number": number, "questions": questions, "until": until, "link": link})


def complement_reminder(to: str, *, number: str, until: str, link: str) -> Message:
    """Recall that complements are awaited before an instant."""
    return compose(to, "complement_reminder", {"number": number, "until": until, "link": link})


def complement_answered(to: str, *, number: str, call_title: str, received: str, link: str) -> Message:
    """Tell whoever follows a dossier that its complements came."""
    return compose(
        to, "complement_answered", {"number": number, "call_title": call_title, "received": received, "link": link}
    )


def consultation_request(
    to: str,
    *,
    addressee: str,
    asker: str,
    asker_email: str,
    funding: bool,
    again: bool,
    number: str,
    title: str,
    call_title: str,
    question: str,
    until: str,
    link: str,
) -> Message:
    """Ask a service for its opinion on a dossier, or a funder (``funding``) to confirm what he brings.

    ``again``: a former link was sent, and works no more.
    """
    facts = {"addressee": addressee, "asker": asker, "asker_email": asker_email, "funding": funding, "again": again}
    dossier = {"number": number, "title": title, "call_title": call_title, "question": question}
    return compose(to, "consultation_request", {**facts, **dossier, "until": until, "link": link})


def consultation_answered(to: str, *, number: str, service: str, call_title: str, link: str) -> Message:
    """Tell whoever asked that a service, or a funder, has answered."""
    facts = {"number": number, "service": service, "call_title": call_title, "link": link}
    return compose(to, "consultation_answered", facts)


def new_message(to: str, *, dossier: str, call_title: str, applicant: bool, link: str) -> Message:
    """Tell that a message waits, and nothing of what it says; ``dossier`` is its number, or its title."""
    return compose(
        to, "new_message", {"dossier": dossier, "call_title": call_title, "applicant": applicant, "link": link}
    )


def eligibility_letter(to: str, *, number: str, call_title: str, link: str) -> Message:
    """Tell that the decision on eligibility can be read, without saying it."""
    return compose(to, "eligibility_letter", {"number": number, "call_title": call_title, "link": link})


def result(to: str, *, number: str, call_title: str, link: str) -> Message:
    """Tell that the decision can be read, without saying it."""
    return compose(to, "result", {"number": number, "call_title": call_title, "link": link})


def dossier_withdrawn(
    to: str, *, number: str, title: str, call_title: str, withdrawn: str, link: str, may_file_again: bool
) -> Message:
    """Confirm that a dossier was withdrawn by its applicant."""
    facts = {"number": number, "title": title, "call_title": call_title, "withdrawn": withdrawn}
    return compose(to, "dossier_withdrawn", {**facts, "may_file_again": may_file_again, "link": link})


def closing_put_off(to: str, *, title: str, call_title: str, closing: str, reason: str, link: str) -> Message:
    """Tell whoever prepares a dossier that the closing is put off."""
    facts = {"title": title, "call_title": call_title, "closing": closing, "reason": reason}
    return compose(to, "closing_put_off", {**facts, "link": link})


def opinions_due(to: str, *, call_title: str, due: str, put_off: bool, reason: str, link: str) -> Message:
    """Tell a correspondent until when opinions and regional ranks are received."""
    facts = {"call_title": call_title, "due": due, "put_off": put_off, "reason": reason}
    return compose(to, "opinions_due", {**facts, "link": link})


def opinion_reopened(to: str, *, dossier: str, call_title: str, reason: str, link: str) -> Message:
    """Tell a correspondent that an opinion is handed back to his region, to be given again."""
    facts = {"dossier": dossier, "call_title": call_title, "reason": reason}
    return compose(to, "opinion_reopened", {**facts, "link": link})


def marking_open(to: str, *, call_title: str, declared: bool, link: str) -> Message:
    """Tell a member of the jury that the marking is open, and what he does first."""
    return compose(to, "marking_open", {"call_title": call_title, "declared": declared, "link": link})


def mark_revised(to: str, *, call_title: str, link: str) -> Message:
    """Tell a member of the jury that a mark of his was revised in session; neither mark nor dossier is written."""
    return compose(to, "mark_revised", {"call_title": call_title, "link": link})


def journal_head(to: str, *, number: int, day: str, digest: str, link: str, file: Joined) -> Message:
    """Entrust the head of a day of the journal to somebody outside; ``file`` holds it whole."""
    return compose(to, "journal_head", {"number": number, "day": day, "digest": digest, "link": link}, joined=(file,))


def act_to_confirm(to: str, *, act: str, proposer: str, call_title: str, until: str, link: str) -> Message:
    """Ask somebody to confirm an act that another person proposes."""
    facts = {"act": act, "proposer": proposer, "call_title": call_title, "until": until}
    return compose(to, "act_to_confirm", {**facts, "link": link})


def act_ended(to: str, *, act: str, outcome: str, who: str, call_title: str, link: str) -> Message:
    """Tell who proposed an act what became of it: ``confirmed``, ``refused`` or ``expired``."""
    return compose(
        to, "act_ended", {"act": act, "outcome": outcome, "who": who, "call_title": call_title, "link": link}
    )
