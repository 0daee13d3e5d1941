"""The dossier as files carry it: JSON read without losing a digit, and its canonical form."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from ptce_aap.domain.question import unknown_key
from ptce_aap.domain.questionnaire import Answers, Questionnaire
from ptce_aap.domain.refusals import BadAnswers, Refusal, Unreadable

_SUBMITTED, _ANSWERS = "submitted_at", "answers"
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8})[Tt ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(?:[.,]([0-9]+))?)?"
    r"(?:([Zz])|([+-])([0-9]{2})(?::?([0-9]{2}))?)?"
)
_LINE_ENDS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}
_LONGEST_INTEGER = 400  # digits: more are out of every range, and costly to convert


@dataclass(frozen=True, slots=True)
class Document:
    """A dossier's file: what is answered, and when it was filed (None: a draft), as its file wrote that instant."""

    submitted_at: datetime | None
    answers: Answers
    submitted_text: str | None = None


def read_document(data: bytes | str, questionnaire: Questionnaire) -> Document:
    """Return the dossier of a JSON file.

    Errors: ``BadAnswers`` naming the key of everything that is wrong.
    """
    document = load_json(data)
    if not isinstance(document, dict):
        raise BadAnswers([Refusal("", "wrong_type", "le fichier doit contenir un objet JSON : {…}.")])
    refusals = [unknown_key(key) for key in document if key not in {_SUBMITTED, _ANSWERS}]
    submitted_at = None
    try:
        submitted_at = read_instant(document.get(_SUBMITTED))
    except Unreadable as error:
        refusals.append(error.at(_SUBMITTED))
    answers, refused = questionnaire.read(document.get(_ANSWERS))
    if refusals or refused:
        raise BadAnswers([*refusals, *refused])
    return Document(submitted_at, answers, None if submitted_at is None else str(document[_SUBMITTED]).strip())


def write_document(document: Document, questionnaire: Questionnaire) -> str:
    """Return the canonical JSON of a dossier: one line, sorted keys, what is not answered left out.

    An instant that came from a file keeps its own writing and zone.
    """
    instant = document.submitted_text or (document.submitted_at and document.submitted_at.isoformat())
    return canonical_json({_SUBMITTED: instant, _ANSWERS: questionnaire.to_canonical(document.answers)})


def canonical_json(value: Any) -> str:
    """Return a value as one line of JSON with sorted keys, in Unicode.

    Characters that some readers take for the end of a line are escaped: they can only stand inside texts.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False).translate(_LINE_ENDS)


def load_json(data: bytes | str) -> Any:
    """Return what a JSON file holds, every digit kept: integers, and ``Decimal`` for the other numbers.

    What no JSON number is (``NaN``, an integer of too many digits) comes as a ``Decimal`` too. Errors: ``BadAnswers``:
    not UTF-8, not JSON, a key written twice in one object.
    """
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        return json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=Decimal,
            object_pairs_hook=_without_twice,
        )
    except UnicodeDecodeError:
        raise BadAnswers([Refusal("", "not_utf8", "le fichier n'est pas écrit en UTF-8.")]) from None
    except json.JSONDecodeError as error:
        sentence = f"le fichier JSON est illisible (ligne {error.lineno}, colonne {error.colno})."
        raise BadAnswers([Refusal("", "not_json", sentence)]) from None
    except RecursionError:
        raise BadAnswers([Refusal("", "not_json", "le fichier JSON est imbriqué trop profondément.")]) from None


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        # An exponent beyond what decimals hold: no number of a dossier, whatever its digits.
        return Decimal("Infinity")


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= _LONGEST_INTEGER else Decimal(text)


def _without_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadAnswers([Refusal(key, "key_twice", "cette clé est écrite deux fois.")])
        found[key] = value
    return found


def read_instant(raw: object) -> datetime | None:
    """Return an instant written in ISO 8601 with its zone, in UTC; None is not filed yet.

    Fractions of a second beyond the microsecond are cut: they never reach the next second.
    """
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise Unreadable("wrong_type", "un instant est attendu, écrit comme 2015-06-30T23:59:59+02:00, ou null.")
    found = _INSTANT.fullmatch(raw.strip())
    if found is None:
        raise Unreadable("not_an_instant", "un instant s'écrit comme 2015-06-30T23:59:59+02:00.")
    day, hour, minute, second, fraction, utc, sign, zone_hours, zone_minutes = found.groups()
    if utc is None and sign is None:
        raise Unreadable("no_zone", "l'instant doit porter son fuseau (« +02:00 » ou « Z »).")
    try:
        # ISO 8601 writes midnight at the end of a day 24:00:00.
        ends_day = hour == "24" and minute == "00" and (second or "00") == "00" and not (fraction or "").strip("0")
        told = f"{day}T{'00' if ends_day else hour}:{minute}:{second or '00'}.{(fraction or '')[:6]:0<6}+00:00"
        instant = datetime.fromisoformat(told) + timedelta(days=int(ends_day))
        return (instant - _offset(sign, zone_hours, zone_minutes)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("no_such_date", f"l'instant « {raw.strip()} » n'existe pas.") from None


def _offset(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    if sign is None:
        return timedelta()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if int(minutes or 0) > 59 or offset >= timedelta(days=1):
        raise ValueError("no such zone")
    return -offset if sign == "-" else offset
