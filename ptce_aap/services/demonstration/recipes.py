"""The recipes of a call's demonstration, read from its folder: data only, for officials to read and change."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ptce_aap.definitions import call_names
from ptce_aap.resources import shipped
from ptce_aap.services.demonstration.grammar import BadRecipe

FOLDER = "demonstration"

Recipes = Mapping[str, Any]
"""Every top-level table of every file of the folder, together."""


def calls_with_recipes(operator: Path | None = None) -> tuple[str, ...]:
    """Return the names of the calls that come with a demonstration."""
    return tuple(name for name in call_names(operator) if _folder(name, operator) is not None)


@lru_cache(maxsize=4)
def read_recipes(name: str, operator: Path | None = None) -> Recipes:
    """Return the recipes of a call. Errors: ``BadRecipe`` where there are none, or two of one name."""
    folder = _folder(name, operator)
    if folder is None:
        raise BadRecipe(f"forms/{name}/{FOLDER} : cet appel n'a pas de démonstration.")
    found: dict[str, Any] = {}
    for path in sorted(folder.glob("*.toml")):
        for key, value in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if key in found:
                raise BadRecipe(f"{path.name} : « {key} » est déjà écrit dans un autre fichier.")
            found[key] = value
    lists = [value for key, value in found.items() if key.startswith("fragments")]
    fragments = {name: value for items in lists for name, value in items.items()}
    return {**found, "fragments": fragments}


def _folder(name: str, operator: Path | None) -> Path | None:
    roots = [*([] if operator is None else [operator / "forms"]), shipped("forms")]
    return next((root / name / FOLDER for root in roots if (root / name / FOLDER).is_dir()), None)
