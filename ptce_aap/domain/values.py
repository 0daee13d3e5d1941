"""One reader per kind of simple value: raw JSON in, exact Python value out, or the reason why not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from stdnum import luhn

from ptce_aap.domain.refusals import Unreadable

MAX_INTEGER = 10**9
DECIMAL_BOUND = 10**12
NUMBER_PLACES = 4
MONEY_PLACES = 2


class QuestionKind(StrEnum):
    """The closed list of kinds of answers, by the word that definition files use."""

    TEXT = "texte"
    LONG_TEXT = "texte_long"
    INTEGER = "entier"
    NUMBER = "nombre"
    MONEY = "montant"
    DATE = "date"
    YES_NO = "oui_non"
    CHOICE = "choix"
    CHOICES = "choix_multiple"
    SIREN = "siren"
    SIRET = "siret"
    RNA = "rna"
    EMAIL = "courriel"
    PHONE = "telephone"
    COMMUNE = "commune"
    POSTCODE = "code_postal"
    ATTACHMENT = "piece"
    GROUP = "groupe"
    TABLE = "tableau"


DEFAULT_LENGTHS: Mapping[QuestionKind, int] = {
    QuestionKind.TEXT: 300,
    QuestionKind.LONG_TEXT: 6000,
    QuestionKind.EMAIL: 300,
}

_SURROGATE = re.compile("[\ud800-\udfff]")
_DECIMAL_TEXT = re.compile(r"[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"[0-9\s.+]{6,20}")
_RNA = re.compile(r"W[0-9][0-9A-Z][0-9]{7}")
_COMMUNE = re.compile(r"([0-9]{2}|2[AB])[0-9]{3}")
_POSTCODE = re.compile(r"[0-9]{5}")
_LA_POSTE = "356000000"


def is_blank(raw: object) -> bool:
    """Tell whether a raw value means "not answered": null, blanks only, or an empty list."""
    match raw:
        case None:
            return True
        case str():
            return not raw.strip()
        case list() | tuple():
            return not raw
        case _:
            return False


def clean_text(raw: object) -> str:
    """Return the text trimmed, in NFC, with LF line ends; a lone surrogate is no character."""
    if not isinstance(raw, str):
        raise Unreadable("wrong_type", "un texte est attendu.")
    if _SURROGATE.search(raw):
        raise Unreadable("lone_surrogate", "le texte contient un caractère invalide (demi-codet isolé).")
    return unicodedata.normalize("NFC", raw).replace("\r\n", "\n").replace("\r", "\n").strip()


def read_text(raw: object, max_length: int | None) -> str:
    """Return the text, no longer than ``max_length`` code points."""
    text = clean_text(raw)
    if max_length is not None and len(text) > max_length:
        over = len(text) - max_length
        raise Unreadable("too_long", f"le texte compte {over} caractère(s) de trop ({max_length} au plus).")
    return text


def read_integer(raw: object) -> int:
    """Return a whole number from 0 to 10⁹: a JSON number of integral value, never a text."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise Unreadable("wrong_type", "un nombre entier est attendu.")
    number = _finite(raw)
    _in_range(number, number <= MAX_INTEGER, "1 000 000 000 au plus")
    if number != number.to_integral_value():
        raise Unreadable("not_integral", "un nombre entier est attendu, sans décimales.")
    return int(number)


