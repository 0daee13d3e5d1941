"""What a call says of its dossiers together: sections counted, the map of its territories (``syntheses.vN.toml``)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ptce_aap.definitions.reader import Problem, Section, read_toml
from ptce_aap.domain import synthesis
from ptce_aap.domain.questionnaire import Question, QuestionKind, Questionnaire
from ptce_aap.domain.refusals import BadAnswers
from ptce_aap.domain.synthesis import Example, Figure, Source, SynthesisSheet, Tile

_COUNTED = {QuestionKind.CHOICE, QuestionKind.CHOICES, QuestionKind.YES_NO, QuestionKind.COMMUNE}
_QUOTED = {QuestionKind.TEXT, QuestionKind.LONG_TEXT}


def read_synthesis(
    text: str, file: str, problems: list[Problem], questionnaire: Questionnaire, regions: Collection[str]
) -> SynthesisSheet:
    """Return the synthesis of a call; what is wrong is added to ``problems``. ``regions``: the codes of the call's."""
    top = read_toml(text, file, problems)
    top.text("cle")
    top.integer("version", least=1)
    sections = [_read_section(section, questionnaire) for section in top.sections("section")]
    tiles = tuple(_read_tile(section, regions) for section in top.sections("case", ()))
    sheet = SynthesisSheet(top.text("titre"), tuple(one for one in sections if one is not None), tiles)
    top.refuse_twice((section.key for section in sheet.sections), "section")
    top.refuse_twice((tile.code for tile in tiles), "case")
    top.refuse_twice((f"{tile.line}, {tile.column}" for tile in tiles), "case")
    if tiles and (lacking := set(regions) - {tile.code for tile in tiles}):
        top.refuse(f"ces ressorts n'ont pas de place sur la carte : {', '.join(sorted(lacking))}.", "case")
    top.close()
    return sheet


def run_synthesis_examples(sheet: SynthesisSheet, file: str, problems: list[Problem]) -> None:
    """Tell every example whose section does not find what it expects."""
    for section in sheet.sections:
        for number, example in enumerate(section.examples, start=1):
            table = synthesis.table_of(section, example.dossiers)
            for row, column, value in example.expected:
                if (found := table.value(row, column)) != value:
                    where = f"section[{section.key}].exemple[{number}]"
                    told = f"« {row} » « {column} » : {value} attendu, {found} trouvé."
                    problems.append(Problem(file, where, told))


def _read_tile(section: Section, regions: Collection[str]) -> Tile:
    tile = Tile(section.text("ressort"), section.integer("ligne", least=1), section.integer("colonne", least=1))
    if tile.code not in regions:
        section.refuse(f"« {tile.code} » n'est pas un ressort de l'appel.", "ressort")
    section.close()
    return tile


def _read_section(section: Section, form: Questionnaire) -> synthesis.Section | None:
    written = [figure for figure in Figure if section.has(figure.value)]
    if len(written) != 1:
        section.refuse(f"une clé, et une seule, est attendue parmi : {', '.join(Figure)}.")
        return None
    figure = written[0]
    key, title, plain = section.text("cle"), section.text("titre"), section.text("en_clair")
    amount: Question | None = None
    settled: tuple[str, ...] = ()
    remainder = ""
    columns: Source | None = None
    match figure:
        case Figure.DOSSIERS:
            rows = _source(section, form, section.text(figure.value), figure.value)
        case Figure.QUOTED:
            rows = _source(section, form, section.text(figure.value), figure.value, kinds=_QUOTED)
        case Figure.CROSSED:
            paths = section.texts(figure.value)
            if len(paths) != 2:
                section.refuse("deux questions sont attendues.", figure.value)
                return None
            rows, columns = (_source(section, form, path, figure.value) for path in paths)
        case Figure.AMOUNTS:
            path = section.text(figure.value)
            amount, table = form.question(path), path.rpartition(".")[0]
            if amount is None or amount.kind is not QuestionKind.MONEY or not _is_table(form, table):
                section.refuse(f"« {path} » n'est pas un montant d'un tableau.", figure.value)
            rows = _source(section, form, f"{table}.{section.text('lignes')}", "lignes")
            columns = _source(section, form, f"{table}.{section.text('colonnes')}", "colonnes")
            settled = section.texts("obtenu", ())
            remainder = section.text("reste", "")
            _refuse_unknown(section, columns, settled)
    examples = tuple(_read_example(item, form) for item in section.sections("exemple", ()))
    if figure is not Figure.QUOTED and not examples:
        section.refuse("un exemple au moins est attendu.", "exemple")
    section.close()
    if rows is None:
        return None
    return synthesis.Section(key, title, plain, figure, rows, columns, amount, settled, remainder, examples)


def _source(
    section: Section, form: Questionnaire, path: str, key: str, *, kinds: Collection[QuestionKind] = tuple(_COUNTED)
) -> Source | None:
    question = form.question(path)
    if question is None or question.kind not in kinds:
        section.refuse(f"« {path} » n'est pas une question de cette sorte : {', '.join(sorted(kinds))}.", key)
        return None
    parent = path.rpartition(".")[0]
    return Source(question, parent if _is_table(form, parent) else None)


def _is_table(form: Questionnaire, path: str) -> bool:
    question: Question | None = form.question(path)
    return question is not None and question.is_table


def _refuse_unknown(section: Section, columns: Source | None, settled: tuple[str, ...]) -> None:
    for entry in settled:
        if columns is not None and entry not in columns.order:
            section.refuse(f"« {entry} » n'est pas une réponse proposée.", "obtenu")


def _read_example(section: Section, form: Questionnaire) -> Example:
    dossiers: list[dict[str, Any]] = []
    for document in section.raw("dossiers") or ():
        try:
            answers = form.parse(document)
        except BadAnswers as error:
            section.refuse(str(error), "dossiers")
            continue
        questions = (question for question in form.questions if question.path in answers)
        dossiers.append({question.path: question.to_json(answers[question.path]) for question in questions})
    expected = []
    for item in section.sections("attendu"):
        expected.append((item.text("ligne"), item.text("colonne", ""), item.integer("valeur")))
        item.close()
    example = Example(section.text("dit", ""), tuple(dossiers), tuple(expected))
    section.close()
    return example
