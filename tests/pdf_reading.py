"""What a PDF of ours says, apart from what each page repeats, and what it would do when opened."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

RUNS_SOMETHING = frozenset(
    {"/JavaScript", "/Launch", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/Rendition", "/Movie", "/Sound"}
)


def squeezed(text: str) -> str:
    """Return a text without its white-space."""
    return "".join(text.split())


def body(data: bytes) -> str:
    """Return what is printed, white-space apart, without the head, the mark across and the foot of each page."""
    pages = [squeezed(page.extract_text()) for page in PdfReader(io.BytesIO(data)).pages]
    count = len(pages)
    pages = [page.removesuffix(f"{number}/{count}") for number, page in enumerate(pages, start=1)]
    if count < 3:  # what is repeated cannot be told from what is said
        return "".join(pages)
    foot, head = _common([page[::-1] for page in pages]), _common(pages[1:])
    return "".join(page.removesuffix(foot[::-1]).removeprefix(head) for page in pages)


def _common(pages: list[str]) -> str:
    """Return how all begin."""
    first, last = min(pages), max(pages)
    return next((first[:place] for place, sign in enumerate(first) if last[place : place + 1] != sign), first)


def actions(data: bytes) -> tuple[list[str], list[str]]:
    """Return the kinds of action that a document holds, and the addresses that it would open."""
    reader = PdfReader(io.BytesIO(data))
    kinds, addresses = [], []
    for one in _dictionaries(reader):
        kind = str(one.get("/S", "")) if "/S" in one else ""
        if kind in RUNS_SOMETHING or "/EmbeddedFile" in str(one.get("/Type", "")):
            kinds.append(kind or "/EmbeddedFile")
        if "/URI" in one:
            addresses.append(str(one["/URI"]))
        kinds += [key for key in ("/AA", "/OpenAction", "/JS", "/EmbeddedFiles") if key in one]
    return kinds, addresses


def images(data: bytes) -> int:
    """Return how many pictures a document holds."""
    return sum(str(one.get("/Subtype", "")) == "/Image" for one in _dictionaries(PdfReader(io.BytesIO(data))))


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    for number in range(1, len(reader.xref[0]) + 1):
        yield from _within(reader.get_object(IndirectObject(number, 0, reader)))


def _within(held: Any) -> Iterator[DictionaryObject]:
    """Yield the dictionaries of an object, but for those that it only names: they are objects too."""
    if isinstance(held, DictionaryObject):
        yield held
        for value in held.values():
            yield from _within(value)
    elif isinstance(held, ArrayObject):
        for value in held:
            yield from _within(value)
