"""The durations of an installation, read from ``instance/conservation.toml`` where the operator wrote one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ptce_aap.config import BadSettings
from ptce_aap.domain.retention import BY_NAME, Duration, Durations, Kept, read_duration

FILE = "conservation.toml"
_OF_CALLS = frozenset({Kept.DRAFTS, Kept.NOT_SELECTED, Kept.LAUREATES, Kept.SIMULATIONS})


def read(instance: Path) -> Durations:
    """Return the durations in force.

    ``[durees]`` changes those of the installation, ``[appels."nom"]`` those of a call (and ``suspendu = true`` keeps
    everything of it). Errors: ``BadSettings`` with the file, the key and what is wrong.
    """
    path = instance / FILE
    if not path.is_file():
        return Durations()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} : fichier TOML illisible ({error}).") from error
    unknown = content.keys() - {"durees", "appels"}
    if unknown:
        raise BadSettings(f'{path} : « {min(unknown)} » est inconnu ; écrire [durees] et [appels."nom"].')
    calls = _table(path, "appels", content.get("appels", {}))
    tables = {slug: _table(path, f"appels.{slug}", given) for slug, given in calls.items()}
    return Durations(
        changed=_durations(path, "durees", _table(path, "durees", content.get("durees", {}))),
        of_calls={slug: _of_call(path, slug, given) for slug, given in tables.items()},
        held=frozenset(slug for slug, given in tables.items() if _held(path, slug, given)),
    )


def _table(path: Path, name: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadSettings(f"{path} : « {name} » doit être une section.")
    return value


def _held(path: Path, slug: str, given: Mapping[str, Any]) -> bool:
    value = given.get("suspendu", False)
    if not isinstance(value, bool):
        raise BadSettings(f"{path} : « appels.{slug}.suspendu » doit être true ou false.")
    return value


def _of_call(path: Path, slug: str, given: Mapping[str, Any]) -> Mapping[Kept, Duration]:
    found = _durations(path, f"appels.{slug}", {name: one for name, one in given.items() if name != "suspendu"})
    for key in found.keys() - _OF_CALLS:
        raise BadSettings(f"{path} : « appels.{slug} » ne peut pas changer « {key.value} », qui n'est pas d'un appel.")
    return found


def _durations(path: Path, section: str, given: Mapping[str, Any]) -> Mapping[Kept, Duration]:
    found: dict[Kept, Duration] = {}
    for name, text in given.items():
        line = BY_NAME.get(name)
        if line is None or line.fixed or line.duration is None:
            free = ", ".join(sorted(one.name for one in BY_NAME.values() if not one.fixed and one.duration))
            raise BadSettings(f"{path} : « {section}.{name} » ne se règle pas ; choisir parmi {free}.")
        try:
            found[line.key] = read_duration(text if isinstance(text, str) else "")
        except ValueError:
            raise BadSettings(
                f"{path} : « {section}.{name} » doit s'écrire « 30 jours », « 6 mois » ou « 2 ans »."
            ) from None
    return found
