"""A register on this machine, on a real socket, that answers well or badly as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KNOWN = "000000018"
ASSOCIATION = {
    "siren": KNOWN,
    "nom_complet": "LES ATELIERS\u0000 DU CANAL",
    "nature_juridique": "9220",
    "etat_administratif": "A",
    "date_creation": "2011-03-08",
    "siege": {
        "siret": "00000001800010",
        "numero_voie": "12",
        "type_voie": "QUAI",
        "libelle_voie": "DU CANAL",
        "code_postal": "59000",
        "commune": "59350",
    },
    "complements": {"est_ess": True, "identifiant_association": "W751234567"},
}


class FakeRegister:
    """What the register does of the next requests, and the paths that it was asked."""

    def __init__(self) -> None:
        self.mode = "well"
        self.asked: list[str] = []
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        match self.mode:
            case "well":
                found = [ASSOCIATION] if f"q={KNOWN}" in handler.path else []
                _send(handler, json.dumps({"results": found, "total_results": len(found)}).encode())
            case "anybody":
                siren = handler.path.partition("q=")[2].partition("&")[0]
                _send(handler, json.dumps({"results": [{**ASSOCIATION, "siren": siren}]}).encode())
            case "another":
                _send(handler, json.dumps({"results": [{**ASSOCIATION, "siren": "000123455"}]}).encode())
            case "strange":
                _send(handler, json.dumps({"results": [{"siren": KNOWN, "nom_complet": ["?"], "siege": "x"}]}).encode())
            case "garbage":
                _send(handler, b"<html>\xff\xfe not json")
            case "shape":
                _send(handler, b'{"results": 12}')
            case "huge":
                _send(handler, b" " * 400_000)
            case "deep":
                _send(handler, b"[" * 200_000)
            case "broken":
                handler.send_error(500)
            case "busy":
                handler.send_error(429)
            case "elsewhere":
                handler.send_response(302)
                handler.send_header("Location", f"{self.url}/elsewhere")
                handler.end_headers()
            case "slow":
                time.sleep(1.5)
            case "drops":
                _drop_by_drop(handler)
            case "cut":
                handler.send_response(200)
                handler.send_header("Content-Length", "5000")
                handler.end_headers()
                handler.wfile.write(b'{"results": [')


def _send(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _drop_by_drop(handler: BaseHTTPRequestHandler) -> None:
    """Never wait long, never end."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(60):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


@contextmanager
def register_at() -> Iterator[FakeRegister]:
    """Serve a register while the block lasts."""
    fake = FakeRegister()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                fake.answer(self)
            except OSError:
                return  # whoever asked has gone

        def log_message(self, *told: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_port}/api"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
