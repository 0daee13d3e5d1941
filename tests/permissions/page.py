"""``docs/permissions.md``: the table of rights as an official reads it; ``make docs`` writes it."""

from __future__ import annotations

from pathlib import Path

from ptce_aap.domain.permissions import (
    PERIOD_LABELS,
    RELATION_LABELS,
    RIGHTS,
    Kind,
    Line,
    Period,
    Relation,
    Scope,
    conflict_closes,
)

_HERE = Path(__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"


def page() -> str:
    """Return the page."""
    periods = ", ".join(f"*{label}*" for label in PERIOD_LABELS.values())
    parts = [_text("head").format(periods=periods)]
    for title, scopes in _CHAPTERS:
        lines = [line for line in RIGHTS if line.scope in scopes]
        parts.append(f"\n## {title}\n\n| acte | ouvert à | le conflit |\n|---|---|---|\n")
        parts += [_row(line) for line in lines]
    parts.append(_text("notes"))
    parts.append("\n## Ce que chaque rôle peut faire\n")
    for relation in Relation:
        parts.append(_of(relation))
    return "".join(parts)


_PEOPLE = (Relation.OWNER, Relation.FILER, Relation.EDITOR, Relation.READER)
_APPLICANTS = (*_PEOPLE, Relation.APPLICANT)
_CHAPTERS = (
    ("Le public et les comptes", (Scope.PUBLIC, Scope.ACCOUNT)),
    ("Le dossier que l’on prépare", (Scope.OWN,)),
    ("Un dossier que l’on juge", (Scope.LISTED, Scope.DOSSIER)),
    ("L’appel dans son ensemble", (Scope.CALL,)),
    ("Le classement, la ligne et la liste", (Scope.STANDINGS, Scope.SHEETS)),
)


def _text(part: str) -> str:
    return (_HERE / f"page_{part}.md").read_text(encoding="utf-8")


def _row(line: Line) -> str:
    words = line.words if line.kind is Kind.READ else f"**{line.words}**"
    note = f" ({line.note})" if line.note else ""
    return f"| {words}{note} | {_opened(line)} | {_conflict(line.scope)} |\n"


def _opened(line: Line) -> str:
    together: dict[str, list[Relation]] = {}
    for relation in line.open_to:
        together.setdefault(_when(line, relation), []).append(relation)
    return "<br>".join(f"{_who(relations)} : {when}" for when, relations in together.items())


def _who(relations: list[Relation]) -> str:
    known = [one for one in Relation if one is not Relation.VISITOR]
    if set(relations) == set(Relation):
        return "tout le monde"
    if set(relations) == set(known):
        return "quiconque a un compte"
    if set(relations) == set(_APPLICANTS):
        return "quiconque a un compte, comme candidat"
    if set(relations) == set(_PEOPLE):
        return "les personnes du dossier"
    return ", ".join(RELATION_LABELS[one] for one in relations)


def _when(line: Line, relation: Relation) -> str:
    asked = _span(line.open_to[relation])
    added = line.choice.get(relation)
    return f"{asked} ; et {_span(added)}, sous la condition dite" if added else asked


def _span(periods: frozenset[Period]) -> str:
    order = list(Period)
    found = [one for one in order if one in periods]
    if len(found) == len(order):
        return "toujours"
    if len(found) == 1:
        return PERIOD_LABELS[found[0]]
    if found[-1] is order[-1]:
        return f"à partir de « {PERIOD_LABELS[found[0]]} »"
    return f"de « {PERIOD_LABELS[found[0]]} » à « {PERIOD_LABELS[found[-1]]} »"


def _conflict(scope: Scope) -> str:
    closed = [period for period in Period if conflict_closes(scope, period)]
    if not closed:
        return {
            Scope.CALL: "le dossier en est retiré",
            Scope.LISTED: "ne ferme pas la liste des titres",
        }.get(scope, "ne change rien")
    return "ferme, toujours" if len(closed) == len(Period) else "ferme jusqu’à la publication"


def _of(relation: Relation) -> str:
    lines = [line for line in RIGHTS if relation in line.open_to and set(line.open_to) != set(Relation)]
    told = [f"- {line.words} : {_when(line, relation)}.\n" for line in lines]
    return f"\n### {RELATION_LABELS[relation]}\n\n" + ("".join(told) or "- Les pages publiques.\n")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