def read_decimal(raw: object, places: int) -> Fraction:
    """Return the exact number from 0 to less than 10¹², with at most ``places`` decimals, judged on its value."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        raise Unreadable("wrong_type", "un nombre est attendu.")
    if isinstance(raw, str):
        raw = raw.strip()
        if not _DECIMAL_TEXT.fullmatch(raw):
            raise Unreadable("not_a_number", "un nombre est attendu, écrit avec un point (« 12500.50 »).")
    number = _finite(raw)
    _in_range(number, number < DECIMAL_BOUND, "moins de 1 000 000 000 000")
    if number == 0:
        return Fraction(0)
    if _decimal_places(number) > places:
        raise Unreadable("too_many_decimals", f"{places} décimales au plus.")
    return Fraction(number)


def _finite(raw: int | float | Decimal | str) -> Decimal:
    try:
        number = Decimal(repr(raw) if isinstance(raw, float) else raw)
    except InvalidOperation:
        raise Unreadable("out_of_range", "ce nombre est trop grand.") from None
    if not number.is_finite():
        raise Unreadable("not_finite", "un nombre fini est attendu.")
    return number


def _in_range(number: Decimal, below: bool, bound: str) -> None:
    if number < 0:
        raise Unreadable("negative", "un nombre négatif n'est pas admis.")
    if not below:
        raise Unreadable("out_of_range", f"ce nombre est trop grand ({bound}).")


def _decimal_places(number: Decimal) -> int:
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)) if exponent < 0 else ""
    return max(0, -exponent - (len(text) - len(text.rstrip("0"))))


def read_number(raw: object) -> Decimal:
    """Return a number of at most four decimals."""
    exact = read_decimal(raw, NUMBER_PLACES)
    scaled = Decimal(int(exact * 10**NUMBER_PLACES)).scaleb(-NUMBER_PLACES).normalize()
    return Decimal(f"{scaled:f}")


def read_money(raw: object) -> int:
    """Return an amount in cents."""
    return int(read_decimal(raw, MONEY_PLACES) * 100)


def read_date(raw: object) -> date:
    """Return a day of the calendar, written AAAA-MM-JJ."""
    text = clean_text(raw)
    if not _DATE.fullmatch(text):
        raise Unreadable("not_a_date", "une date est attendue, écrite AAAA-MM-JJ.")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unreadable("no_such_date", f"la date « {text} » n'existe pas.") from None


def read_yes_no(raw: object) -> bool:
    """Return true or false, nothing else stands for them."""
    if not isinstance(raw, bool):
        raise Unreadable("wrong_type", "une réponse par vrai ou faux est attendue.")
    return raw


def read_siren(raw: object) -> str:
    """Return the nine digits of a SIREN whose check digit is right; blanks are dropped."""
    number = _digits(raw, 9, "SIREN")
    if not luhn.is_valid(number):
        raise Unreadable("check_digit", f"le SIREN « {number} » est faux : sa clé de contrôle ne correspond pas.")
    return number


def read_siret(raw: object) -> str:
    """Return the fourteen digits of a SIRET; at La Poste a sum of digits divisible by five is right too."""
    number = _digits(raw, 14, "SIRET")
    by_luhn = luhn.is_valid(number) and luhn.is_valid(number[:9])
    if not by_luhn and not (number.startswith(_LA_POSTE) and sum(map(int, number)) % 5 == 0):
        raise Unreadable("check_digit", f"le SIRET « {number} » est faux : sa clé de contrôle ne correspond pas.")
    return number


def _digits(raw: object, length: int, name: str) -> str:
    number = "".join(clean_text(raw).split())
    if not (number.isascii() and number.isdigit()):
        raise Unreadable("not_digits", f"un {name} ne contient que des chiffres.")
    if len(number) != length:
        gap = length - len(number)
        count = "un" if abs(gap) == 1 else abs(gap)
        told = f"il en manque {count}" if gap > 0 else f"il y en a {count} de trop"
        raise Unreadable("wrong_length", f"le {name} compte {length} chiffres ; {told}.")
    return number


def _pattern(pattern: re.Pattern[str], sentence: str) -> Callable[[object], str]:
    def read(raw: object) -> str:
        text = clean_text(raw)
        if not pattern.fullmatch(text):
            raise Unreadable("wrong_form", sentence)
        return text

    return read


read_rna = _pattern(_RNA, "un numéro RNA s'écrit « W » suivi de neuf caractères (« W123456789 »).")
read_phone = _pattern(_PHONE, "un numéro de téléphone compte 6 à 20 chiffres, espaces, points ou « + ».")
read_commune = _pattern(_COMMUNE, "un code commune de l'INSEE compte cinq caractères (« 59350 », « 2A004 »).")
read_postcode = _pattern(_POSTCODE, "un code postal compte cinq chiffres.")


def read_email(raw: object, max_length: int | None) -> str:
    """Return an address with one @ and a dot after it."""
    text = read_text(raw, max_length)
    if not _EMAIL.fullmatch(text):
        raise Unreadable("wrong_form", "une adresse électronique a un seul « @ », puis un point (« nom@exemple.fr »).")
    return text
