"""What a French reader types in a form field, turned into the raw value that files carry."""

from __future__ import annotations

import re

from ptce_aap.domain.values import QuestionKind

_FRENCH_DATE = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})")
_YES = frozenset({"oui", "true", "vrai", "1", "on"})
_NO = frozenset({"non", "false", "faux", "0"})


def raw_of_typed(kind: QuestionKind, text: str) -> object:
    """Return the raw value of a typed text; what is not understood is left as it is, for the reader to refuse."""
    match kind:
        case QuestionKind.INTEGER:
            compact = _compact(text)
            # Ten digits are the longest number in range: longer ones are refused as out of range all the same.
            return int(compact[:40]) if compact.isascii() and compact.isdigit() else text
        case QuestionKind.NUMBER:
            return _compact(text).replace(",", ".")
        case QuestionKind.MONEY:
            return _compact(text).removesuffix("€").replace(",", ".")
        case QuestionKind.DATE:
            found = _FRENCH_DATE.fullmatch(text.strip())
            return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else text
        case QuestionKind.YES_NO:
            word = text.strip().lower()
            return True if word in _YES else False if word in _NO else text
        case _:
            return text


def _compact(text: str) -> str:
    return "".join(text.split())
