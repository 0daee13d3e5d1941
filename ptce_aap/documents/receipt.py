"""The receipt of a deposit: what arrived, when to the second, what identifies it and what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from reportlab.graphics.barcode import qr
from reportlab.graphics.shapes import Drawing
from reportlab.platypus import Flowable, Spacer

from ptce_aap.clock import PARIS
from ptce_aap.documents import blocks, french, layout, style, text

NBSP = french.NBSP
UTC = ZoneInfo("UTC")
_SQUARE = 92
_LONGEST_LINE = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens after the deposit; a date or an instant is worded here, a text is printed as it is."""

    when: date | datetime | str
    what: str


@dataclass(frozen=True, slots=True)
class Trace:
    """The line of the journal that tells of the deposit, and the last head of the journal published before it.

    ``line`` is the text whose SHA-256 is ``digest``; ``head_number`` is None where no head was published yet.
    """

    sequence: int
    digest: str
    line: str
    head_number: int | None = None
    head_day: date | None = None
    head_digest: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says: ``received_at`` is the first server instant, ``sha256`` that of the frozen content."""

    call_title: str
    service: tuple[str, ...]
    number: str
    title: str
    carrier: str
    received_at: datetime
    sha256: str
    complete: bool
    missing: tuple[str, ...] = ()
    local_zone: str | None = None
    local_place: str = ""
    next_steps: tuple[Step, ...] = ()
    mentions: tuple[tuple[str, str], ...] = ()
    confirmations: tuple[str, ...] = ()
    verification_address: str = ""
    fictional: bool = False
    complement: bool = False  # it answers a request for complements: the dossier was filed before
    trace: Trace | None = None


def render_receipt(receipt: Receipt) -> bytes:
    """Return the receipt as a PDF."""
    sheet = layout.Sheet(
        service=receipt.service[0] if receipt.service else "",
        call=receipt.call_title,
        title="Accusé de réception",
        footer=f"Dossier {receipt.number} · empreinte SHA-256 {receipt.sha256[:16]}…",
        subject=f"Dossier {receipt.number}",
        fictional=receipt.fictional,
    )
    story: list[Flowable] = [
        text.line("Accusé de réception", style.TITLE),
        text.line(
            f"{'Vos compléments ont été reçus' if receipt.complement else 'Votre dossier a été déposé'}. "
            "Conservez ce document\u00a0: il en est la preuve.",
            style.SUBTITLE,
        ),
        _confirmation(receipt, sheet.room),
        Spacer(1, 12),
        blocks.facts(_summary(receipt), sheet.room),
        Spacer(1, 10),
        _state(receipt, sheet.room),
    ]
    if receipt.next_steps:
        story += [text.heading("Ce qui se passe ensuite"), blocks.dated(_steps(receipt), sheet.room)]
    if receipt.confirmations:
        story.append(text.heading("Confirmations reçues avant le dépôt"))
        story += blocks.listed(receipt.confirmations, style.BODY)
    story += _check(receipt)
    if receipt.trace is not None:
        story += _journal(receipt.trace, sheet.room)
    story += _mentions(receipt)
    return layout.rendered(sheet, story)


def _confirmation(receipt: Receipt, room: float) -> Flowable:
    """The number and the instant, large and calm."""
    content = [
        text.line("Numéro du dossier", style.HERO_LABEL),
        text.line(receipt.number, style.HERO, limit=40),
        text.line(f"reçu le {_instant(receipt.received_at, PARIS)}, heure de Paris", style.HERO_LINE),
    ]
    content.append(text.line(f"soit le {_instant(receipt.received_at, UTC)}", style.HERO_LABEL))
    zone = ZoneInfo(receipt.local_zone) if receipt.local_zone else PARIS
    if french.offset(receipt.received_at, zone) != french.offset(receipt.received_at):
        place = f", heure locale ({receipt.local_place})" if receipt.local_place else ", heure locale"
        content.append(text.line(f"soit le {_instant(receipt.received_at, zone)}{place}", style.HERO_LABEL))
    return blocks.panel(content, room, background=style.PALE, edge=style.ACCENT)


def _instant(instant: datetime, zone: ZoneInfo) -> str:
    return f"{french.long_instant(instant, zone, seconds=True)} ({french.offset(instant, zone)})"


def _summary(receipt: Receipt) -> list[tuple[str, str]]:
    return [
        ("Appel", receipt.call_title),
        ("Dossier", receipt.title),
        ("Porteur", receipt.carrier),
        ("Numéro", receipt.number),
        ("Empreinte SHA-256", receipt.sha256),
    ]


def _state(receipt: Receipt, room: float) -> Flowable:
    """Say plainly whether the dossier was complete; the deposit holds in both cases."""
    if receipt.complete:
        content: list[Flowable] = [
            text.line("Dossier complet", style.STRONG),
            text.line("Toutes les réponses obligatoires étaient présentes au moment du dépôt.", style.BODY),
        ]
        return blocks.panel(content, room, background=style.PALE, edge=style.ACCENT)
    missing = receipt.missing
    tally = french.counted(len(missing), "réponse obligatoire manquait", "réponses obligatoires manquaient")
    content = [
        text.line("Dossier déposé en l’état", style.WARNING_STRONG),
        text.line(f"Votre dossier est bien reçu, mais il est incomplet. {tally} au moment du dépôt{NBSP}:", style.BODY)
        if missing
        else text.line("Votre dossier est bien reçu, mais il est incomplet.", style.BODY),
        *blocks.listed(missing, style.BODY),
    ]
    return blocks.panel(content, room, background=style.WARNING_PALE, edge=style.WARNING)


def _steps(receipt: Receipt) -> list[tuple[str, str]]:
    return [(_when(step.when), step.what) for step in receipt.next_steps]


def _when(when: date | datetime | str) -> str:
    match when:
        case datetime():
            return french.long_instant(when)
        case date():
            return french.long_date(when)
        case _:
            return when


def _check(receipt: Receipt) -> list[Flowable]:
    """Tell how anybody can check that the dossier held by the service is the one that was filed."""
    story: list[Flowable] = [
        text.heading("Vérifier ce document"),
        text.line(
            "L’empreinte SHA-256 est calculée sur le contenu déposé. Un contenu changé, même d’une seule lettre, "
            "aurait une autre empreinte.",
            style.BODY,
        ),
    ]
    if receipt.verification_address:
        told = (
            "N’importe qui peut vérifier ce document en ligne avec son numéro et son empreinte, sans rien voir d’autre"
        )
        story.append(text.line(f"{told}{NBSP}:", style.BODY))
        story.append(text.line(receipt.verification_address, style.FINE))
        story.append(_square(receipt.verification_address))
    return story


def _journal(trace: Trace, room: float) -> list[Flowable]:
    """Tell which line of the journal the deposit is, in a text whose digest anybody can make without this service."""
    rows = [("Ligne du journal", str(trace.sequence)), ("Empreinte de la ligne", trace.digest)]
    if trace.head_number is not None and trace.head_day is not None:
        last = f"n°{NBSP}{trace.head_number}, {french.long_date(trace.head_day)}{NBSP}: {trace.head_digest}"
        rows.append(("Dernière empreinte publiée", last))
    told = (
        "Chaque acte de l’appel est une ligne d’un journal où chaque ligne porte l’empreinte de la précédente : "
        "aucune ne peut être changée sans que cela se voie. Une empreinte de tout le journal est publiée chaque jour, "
        "et confiée à des témoins quand le service en a désigné."
    )
    how = f"Texte de la ligne, dont le SHA-256 (sans espace ni retour à la ligne) est son empreinte{NBSP}:"
    return [
        text.heading("Votre dépôt dans le journal"),
        text.line(told, style.BODY),
        Spacer(1, 4),
        blocks.facts(rows, room),
        Spacer(1, 4),
        text.line(how, style.FINE),
        text.line(trace.line, style.FINE, limit=_LONGEST_LINE),
    ]


def _square(address: str) -> Drawing:
    """Return the address as a square code that a telephone reads."""
    code = qr.QrCodeWidget(address, barLevel="M", barWidth=_SQUARE, barHeight=_SQUARE)
    drawing = Drawing(_SQUARE, _SQUARE)
    drawing.add(code)
    return drawing


def _mentions(receipt: Receipt) -> list[Flowable]:
    """The mentions of the law, in the words of the call, after the address of the service."""
    story: list[Flowable] = []
    if receipt.service:
        story.append(text.heading("Service chargé du dossier"))
        story += [text.line(row, style.BODY) for row in receipt.service]
    for title, body in receipt.mentions:
        story.append(text.heading(title))
        story += text.paragraphs(body, style.BODY)
    return story
