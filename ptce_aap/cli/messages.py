"""The one place where the command line words a refusal."""

from __future__ import annotations

from ptce_aap.domain.errors import RuleViolation

_SENTENCES = {
    "not_found": "Cet objet n'existe pas, ou vous n'y avez pas accès.",
    "changed_meanwhile": "Quelqu'un a modifié cet objet entre-temps ; rien n'a été écrit, recommencer.",
}


def register(**sentences: str) -> None:
    """Add the sentences of one command's refusals; facts are named in braces: ``{closes_at}``."""
    _SENTENCES.update(sentences)


def words(code: str) -> bool:
    """Tell whether a command that is loaded has a sentence for a code."""
    return code in _SENTENCES


def refusal(violation: RuleViolation) -> str:
    """Return the French sentence of a refused rule."""
    sentence = _SENTENCES.get(violation.code)
    if sentence is None:
        facts = ", ".join(f"{name} : {value}" for name, value in sorted(violation.facts.items()))
        return f"Une règle de la procédure s'y oppose ({violation.code}{' ; ' if facts else ''}{facts})."
    return sentence.format(**violation.facts)
