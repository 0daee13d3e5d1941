"""Asks an authority for a time-stamp and checks its answer (RFC 3161, over HTTP)."""

from __future__ import annotations

import hashlib
import http.client
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

TIMEOUT_S = 15.0
MOST_BYTES = 64 * 1024
_SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")


class AuthoritySilent(Exception):
    """The authority did not answer: it is asked again later."""


class StampRefused(Exception):
    """The answer is not a time-stamp of what was sent; the message says why."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """``answer`` is the authority's whole answer, as ``openssl ts -verify`` reads it; ``at`` what it certifies."""

    answer: bytes
    at: datetime


class Authority:
    """The authority at one address; redirections are refused: only the address that was set is ever called.

    ``certificates``: a file of the authority's root certificates (PEM). Without it the answer is that of the content
    and of the question, but whose it is remains to be checked by whoever relies on it.
    """

    def __init__(self, url: str, *, certificates: Path | None = None, timeout: float = TIMEOUT_S) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._roots = x509.load_pem_x509_certificates(certificates.read_bytes()) if certificates else []
        self._timeout = timeout
        self.name = self._host

    def stamp(self, content: bytes) -> Stamp:
        """Return a time-stamp of the SHA-256 of the content. Errors: ``AuthoritySilent``, ``StampRefused``."""
        request = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
        answer = self._ask(request.as_bytes())
        try:
            response = decode_timestamp_response(answer)
            self._check(request, response, content)
            at = response.tst_info.gen_time
        except (ValueError, VerificationError) as error:
            raise StampRefused(str(error)) from error
        return Stamp(answer, at if at.tzinfo else at.replace(tzinfo=UTC))

    def _check(self, request: TimeStampRequest, response: TimeStampResponse, content: bytes) -> None:
        if response.status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            raise StampRefused("the authority granted no time-stamp")
        imprint = response.tst_info.message_imprint
        if imprint.hash_algorithm != _SHA256 or imprint.message != hashlib.sha256(content).digest():
            raise StampRefused("the time-stamp is that of another content")
        if response.tst_info.nonce != request.nonce:
            raise StampRefused("the time-stamp answers another question")
        if self._roots:
            verifier = VerifierBuilder.from_request(request)
            for root in self._roots:
                verifier = verifier.add_root_certificate(root)
            verifier.build().verify_message(response, content)

    def _ask(self, question: bytes) -> bytes:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=self._timeout)
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        try:
            connection.request("POST", self._path, body=question, headers=headers)
            answer = connection.getresponse()
            body = answer.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise AuthoritySilent(str(error)) from error
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise AuthoritySilent(f"the authority answered {answer.status}")
        if len(body) > MOST_BYTES:
            raise StampRefused("the answer is too long")
        return body
