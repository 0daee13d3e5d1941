"""Messages are short French letters with one link, and nobody bends their headers."""

import re

import pytest

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.mail import messages
from ptce_aap.mail.messages import Message

LINK = "https://aap.example.org/compte/confirmation/abc"
RECEIPT = messages.filing_receipt(
    "a@example.org",
    number="PTCE-7K2M",
    title="Pôle du Val",
    call_title="PTCE 2015",
    received="12/06/2015 à 10 h 02",
    missing=3,
    link=LINK,
)
LETTERS = [
    messages.confirm_address("a@example.org", link=LINK),
    messages.reset_password("a@example.org", link=LINK),
    messages.invitation("a@example.org", role="Membre du jury", call_title="PTCE 2015", link=LINK),
    RECEIPT,
    messages.marking_open("a@example.org", call_title="PTCE 2015", declared=True, link=LINK),
    messages.marking_open("a@example.org", call_title="PTCE 2015", declared=False, link=LINK),
    messages.mark_revised("a@example.org", call_title="PTCE 2015", link=LINK),
]


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.subject[:20])
def test_a_letter_says_who_writes_and_holds_one_link(letter):
    assert letter.text.count("https://") == 1
    assert LINK in letter.text.splitlines()
    assert "Message envoyé par" in letter.text
    assert len(letter.text.splitlines()) <= 14


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: letter.subject[:20])
def test_a_letter_is_typeset_as_french_is(letter):
    assert re.search(r"[^\u00a0\S][:;?!»](\s|$)|«[^\u00a0]|'", letter.subject + letter.text) is None


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
