"""A small OpenID Connect provider on loopback, which can also say what is not so."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwk, jwt

CLIENT, SECRET = "doisoat", "bi-mat-cua-may-khach"


@dataclass
class IdentityProvider:
    """Whoever comes is ``name`` at once. ``claims`` are told over the true ones; ``signs_with`` and
    ``algorithm`` are how; ``asked`` is what the console sent to the door of the tokens."""

    name: str = "lan.nt"
    claims: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    key: Any = field(default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "k1"}))
    signs_with: Any = None
    asked: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __enter__(self) -> IdentityProvider:
        me = self

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if parts.path == "/.well-known/openid-configuration":
                    me._say(self, me.described())
                elif parts.path == "/keys":
                    me._say(self, {"keys": [me.key.as_dict(private=False)]})
                elif parts.path == "/authorize":
                    given = {key: one[0] for key, one in parse_qs(parts.query).items()}
                    code = secrets.token_hex(8)
                    me._codes[code] = given
                    back = urlencode({"code": code, "state": given["state"]})
                    self.send_response(302)
                    self.send_header("Location", f"{given['redirect_uri']}?{back}")
                    self.end_headers()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                given = {key: one[0] for key, one in parse_qs(body).items()}
                me.asked.append({**given, "authorization": self.headers["Authorization"] or ""})
                me._say(self, me._token(given, self.headers["Authorization"] or ""))

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def described(self) -> dict[str, str]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }

    def _token(self, given: dict[str, str], authorization: str) -> dict[str, str]:
        begun = self._codes.pop(given["code"], None)  # once
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            begun is None
            or authorization != f"Basic {basic}"
            or begun["code_challenge"] != challenge
            or begun["redirect_uri"] != given["redirect_uri"]
        ):
            return {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "1",
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
            "preferred_username": self.name,
            **self.claims,
        }
        header = {"alg": self.algorithm, "kid": "k1"}
        key = self.signs_with or self.key
        token = jwt.encode(header, claims, key, algorithms=[self.algorithm])
        return {"access_token": "x", "token_type": "Bearer", "id_token": token}

    def _say(self, door: BaseHTTPRequestHandler, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        door.send_response(200)
        door.send_header("Content-Type", "application/json")
        door.send_header("Content-Length", str(len(body)))
        door.end_headers()
        door.wfile.write(body)
