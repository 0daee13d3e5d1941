"""The sign-in service as we speak to it: where to send a visitor, what his return proves, where he leaves by.

Authorization code with state, nonce and PKCE (S256); the user info is a JWT signed by the service, as ProConnect's is.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ptce_aap import outgoing
from ptce_aap.proconnect import tokens

# For one page: the discovery before leaving; on the return, the code, the keys and the user info together.
DEADLINE = 4.0
_MOST_BYTES = 256 * 1024
_KNOWN_FOR_S = 3600.0
_SILENT_FOR_S = 15.0
_AT_ONCE = 4
_SCOPE = "openid given_name usual_name email"


class Refused(Exception):
    """The visit does not let anybody in: the service is silent, or what came back must not be believed."""


@dataclass(frozen=True, slots=True)
class Trip:
    """What a visit leaves with and must come back with."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who came back: ``subject`` names the person at ``issuer`` for ever; ``statement`` is needed to leave."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    strong: bool
    statement: str


class Provider:
    """The service at one address."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        *,
        back: str,
        strong: frozenset[str],
        deadline: float = DEADLINE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.issuer = issuer
        self._client_id, self._client_secret, self._back = client_id, client_secret, back
        self._strong, self._deadline, self._clock = strong, deadline, clock
        self._known: tuple[float, Mapping[str, Any]] | None = None
        self._keys: KeySet | None = None
        self._silent_until = 0.0
        self._room = threading.BoundedSemaphore(_AT_ONCE)

    def leave(self) -> tuple[str, Trip]:
        """Return where to send a visitor, and what to keep until he comes back. Errors: ``Refused``."""
        trip = Trip(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))
        digest = hashlib.sha256(trip.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._back,
            "scope": _SCOPE,
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "claims": json.dumps({"id_token": {"amr": {"essential": True}, "acr": {"essential": False}}}),
        }
        with _Budget(self) as budget:
            return f"{self._place('authorization_endpoint', budget)}?{urlencode(query)}", trip

    def come_back(self, trip: Trip, code: str) -> Identity:
        """Exchange the code of a return for who came back. Errors: ``Refused``."""
        with _Budget(self) as budget:
            given = self._exchange_code(trip, code, budget)
            now = self._clock()
            statement = self._read(str(given.get("id_token", "")), budget, now=now, expires=True)
            tokens.check_nonce(statement, trip.nonce)
            bearer = {"Authorization": f"Bearer {given.get('access_token', '')}", "Accept": "application/jwt"}
            answer = budget.ask(self._place("userinfo_endpoint", budget), headers=bearer)
            if answer.media_type != "application/jwt":
                raise tokens.Untrue("user info without a signature")
            person = self._read(answer.body.decode("ascii", "replace").strip(), budget, now=now, expires=False)
            if person["sub"] != statement["sub"]:
                raise tokens.Untrue("user info of somebody else")
        return self._identity(person, statement, str(given["id_token"]))

    def way_out(self, statement: str, after: str) -> str:
        """Return where to leave the service too. Errors: ``Refused``."""
        with _Budget(self) as budget:
            place = self._place("end_session_endpoint", budget)
        query = {"id_token_hint": statement, "post_logout_redirect_uri": after, "state": secrets.token_urlsafe(16)}
        return f"{place}?{urlencode(query)}"

    def _identity(self, person: Mapping[str, Any], statement: Mapping[str, Any], raw: str) -> Identity:
        named = [person.get("given_name"), person.get("usual_name") or person.get("family_name")]
        methods = statement.get("amr")
        told = {str(one) for one in methods} if isinstance(methods, list) else set()
        email = person.get("email")
        return Identity(
            issuer=self.issuer,
            subject=person["sub"],
            email=email if isinstance(email, str) else "",
            email_verified=person.get("email_verified") is True,
            name=" ".join(one for one in named if isinstance(one, str))[:200],
            strong=bool((told | {str(statement.get("acr", ""))}) & self._strong),
            statement=raw,
        )

    def _exchange_code(self, trip: Trip, code: str, budget: _Budget) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "code_verifier": trip.verifier,
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        place = self._place("token_endpoint", budget)
        return budget.read_json(place, method="POST", headers=kind, body=urlencode(form).encode())

    def _read(self, statement: str, budget: _Budget, *, now: float, expires: bool) -> dict[str, Any]:
        said = {"issuer": self.issuer, "client_id": self._client_id, "now": now, "expires": expires}
        if self._keys is not None:
            try:
                return tokens.read(statement, self._keys, **said)  # type: ignore[arg-type]
            except tokens.Untrue as refusal:
                if not str(refusal).startswith("signature"):
                    raise
        # Unknown keys, or new ones since: they are asked for once.
        place = self._place("jwks_uri", budget)
        try:
            self._keys = KeySet.import_key_set(budget.read_json(place))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise tokens.Untrue("keys") from error
        return tokens.read(statement, self._keys, **said)  # type: ignore[arg-type]

    def _place(self, name: str, budget: _Budget) -> str:
        """Return an address of the service, as it publishes it: on its own site's scheme, for its own name."""
        if self._known is None or self._known[0] < time.monotonic():
            found = budget.read_json(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer:
                raise tokens.Untrue("configuration of another service")
            self._known = (time.monotonic() + _KNOWN_FOR_S, found)
        place = str(self._known[1].get(name, ""))
        if urlsplit(place).scheme != urlsplit(self.issuer).scheme:
            raise tokens.Untrue(f"no {name}")
        return place


class _Budget:
    """The time of one page: shared by its exchanges; a service that was silent is not asked for a while."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._ends = 0.0

    def __enter__(self) -> _Budget:
        provider = self._provider
        if time.monotonic() < provider._silent_until:
            raise Refused("silent a moment ago")
        if not provider._room.acquire(blocking=False):
            raise Refused("too many visits at once")
        self._ends = time.monotonic() + provider._deadline
        return self

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> None:
        self._provider._room.release()
        if isinstance(error, outgoing.Silent):
            self._provider._silent_until = time.monotonic() + _SILENT_FOR_S
            raise Refused(f"silent: {error}") from error
        if isinstance(error, tokens.Untrue):
            raise Refused(f"untrue: {error}") from error

    def ask(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> outgoing.Answer:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise outgoing.Silent("too slow")
        answer = outgoing.exchange(
            url, deadline=left, most_bytes=_MOST_BYTES, method=method, headers=headers, body=body
        )
        if answer.status >= 500:
            raise outgoing.Silent(f"status {answer.status}")
        if answer.status != 200:
            raise tokens.Untrue(f"status {answer.status}")
        return answer

    def read_json(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> dict[str, Any]:
        answer = self.ask(url, method=method, headers=headers or {"Accept": "application/json"}, body=body)
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise outgoing.Silent("unreadable") from error
        if not isinstance(found, dict):
            raise outgoing.Silent("unreadable")
        return found


def open_provider(
    issuer: str | None, client_id: str, client_secret: str, *, base_url: str, back: str, strong: tuple[str, ...]
) -> Provider | None:
    """Return the service at this address, None where none is set."""
    if issuer is None:
        return None
    return Provider(issuer, client_id, client_secret, back=base_url + back, strong=frozenset(strong))
