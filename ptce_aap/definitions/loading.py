"""The files of a call: where they are, which version is in force, and the one value that they declare."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

from ptce_aap.definitions.consultations import read_consultations
from ptce_aap.definitions.directories import read_directory
from ptce_aap.definitions.divergences import read_divergences
from ptce_aap.definitions.examples import run_examples
from ptce_aap.definitions.grids import read_grid
from ptce_aap.definitions.phrases import read_phrases
from ptce_aap.definitions.questionnaires import read_questionnaire
from ptce_aap.definitions.reader import BadDefinition, Problem, read_toml
from ptce_aap.definitions.registers import read_completions
from ptce_aap.definitions.rules import (
    read_controls,
    read_eligibility,
    read_indicators,
    read_named,
    read_requirements,
)
from ptce_aap.definitions.self_tests import read_self_test, run_self_test_examples
from ptce_aap.definitions.sheets import check_sheet, read_sheet
from ptce_aap.definitions.syntheses import read_synthesis, run_synthesis_examples
from ptce_aap.definitions.vocabulary import Vocabulary
from ptce_aap.domain.calls import CallDefinition
from ptce_aap.domain.consultations import ConsultationSettings
from ptce_aap.domain.questionnaire import Questionnaire
from ptce_aap.resources import shipped

T = TypeVar("T")

_FOLDERS = ("forms", "scoring")
_RULE_FILES = ("recevabilite", "indicateurs", "exigences")
_FILES = {"forms": ("appel", "candidature", "avis"), "scoring": (*_RULE_FILES, "grille")}
# What a call may have or not.
_SELF_TEST = "autotest"
_REGISTER = "registre"
_DIRECTORY = "ressources"
_SYNTHESIS = "syntheses"
_PHRASES = "phrases"
_DIVERGENCES = "ecarts"
_CONSULTATIONS, _ANSWER, _CONFIRMATION = "consultations", "reponse", "confirmation"
_VERSION = re.compile(r"([a-z_]+)\.v([0-9]+)\.toml")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


def call_names(operator_dir: Path | None = None) -> tuple[str, ...]:
    """Return the names of the calls that have files, shipped or the operator's."""
    folders = [folder / name for folder in _roots("forms", operator_dir) for name in _names(folder)]
    return tuple(sorted({folder.name for folder in folders if any(folder.glob("*.toml"))}))


def _names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.is_dir() and _NAME.fullmatch(entry.name)]


def _roots(kind: str, operator_dir: Path | None) -> list[Path]:
    """Return the folders that hold ``forms`` or ``scoring``: the shipped one, then the operator's."""
    own = [] if operator_dir is None else [operator_dir / kind]
    return [folder for folder in (shipped(kind), *own) if folder.is_dir()]


def load_call(name: str, operator_dir: Path | None = None) -> CallDefinition:
    """Return a call from its files; an operator's file stands in place of a shipped one of the same name.

    Errors: ``BadDefinition`` telling file, key and reason of everything that is wrong.
    """
    return parse_sources(_read_sources(name, operator_dir))


def check_call(name: str, operator_dir: Path | None = None) -> tuple[Problem, ...]:
    """Return everything that is wrong in the files of a call; the examples of every rule are run."""
    try:
        sources = _read_sources(name, operator_dir)
    except BadDefinition as error:
        return error.problems
    problems: list[Problem] = []
    try:
        definition, vocabulary = _parse(sources, problems)
    except BadDefinition as error:
        return error.problems
    if not problems:
        run_examples(vocabulary, definition.sheet, problems)
        if definition.self_test is not None:
            path = _Files(sources, problems).path("forms", _SELF_TEST)
            run_self_test_examples(sources[path], path, definition, problems)
        if definition.synthesis is not None:
            run_synthesis_examples(definition.synthesis, _Files(sources, problems).path("forms", _SYNTHESIS), problems)
    return tuple(problems)


def load_proven_call(name: str, operator_dir: Path | None = None) -> CallDefinition:
    """Return a call every example of which holds: the only kind that is opened. Errors: ``BadDefinition``."""
    if problems := check_call(name, operator_dir):
        raise BadDefinition(list(problems))
    return load_call(name, operator_dir)


def parse_sources(sources: Mapping[str, str]) -> CallDefinition:
    """Return the call that these files declare (path under the definitions' folder → text).

    Errors: ``BadDefinition``. The same files are read once.
    """
    return _parse_once(tuple(sorted(sources.items())))


@lru_cache(maxsize=32)
def _parse_once(sources: tuple[tuple[str, str], ...]) -> CallDefinition:
    problems: list[Problem] = []
    definition, _ = _parse(dict(sources), problems)
    if problems:
        raise BadDefinition(problems)
    return definition


def _read_sources(name: str, operator_dir: Path | None) -> dict[str, str]:
    if not _NAME.fullmatch(name) or name not in call_names(operator_dir):
        known = ", ".join(call_names(operator_dir)) or "aucun"
        raise BadDefinition([Problem("forms", name, f"cet appel n'existe pas ; appels connus : {known}.")])
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for kind in _FOLDERS:
        for root in _roots(kind, operator_dir):
            for path in sorted((root / name).glob("*")):
                if path.suffix in {".toml", ".csv"} and path.is_file():
                    file = f"{kind}/{name}/{path.name}"
                    try:
                        found[file] = path.read_text(encoding="utf-8")
                    except UnicodeDecodeError:
                        problems.append(Problem(file, "", "le fichier n'est pas écrit en UTF-8."))
    if problems:
        raise BadDefinition(problems)
    return _latest(found)


