"""The corrected ranking as JSON: the document that ``ptce-aap rank`` prints, and the values as the database keeps them.

What is stored is the evidence: floats are written so that they are read back bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from ptce_aap.domain.corrected.values import Corrected

T = TypeVar("T")


def document(corrected: Corrected) -> dict[str, Any]:
    """Return the published document (``ranking.md`` section 3): JSON values, ``components`` a count."""
    settings = corrected.settings
    return {
        "mode": settings.mode.value,
        "scale": [_plain(settings.low), _plain(settings.high)],
        "n_dossiers": corrected.n_dossiers,
        "n_readers": corrected.n_readers,
        "n_scores": corrected.n_scores,
        "components": len(corrected.components),
        "draws": settings.draws,
        "seed": settings.seed,
        "warnings": list(corrected.warnings),
        "model": as_json(corrected.model),
        "dossiers": [as_json(placed) for placed in corrected.dossiers],
        "readers": [as_json(reader) for reader in corrected.readers],
    }


def as_json(value: Any) -> Any:
    """Return a frozen value of this package as JSON values: an object a value, field by field."""
    if isinstance(value, StrEnum):
        return value.value
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [as_json(part) for part in value]
    return value


def from_json(kind: type[T], data: Mapping[str, Any]) -> T:
    """Return the value of this kind that ``as_json`` wrote.

    Errors: ``KeyError`` or ``TypeError`` when the data is not what ``as_json`` writes for this kind.
    """
    return kind(**{name: _read(hint, data[name]) for name, hint in _fields_of(cast(Any, kind))})


@lru_cache(maxsize=32)
def _fields_of(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Return the fields of a kind with their types; read once, as a ranking holds hundreds of values of one kind."""
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(cast(Any, kind)))


def _read(hint: Any, data: Any) -> Any:
    if isinstance(hint, UnionType):
        if data is None:
            return None
        return _read(next(part for part in get_args(hint) if part is not NoneType), data)
    if get_origin(hint) is tuple:
        return tuple(_read(get_args(hint)[0], part) for part in data)
    if isinstance(hint, type) and is_dataclass(hint):
        return from_json(hint, data)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(data)
    return float(data) if hint is float else data


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number
