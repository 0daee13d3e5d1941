"""Messages are short French letters with one thing to do, the same in both texts; nobody bends their headers."""

import re
from email import message_from_bytes
from email.policy import default

import pytest
from jinja2 import UndefinedError

from ptce_aap.clock import now
from ptce_aap.domain.errors import RuleViolation
from ptce_aap.mail import messages, rendering
from ptce_aap.mail.catalogue import CATALOGUE
from ptce_aap.mail.message import Joined, Message, on_one_line
from ptce_aap.mail.plain import as_plain_text
from ptce_aap.mail.sender import Letterhead

LINK = "https://aap.example.org/compte/confirmation/abc"
STOP = "https://aap.example.org/rappels/xyz"
HOSTILE = "Pôle <img src=x>\r\nBcc: x@example.org & « Val » : 'suite'"
RECEIPT = messages.filing_receipt(
    "a@example.org",
    number="PTCE-7K2M",
    title="Pôle du Val",
    call_title="PTCE 2015",
    received="12/06/2015 à 10 h 02",
    missing=3,
    line=(812, "5d" * 32),
    head=(12, "0c" * 32),
    link=LINK,
)
BASE = "https://aap.example.org"
LETTERS = [
    *(letter.example(BASE) for letter in CATALOGUE if letter.kind != "draft_reminder"),
    messages.marking_open("a@example.org", call_title="PTCE 2015", declared=False, link=LINK),
    messages.new_message("a@example.org", dossier="7K2M", call_title="PTCE 2015", applicant=False, link=LINK),
    *(
        messages.people_news("a@example.org", what=what, who="Claude", title="Val", call_title="PTCE 2015", link=LINK)
        for what in ("invitation_declined", "ownership_taken", "ownership_refused", "declined")
    ),
    *(
        messages.account_news("a@example.org", what=what, name="Téléphone", left=left, base_url=BASE)
        for what, left in (
            ("second_factor_set", 0),
            ("second_factor_removed", 0),
            ("second_factor_reset", 0),
            ("recovery_codes_made", 0),
            ("recovery_code_used", 0),
            ("recovery_code_used", 9),
            ("passkey_removed", 0),
        )
    ),
    RECEIPT,
]


def reminder(title="Pôle du Val", stages=(("Porteur", 2), ("Budget", 1)), held_back=False):
    return messages.draft_reminder(
        "a@example.org",
        title=title,
        closes="mardi 30 juin à 23 h 59",
        left="dans 3 jours",
        stages=stages,
        held_back=held_back,
        link=LINK,
        stop=STOP,
        calendar=Joined("cloture.ics", "calendar", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
    )


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.subject[:20])
def test_a_letter_says_who_writes_and_holds_one_link(letter):
    assert letter.text.count("https://") == letter.html.count("https://") == 1
    assert any(line.startswith("https://aap.example.org/") for line in letter.text.splitlines())
    assert "Message envoyé par" in letter.text
    assert sum(bool(line.strip()) for line in letter.text.splitlines()) <= 10


@pytest.mark.parametrize("letter", [*LETTERS, reminder()], ids=lambda letter: letter.subject[:20])
def test_a_letter_is_typeset_as_french_is(letter):
    assert re.search(r"[^\u00a0\S][:;?!»](\s|$)|«[^\u00a0]|'", letter.subject + letter.text) is None


@pytest.mark.parametrize("letter", [*LETTERS, reminder()], ids=lambda letter: letter.subject[:20])
def test_both_texts_say_the_same_and_the_page_fetches_nothing(letter):
    assert as_plain_text(letter.html) == letter.text
    assert letter.html.startswith("<!DOCTYPE html>")
    assert re.findall(r"<script|<img|<link|url\(|\son\w+=|\ssrc=", letter.html) == []


def test_every_template_is_the_words_of_a_message_and_every_message_has_its_template():
    templates = {path.stem for path in rendering.folder().glob("*.html")} - {"letter", "parts"}
    assert {letter.kind for letter in CATALOGUE} == templates
    assert all(letter.example(BASE).kind == letter.kind for letter in CATALOGUE)


def test_a_message_without_one_of_its_facts_is_not_written():
    with pytest.raises(UndefinedError, match="call_title"):
        rendering.compose("a@example.org", "invitation", {"role": "Jury", "link": LINK})


