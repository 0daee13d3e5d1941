"""Where the data that lives beside the code is found, in a checkout or in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the folder ``forms``, ``scoring``, ``templates`` or ``docs`` that came with this installation.

    A wheel carries it inside the package; a checkout has it beside the package.
    """
    for candidate in (_PACKAGE / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"dossier « {name} » introuvable dans l'installation de ptce-aap")


def home() -> Path:
    """Return the folder that ``instance/`` belongs to: the checkout, wherever it is called from; else this one."""
    checkout = _PACKAGE.parent
    return checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()
