"""A sign-in service on this machine: a real OpenID Connect provider (Authlib) on a real socket, faulty when told to be.

Its user info is a signed JWT, as ProConnect's is. It asks nothing of whoever it is sent: the person is already known.
"""

from __future__ import annotations

import hmac
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

SILENCE_S = 30
CLIENT_ID, CLIENT_SECRET = "ptce-aap-essai", "un-secret-d-essai-bien-assez-long"


class _Client(ClientMixin):
    """The only application that it knows."""

    def __init__(self, back: str) -> None:
        self.back = back

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self.back

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self.back

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_post"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class _Code(AuthorizationCodeMixin):
    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    amr: list[str]

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> str:
        return "eidas1"

    def get_amr(self) -> list[str]:
        return self.amr


@dataclass
class Service:
    """What the service says of whoever comes, and how it lies when a test tells it to."""

    issuer: str = ""
    back: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    amr: list[str] = field(default_factory=lambda: ["pwd"])
    fault: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "mine", "alg": "RS256"}))
    other: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "mine", "alg": "RS256"}))
    codes: dict[str, _Code] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    lied: bool = False

    def sign(self, claims: dict[str, Any], what: str) -> str:
        """Sign a statement, or forge it as the fault of this test says; ``lied`` tells that the lie was sent."""
        claims = {**claims, "iss": self.issuer, "aud": CLIENT_ID, "iat": int(time.time()), "exp": int(time.time()) + 60}
        lie = self.fault.removeprefix(f"{what}: ") if self.fault.startswith(f"{what}: ") else ""
        told = _forged(claims, lie, self.key, self.other) if lie in _FORGERIES else ""
        if not told:
            told = jwt.encode({"alg": "RS256", "kid": "mine"}, {**claims, **_LIES.get(lie, {})}, self.key)
        for name in _LEFT_OUT.get(lie, ()):
            kept = {key: value for key, value in claims.items() if key != name}
            told = jwt.encode({"alg": "RS256", "kid": "mine"}, kept, self.key)
        self.lied |= bool(lie)
        return told


_LIES: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "somebody-else"},
    "another party": {"aud": [CLIENT_ID, "somebody-else"], "azp": "somebody-else"},
    "another issuer": {"iss": "https://evil.example"},
    "expired": {"iat": 1_700_000_000, "exp": 1_700_000_060},
    "not yet": {"iat": 4_000_000_000, "exp": 4_000_000_060},
    "another nonce": {"nonce": "x" * 43},
    "another person": {"sub": "somebody-else"},
}
_LEFT_OUT = {"no expiry": ("exp",), "no nonce": ("nonce",)}
_FORGERIES = ("another key", "no signature", "the public key as a secret", "a broken signature")
LIES = (*_LIES, *_LEFT_OUT, *_FORGERIES)


def _forged(claims: dict[str, Any], lie: str, key: RSAKey, other: RSAKey) -> str:
    """Return a statement that whoever does not hold the private key could make."""
    if lie == "another key":
        return jwt.encode({"alg": "RS256", "kid": "mine"}, claims, other)
    if lie == "a broken signature":
        head, _, signature = jwt.encode({"alg": "RS256", "kid": "mine"}, claims, key).rpartition(".")
        return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    alg = "none" if lie == "no signature" else "HS256"
    head = ".".join(_text(json.dumps(part).encode()) for part in ({"alg": alg, "kid": "mine"}, claims))
    signed = b"" if alg == "none" else hmac.digest(key.as_pem(private=False), head.encode(), "sha256")
    return f"{head}.{_text(signed)}"


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _application(service: Service) -> Flask:
    app = Flask("sign-in-service")

    class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_post",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            asked = request.payload.data
            service.codes[code] = _Code(
                code,
                asked["redirect_uri"],
                asked["scope"],
                asked.get("nonce"),
                asked.get("code_challenge"),
                asked.get("code_challenge_method"),
                service.amr,
            )

        def query_authorization_code(self, code: str, client: Any) -> _Code | None:
            return service.codes.get(code)

        def delete_authorization_code(self, authorization_code: _Code) -> None:
            service.used.append(authorization_code.code)
            del service.codes[authorization_code.code]

        def authenticate_user(self, authorization_code: _Code) -> dict[str, Any]:
            return service.person

    class OpenID(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return False

        def generate_user_info(self, user: dict[str, Any], scope: str) -> UserInfo:
            return UserInfo(sub=user["sub"])

        def encode_id_token(self, token: Any, request: Any) -> str:
            claims = self.get_authorization_code_claims(request.authorization_code)
            return service.sign({**claims, "sub": service.person["sub"]}, "id token")

    server = AuthorizationServer(
        app, query_client=lambda _id: _Client(service.back), save_token=lambda _token, _request: None
    )
    server.register_grant(CodeGrant, [OpenID(require_nonce=True), CodeChallenge(required=True)])

    @app.before_request
    def _silence() -> None:
        if service.fault == "silent":
            time.sleep(SILENCE_S)

    @app.get("/.well-known/openid-configuration")
    def _configuration() -> Response:
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "jwks",
            "end_session_endpoint": "logout",
        }
        issuer = "https://evil.example" if service.fault == "configuration of another" else service.issuer
        return jsonify({"issuer": issuer, **{name: f"{service.issuer}/{path}" for name, path in places.items()}})

    @app.get("/authorize")
    def _authorize() -> Any:
        return server.create_authorization_response(grant_user=service.person)

    @app.post("/token")
    def _token() -> Any:
        return server.create_token_response()

    @app.get("/jwks")
    def _jwks() -> Response:
        return jsonify(KeySet([service.key]).as_dict(private=False))

    @app.get("/userinfo")
    def _userinfo() -> Response:
        assert request.headers["Authorization"].startswith("Bearer ")
        if service.fault == "user info: unsigned":
            service.lied = True
            return jsonify(service.person)
        return Response(service.sign(service.person, "user info"), mimetype="application/jwt")

    @app.get("/logout")
    def _logout() -> Any:
        service.left.append(request.args["id_token_hint"])
        return redirect(request.args["post_logout_redirect_uri"])

    return app


@contextmanager
def sign_in_service() -> Iterator[Service]:
    """Answer on a free port of this machine for the length of a test."""
    service = Service()
    server = make_server("127.0.0.1", 0, _application(service), threaded=True)
    service.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield service
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()