def test_a_reminder_says_what_is_missing_where_and_how_to_hear_no_more_of_it():
    letter = reminder()
    text = letter.text.replace("\u00a0", " ")
    assert letter.subject.startswith("Il manque 3\u00a0réponses à votre dossier – clôture mardi 30 juin")
    assert "– Porteur : 2 réponses\n– Budget : 1 réponse\n" in text
    assert "déposer en l’état" in text
    assert f"Ne plus recevoir de rappel pour ce dossier ({STOP})" in text
    assert "déposer en l’état" not in reminder(held_back=True).text
    assert reminder(stages=()).subject.startswith("Votre dossier est complet, il reste à le déposer")


@pytest.mark.parametrize("title", [HOSTILE, "Pôle\nBcc: b@example.org", "=?utf-8?q?x?=", "{{ link }}", "\u202e" * 9])
def test_what_people_typed_is_read_as_typed_in_both_texts_and_adds_no_header(title):
    letter = reminder(title)
    sent = Letterhead("a@b.fr", "b.fr").compose(letter, identifier="0f3a", at=now())
    mail = message_from_bytes(sent.as_bytes(), policy=default)
    assert "<img" not in letter.html
    assert on_one_line(title) in letter.text
    assert mail["Bcc"] is None
    assert mail["Subject"] == letter.subject
    plain, page = (mail.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    assert (plain, page) == (letter.text, letter.html)


def test_a_message_is_kept_whole_until_it_is_sent_and_older_rows_are_still_read():
    assert Message.from_payload(reminder().as_payload()) == reminder()
    old = {"to": "a@example.org", "subject": "Objet", "text": "Texte"}
    assert Message.from_payload(old) == Message("a@example.org", "Objet", "Texte")


def test_mail_programs_are_told_how_to_stop_and_a_calendar_travels_along():
    sent = Letterhead("a@b.fr", "b.fr").compose(reminder(), identifier="0f3a", at=now())
    assert sent.as_bytes() == sent.as_bytes()
    mail = message_from_bytes(sent.as_bytes(), policy=default)
    assert mail["List-Unsubscribe"] == f"<{STOP}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [calendar] = mail.iter_attachments()
    assert (calendar.get_content_type(), calendar.get_filename()) == ("text/calendar", "cloture.ics")
    assert calendar.get_content().startswith("BEGIN:VCALENDAR")


def test_a_long_address_to_stop_by_is_not_cut():
    long = f"https://aap.{'sous-domaine.' * 6}example.org/rappels/{'a' * 43}"
    letter = Message("a@example.org", "Objet", "Texte", stop=long)
    raw = Letterhead("a@b.fr", "b.fr").compose(letter, identifier="0f3a", at=now()).as_bytes()
    assert f"<{long}>".encode() in raw


def test_a_receipt_says_plainly_that_answers_are_missing():
    assert "Il a été déposé en l’état : 3 réponses obligatoires manquent." in RECEIPT.text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    "address",
    ["", "a", "a@b", "a@example.org\nBcc: b@example.org", "a@example.org, b@example.org", "A <a@example.org>",
     "a b@example.org", "é@example.org", "a@@example.org", "x" * 250 + "@example.org"],
)  # fmt: skip
def test_what_is_not_one_address_is_refused(address):
    with pytest.raises(RuleViolation) as refusal:
        Message(address, "Objet", "Texte")
    assert refusal.value.code == "mail_address_refused"


@pytest.mark.parametrize("subject", ["", "a\r\nBcc: b@example.org", "a\nb", "a\x00b", "a\u2028b", "x" * 301])
def test_a_subject_that_adds_a_header_is_refused(subject):
    with pytest.raises(RuleViolation) as refusal:
        Message("a@example.org", subject, "Texte")
    assert refusal.value.code == "mail_subject_refused"


def test_a_title_typed_on_several_lines_becomes_one_line_of_the_subject():
    letter = messages.invitation("a@example.org", role="Jury", call_title="PTCE\r\nBcc: x@example.org", link=LINK)
    assert letter.subject == "Vous êtes invité\u00a0: Jury – PTCE Bcc: x@example.org"