def _latest(sources: Mapping[str, str]) -> dict[str, str]:
    """Return the sources with the last version of each definition only."""
    last: dict[str, tuple[int, str]] = {}
    kept = {}
    for file, text in sources.items():
        folder, _, base = file.rpartition("/")
        if found := _VERSION.fullmatch(base):
            last[f"{folder}/{found[1]}"] = max(last.get(f"{folder}/{found[1]}", (0, "")), (int(found[2]), file))
        elif base.endswith(".csv"):
            kept[file] = text
    return {**{file: sources[file] for _, file in last.values()}, **kept}


class _Files:
    """The files of one call, asked for by what they declare."""

    def __init__(self, sources: Mapping[str, str], problems: list[Problem]) -> None:
        self.sources = _latest(sources)
        self.problems = problems
        self.call = next((file.split("/")[1] for file in sorted(self.sources) if file.startswith("forms/")), "")

    def path(self, folder: str, kind: str) -> str:
        """Return the path of the last version of a definition; the first one's where there is none."""
        start = f"{folder}/{self.call}/{kind}.v"
        return next((file for file in self.sources if file.startswith(start)), f"{start}1.toml")

    def refuse_unreadable(self) -> None:
        """Refuse files that are missing or no TOML: what they declare would be missed everywhere else."""
        for folder, kinds in _FILES.items():
            for path in (self.path(folder, kind) for kind in kinds):
                if path in self.sources:
                    read_toml(self.sources[path], path, self.problems)
                else:
                    self.problems.append(Problem(path, "", "ce fichier manque."))
        if self.problems:
            raise BadDefinition(self.problems)

    def read(self, folder: str, kind: str, reader: Callable[[str, str, list[Problem]], T]) -> T:
        """Read a definition with its reader."""
        path = self.path(folder, kind)
        return reader(self.sources[path], path, self.problems)

    def optional(self, kind: str, reader: Callable[[str, str, list[Problem]], T]) -> T | None:
        """Read a form's definition that a call may have or not."""
        return self.read("forms", kind, reader) if self.path("forms", kind) in self.sources else None


def _parse(sources: Mapping[str, str], problems: list[Problem]) -> tuple[CallDefinition, Vocabulary]:
    files = _Files(sources, problems)
    files.refuse_unreadable()
    sheet = files.read("forms", "appel", read_sheet)
    questionnaire = files.read("forms", "candidature", read_questionnaire)
    opinion = files.read("forms", "avis", read_questionnaire)
    vocabulary = Vocabulary(files.call, questionnaire, files.sources, problems)
    rules, indicators, demands = (files.read("scoring", kind, read_toml) for kind in _RULE_FILES)
    read_named([rules, indicators, demands], vocabulary)
    measured = read_indicators(indicators, vocabulary)
    eligibility = read_eligibility(rules, vocabulary)
    rule_keys, regions = [rule.key for rule in eligibility], [region.code for region in sheet.regions]
    verdict = sheet.projection.verdict
    definition = CallDefinition(
        sheet=sheet,
        questionnaire=questionnaire,
        opinion=opinion,
        indicators=measured,
        eligibility=eligibility,
        requirements=read_requirements(demands, vocabulary),
        controls=read_controls(demands, vocabulary),
        implicits=tuple(vocabulary.implicits),
        grid=files.read("scoring", "grille", read_grid),
        sources=files.sources,
        digests={file: hashlib.sha256(text.encode()).hexdigest() for file, text in files.sources.items()},
        completions=files.optional(_REGISTER, partial(read_completions, questionnaire=questionnaire)) or (),
        self_test=files.optional(_SELF_TEST, partial(read_self_test, questionnaire=questionnaire, rules=rule_keys)),
        directory=files.optional(_DIRECTORY, partial(read_directory, questionnaire=questionnaire)),
        phrases=files.optional(_PHRASES, partial(read_phrases, questionnaire=questionnaire)) or (),
        synthesis=files.optional(_SYNTHESIS, partial(read_synthesis, questionnaire=questionnaire, regions=regions)),
        divergences=files.optional(_DIVERGENCES, partial(read_divergences, opinion=opinion, verdict=verdict)),
        consultations=_consultations(files, questionnaire),
    )
    for top in (rules, indicators, demands):
        top.close()
    sheet_file = files.path("forms", "appel")
    check_sheet(sheet, questionnaire, opinion, vocabulary.indicators.keys(), sheet_file, problems)
    _check_axes(definition, demands.file, problems)
    return definition, vocabulary


def _consultations(files: _Files, questionnaire: Questionnaire) -> ConsultationSettings | None:
    def reader(text: str, file: str, problems: list[Problem]) -> ConsultationSettings | None:
        answer, confirmation = (files.optional(kind, read_questionnaire) for kind in (_ANSWER, _CONFIRMATION))
        return read_consultations(text, file, problems, questionnaire, answer, confirmation)

    return files.optional(_CONSULTATIONS, reader)


def _check_axes(definition: CallDefinition, file: str, problems: list[Problem]) -> None:
    """Tell the demands whose axis no indicator has: their ceiling would bear on nothing."""
    axes = {indicator.axis for indicator in definition.indicators}
    for requirement in definition.requirements:
        if requirement.axis not in axes:
            told = f"l'axe « {requirement.axis} » n'a aucun indicateur."
            problems.append(Problem(file, f"exigence[{requirement.key}].axe", told))
