"""What correspondents may ask of services and of funders, ``consultations.vN.toml``."""

from __future__ import annotations

from ptce_aap.definitions.reader import Problem, Section, read_toml
from ptce_aap.domain.consultations import ConsultationSettings
from ptce_aap.domain.questionnaire import Option, Question, QuestionKind, Questionnaire

_NOT_TYPED = frozenset({QuestionKind.ATTACHMENT})


def read_consultations(
    text: str,
    file: str,
    problems: list[Problem],
    questionnaire: Questionnaire,
    answer: Questionnaire | None,
    confirmation: Questionnaire | None,
) -> ConsultationSettings | None:
    """Return what a call lets ask; what is wrong is added to ``problems``.

    ``answer`` and ``confirmation``: the forms of services and of funders, None where the call has no such file.
    """
    top = read_toml(text, file, problems)
    top.text("cle")
    top.integer("version", least=1)
    opens = top.texts("ouvre")
    known = {stage.key for stage in questionnaire.stages}
    for stage in opens:
        if stage not in known:
            top.refuse(f"l'étape « {stage} » n'existe pas.", "ouvre")
    top.refuse_twice(opens, "ouvre")
    closed = top.texts("ferme", ())
    for path in closed:
        if questionnaire.question(path) is None:
            top.refuse(f"la question « {path} » n'existe pas.", "ferme")
    days, reminder = top.integer("jours_ouvres", least=1), top.integer("rappel", least=1)
    if reminder >= days:
        top.refuse("le rappel part avant la date : il faut moins de jours que « jours_ouvres ».", "rappel")
    funders, funder = _funders(top, questionnaire)
    if (funders is None) != (confirmation is None):
        top.refuse("le plan de financement et le fichier « confirmation » vont ensemble.", "plan")
    services = tuple(_service(section) for section in top.sections("service"))
    top.refuse_twice((one.value for one in services), "service")
    if answer is None:
        top.refuse("il faut aussi le fichier « reponse », ce que les services répondent.")
    for form in (answer, confirmation):
        if form is not None and any(one.is_table or one.kind in _NOT_TYPED for one in form.questions):
            top.refuse(f"« {form.title} » : ni tableau ni pièce dans une réponse.")
    top.close()
    if answer is None:
        return None
    return ConsultationSettings(
        opens, frozenset(closed), days, reminder, services, answer, confirmation, funders, funder
    )


def _funders(top: Section, questionnaire: Questionnaire) -> tuple[Question | None, str]:
    path = top.optional_text("plan")
    if path is None:
        return None, ""
    column = top.text("nom_du_financeur")
    table = questionnaire.question(path)
    if table is None or not table.is_table or table.sub(column) is None:
        top.refuse(f"« {path} » n'est pas un tableau du dossier qui a une colonne « {column} ».", "plan")
        return None, ""
    return table, column


def _service(section: Section) -> Option:
    service = Option(section.text("cle"), section.text("libelle"))
    section.close()
    return service
