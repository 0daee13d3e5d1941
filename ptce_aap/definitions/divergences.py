"""Which opinions and ranks part a region from the jury, ``ecarts.vN.toml``, with its examples."""

from __future__ import annotations

from ptce_aap.definitions.reader import Problem, Section, read_toml
from ptce_aap.domain.divergences import DivergenceRule, Placed
from ptce_aap.domain.questionnaire import Questionnaire

_NONE = "aucun"


def read_divergences(
    text: str, file: str, problems: list[Problem], opinion: Questionnaire, verdict: str | None
) -> DivergenceRule:
    """Return the rule of a call; what is wrong is added to ``problems``. ``verdict``: path of its direction."""
    top = read_toml(text, file, problems)
    top.text("cle")
    top.integer("version", least=1)
    question = opinion.question(verdict) if verdict else None
    known = {option.value for option in question.options} if question is not None else set()
    supporting, opposing = top.texts("favorables"), top.texts("defavorables")
    for key, values in (("favorables", supporting), ("defavorables", opposing)):
        for value in values:
            if value not in known:
                top.refuse(f"« {value} » n'est pas un sens de l'avis.", key)
    for value in sorted({*supporting} & {*opposing}):
        top.refuse(f"« {value} » est écrit des deux côtés.", "defavorables")
    parts = top.integer("parts", 3, least=2)
    rule = DivergenceRule(frozenset(supporting), frozenset(opposing), max(2, parts))
    examples = top.sections("exemple")
    if not examples:
        top.refuse("il faut au moins un exemple.", "exemple")
    for section in examples:
        _run(section, rule)
    top.close()
    return rule


def _run(section: Section, rule: DivergenceRule) -> None:
    section.text("phrase")
    regional = section.integer("rang_regional", 0)
    placed = Placed(
        verdict=section.optional_text("verdict"),
        regional_rank=regional or None,
        in_region=section.integer("classes_region", 0),
        rank=section.integer("rang", least=1),
        listed=section.integer("classes", least=1),
    )
    expected = section.text("attendu")
    found = rule.divergence(placed)
    told = found.way.value if found is not None else _NONE
    if told != expected:
        section.refuse(f"l'exemple attend « {expected} » et la règle donne « {told} ».", "attendu")
    section.close()
