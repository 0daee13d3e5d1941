"""The letter that tells an applicant what was decided of the eligibility of a dossier, as a PDF."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime

from reportlab.platypus import Flowable, Spacer

from ptce_aap.documents import blocks, french, layout, style, text


@dataclass(frozen=True, slots=True)
class EligibilityLetter:
    """What the letter says. ``eligible``: it takes back an earlier one that said the contrary.

    ``texts`` are those of the call for decisions: (title, body); ``dated`` is None until it is sent.
    """

    call_title: str
    service: tuple[str, ...]
    number: str
    title: str
    carrier: str
    eligible: bool
    reason: str
    decided_at: datetime
    texts: tuple[tuple[str, str], ...]
    dated: datetime | None = None
    fictional: bool = False

    @property
    def sha256(self) -> str:
        """Return the digest of what it says, the day when it was sent apart."""
        said = {key: value for key, value in asdict(self).items() if key != "dated"}
        said["decided_at"] = self.decided_at.isoformat()
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    @property
    def object(self) -> str:
        """Return what it is about, in a line."""
        return "Votre dossier est recevable" if self.eligible else "Votre dossier n’est pas recevable"

    @property
    def opening(self) -> str:
        """Return its first sentence."""
        if self.eligible:
            return (
                "Après un nouvel examen, votre dossier est déclaré recevable. "
                "La lettre précédente, qui disait le contraire, est sans effet."
            )
        return "Votre dossier a été examiné. Il est déclaré non recevable\u00a0: il ne sera pas lu par le jury."


def render_eligibility_letter(letter: EligibilityLetter) -> bytes:
    """Return the letter as a PDF: the same letter gives the same bytes."""
    sheet = layout.Sheet(
        service=letter.service[0] if letter.service else "",
        call=letter.call_title,
        title="Décision sur la recevabilité",
        footer=f"Dossier {letter.number} · empreinte SHA-256 {letter.sha256[:16]}…",
        subject=f"Dossier {letter.number}",
        fictional=letter.fictional,
    )
    dated = french.long_instant(letter.dated) if letter.dated is not None else "à la date de son envoi"
    summary = [
        ("Dossier", f"{letter.number}, {letter.title}"),
        ("Porteur", letter.carrier),
        ("Décision du", french.long_instant(letter.decided_at)),
        ("Lettre du", dated),
    ]
    story: list[Flowable] = [
        text.line(letter.object, style.TITLE),
        Spacer(1, 4),
        blocks.facts(summary, sheet.room),
        Spacer(1, 10),
        text.line(letter.opening, style.BODY),
        text.heading("Les motifs de la décision"),
        *text.paragraphs(letter.reason, style.BODY),
    ]
    for title, body in letter.texts:
        story += [text.heading(title), *text.paragraphs(body, style.BODY)]
    story += [text.heading("Service chargé du dossier"), *(text.line(line, style.BODY) for line in letter.service)]
    return layout.rendered(sheet, story)
