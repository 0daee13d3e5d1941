"""The XML of an office document, parsed as it is unpacked: no entity, no macro, no address that it loads by itself."""

from __future__ import annotations

from typing import Self
from xml.parsers import expat

from ptce_aap.examination.refusal import DAMAGED, PROTECTED, WITH_ACTIONS, WITH_MACROS, Refused

_MAIN = ("[content_types].xml", "word/document.xml", "xl/workbook.xml", "content.xml", "styles.xml")
_MANIFEST = "meta-inf/manifest.xml"
_LOADED_BY_ITSELF = ("/attachedtemplate", "/oleobject", "/frame", "/subdocument")
_DEEPEST = 1_000


class Reader:
    """Follows one XML member. Errors of its methods: ``Refused``."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._depth = 0
        self._broken = False
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._entity
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    @classmethod
    def for_member(cls, path: str) -> Self | None:
        """Return a reader where the member is XML by its name."""
        lowered = path.lower()
        return cls(lowered) if lowered.endswith((".xml", ".rels", ".vml", ".rdf")) else None

    def feed(self, chunk: bytes) -> None:
        """Read on."""
        self._parse(chunk, final=False)

    def close(self) -> None:
        """Say that the member ends here."""
        self._parse(b"", final=True)

    def _parse(self, chunk: bytes, *, final: bool) -> None:
        if self._broken:
            return
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            self._broken = True
            if self._path.endswith(_MAIN):
                raise Refused(DAMAGED) from error

    def _doctype(self, _name: str, system: str | None, _public: str | None, internal: int) -> None:
        # Old versions of OpenOffice name the document type of the manifest, and declare nothing.
        if internal or (system and self._path != _MANIFEST):
            raise Refused(DAMAGED)

    def _entity(self, *_: object) -> None:
        raise Refused(DAMAGED)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Refused(DAMAGED)
        if self._path == _MANIFEST and name.endswith("encryption-data"):
            raise Refused(PROTECTED)
        if self._path == "[content_types].xml" and "macroenabled" in attributes.get("ContentType", "").lower():
            raise Refused(WITH_MACROS)
        if name == "Relationship" and attributes.get("TargetMode") == "External":
            loaded = attributes.get("Type", "").lower().endswith(_LOADED_BY_ITSELF)
            if loaded and attributes.get("Target", "").strip().lower().startswith(("http", "mhtml:", "\\\\", "ftp")):
                raise Refused(WITH_ACTIONS)

    def _end(self, _name: str) -> None:
        self._depth -= 1
