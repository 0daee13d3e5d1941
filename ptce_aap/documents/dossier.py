"""The whole dossier as a document: every answer, in the order of the form, as it was filed or as the draft stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reportlab.platypus import Flowable, Spacer

from ptce_aap.documents import blocks, french, layout, style, text
from ptce_aap.documents.answers import answer
from ptce_aap.domain.questionnaire import Answers, Questionnaire

DRAFT = "BROUILLON, NON DÉPOSÉ"


@dataclass(frozen=True, slots=True)
class PrintedDossier:
    """What is printed; ``filed_at``, ``number`` and ``sha256`` are None for a draft, printed at ``at``."""

    call_title: str
    service: str
    title: str
    carrier: str
    questionnaire: Questionnaire
    answers: Answers
    at: datetime
    filed_at: datetime | None = None
    number: str | None = None
    sha256: str | None = None
    missing: tuple[str, ...] = ()
    confirmations: tuple[str, ...] = ()
    fictional: bool = False


def render_dossier(printed: PrintedDossier) -> bytes:
    """Return the dossier as a PDF: the same dossier gives the same bytes."""
    draft = printed.sha256 is None
    state = f"Brouillon non déposé, tel qu’il était {french.long_instant(printed.at)}"
    sheet = layout.Sheet(
        service=printed.service,
        call=printed.call_title,
        title="Dossier de candidature",
        footer=state if draft else f"Dossier {printed.number} · SHA-256 {printed.sha256}",
        subject=printed.title if draft else f"Dossier {printed.number}",
        watermark=DRAFT if draft else "",
        fictional=printed.fictional,
    )
    story: list[Flowable] = [
        text.line(printed.title or "Dossier sans nom", style.TITLE, limit=300),
        text.line(state if draft else "Dossier de candidature, tel qu’il a été déposé", style.SUBTITLE),
        blocks.facts(_summary(printed), sheet.room),
        Spacer(1, 8),
    ]
    if printed.missing:
        told = "Ce qui manque pour que le dossier soit complet" if draft else "Ce qui manquait au moment du dépôt"
        story += [text.line(told, style.WARNING_STRONG), *blocks.listed(printed.missing, style.BODY)]
    for number, stage in enumerate(printed.questionnaire.stages, start=1):
        story.append(text.heading(f"{number}. {stage.title}"))
        for question in stage.questions:
            story += answer(question, printed.answers.get(question.path), sheet.room)
    return layout.rendered(sheet, story)


def _summary(printed: PrintedDossier) -> list[tuple[str, str]]:
    rows = [("Appel", printed.call_title), ("Porteur", printed.carrier or "—")]
    if printed.filed_at is not None:
        instant = french.long_instant(printed.filed_at, seconds=True)
        rows += [
            ("Numéro", str(printed.number)),
            ("Reçu le", f"{instant} ({french.offset(printed.filed_at)}), heure de Paris"),
            ("Empreinte SHA-256", str(printed.sha256)),
        ]
    return [*rows, *(("Confirmation", line) for line in printed.confirmations)]
