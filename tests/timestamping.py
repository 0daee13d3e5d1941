"""A time-stamping authority of one's own: ``openssl ts`` answering on this machine, RFC 3161 over HTTP."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = Autorité d'essai
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[signer]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = it
[it]
serial = ./serial
signer_cert = ./signer.pem
signer_key = ./signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class LocalAuthority:
    """Its address, its root certificate, and what it does: stamp, or be away (``silent``), or answer something else."""

    folder: Path
    url: str = ""
    silent: bool = False
    instead: bytes | None = None
    questions: list[bytes] = field(default_factory=list)

    @property
    def certificates(self) -> Path:
        """The file of its root certificate."""
        return self.folder / "authority.pem"

    def stamp(self, question: bytes) -> bytes:
        """Return the answer of ``openssl ts`` to a question."""
        (self.folder / "question.tsq").write_bytes(question)
        self._openssl("ts", "-reply", "-queryfile", "question.tsq", "-config", "ts.cnf", "-out", "answer.tsr")
        return (self.folder / "answer.tsr").read_bytes()

    def verifies(self, answer: bytes, content: bytes) -> bool:
        """Tell whether ``openssl ts -verify`` finds the answer to be a stamp of the content."""
        (self.folder / "kept.tsr").write_bytes(answer)
        (self.folder / "kept").write_bytes(content)
        command = ["openssl", "ts", "-verify", "-data", "kept", "-in", "kept.tsr", "-CAfile", "authority.pem"]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=False).returncode == 0

    def found(self) -> None:
        """Draw its keys and certificates."""
        (self.folder / "ts.cnf").write_text(_CONFIG, encoding="utf-8")
        (self.folder / "serial").write_text("01\n")
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "ts.cnf")
        self._openssl(
            *("req", "-x509", *key, "-extensions", "authority", "-days", "3650"),
            *("-keyout", "authority.key", "-out", "authority.pem"),
        )
        self._openssl("req", *key, "-subj", "/CN=Horodatage d'essai", "-keyout", "signer.key", "-out", "signer.csr")
        self._openssl(
            *("x509", "-req", "-in", "signer.csr", "-CA", "authority.pem", "-CAkey", "authority.key"),
            *("-CAcreateserial", "-extfile", "ts.cnf", "-extensions", "signer", "-days", "3650", "-out", "signer.pem"),
        )

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, check=True)


@contextmanager
def authority(folder: Path) -> Iterator[LocalAuthority]:
    """Answer on a free port for the length of a test."""
    folder.mkdir()
    local = LocalAuthority(folder)
    local.found()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            local.questions.append(question)
            assert self.headers["Content-Type"] == "application/timestamp-query"
            answer = local.instead if local.instead is not None else local.stamp(question)
            self.send_response(503 if local.silent else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    local.url = f"http://127.0.0.1:{server.server_port}/tsa"
    yield local
    server.shutdown()
    server.server_close()
    thread.join()
