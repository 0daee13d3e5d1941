"""A document that says that it is none: the piece joined to every dossier of a demonstration."""

from __future__ import annotations

from ptce_aap.documents import layout, style, text


def specimen(title: str, call_title: str) -> bytes:
    """Return a one-page PDF with the title of a piece and the notice that nothing in it is real."""
    sheet = layout.Sheet(
        service="Démonstration",
        call=call_title,
        title=title,
        footer="Pièce fictive, identique dans tous les dossiers de la démonstration",
        fictional=True,
    )
    notice = "Dans un dossier réel, le porteur joint ici sa pièce. Celle-ci est fictive et sans valeur."
    return layout.rendered(sheet, [text.line(title, style.TITLE), text.line(notice, style.BODY)])
