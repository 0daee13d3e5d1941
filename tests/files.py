"""Small files as people send them, written here rather than kept: honest ones, and the parts of hostile ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"


def pdf(*more: bytes, catalog: bytes = CATALOG, page: bytes = PAGE, trailer: bytes = b"", text: bytes = b"") -> bytes:
    """Return a PDF of one page, with more objects (their text between ``obj`` and ``endobj``)."""
    objects = [catalog, PAGES, page, *more]
    if text:
        objects.append(stream(text))
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def stream(content: bytes, about: bytes = b"") -> bytes:
    """Return the text of a stream object."""
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(content), about, content)


def flate(content: bytes, about: bytes = b"", *, times: int = 1) -> bytes:
    """Return the text of a stream object that is compressed."""
    for _ in range(times):
        content = zlib.compress(content, 9)
    filters = b"/Filter [" + b" /FlateDecode" * times + b" ]"
    return stream(content, filters + b" " + about)


def chunk(name: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int = 4, height: int = 4, *more: bytes, pixels: bytes | None = None) -> bytes:
    """Return a picture in grey; its size may be a lie where ``pixels`` is given."""
    lines = bytes((width + 1) * height) if pixels is None else pixels
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(lines, 9))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + body + chunk(b"IEND", b"")


def jpeg(width: int = 8, height: int = 8, *, scans: int = 1) -> bytes:
    """Return a picture of which only the structure is true."""
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\x34\xff\x00\x56"
    return start + frame + scan * scans + b"\xff\xd9"


def archive(members: Mapping[str, bytes | str]) -> bytes:
    """Return a ZIP archive of these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


_TYPES = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>"


def docx(members: Mapping[str, bytes | str] | None = None) -> bytes:
    """Return a text document, with more members."""
    return archive({"[Content_Types].xml": _TYPES, "word/document.xml": "<document/>", **(members or {})})


def xlsx(members: Mapping[str, bytes | str] | None = None) -> bytes:
    """Return a workbook, with more members."""
    return archive({"[Content_Types].xml": _TYPES, "xl/workbook.xml": "<workbook/>", **(members or {})})


def odf(kind: str = "text", members: Mapping[str, bytes | str] | None = None) -> bytes:
    """Return a document of OpenDocument: ``text`` or ``spreadsheet``."""
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return archive({"mimetype": mimetype, "content.xml": "<content/>", **(members or {})})
