"""Signing in with an account of the province: OpenID Connect, authorization code with PKCE.

The provider says who somebody is, and nothing else: what they may do is what their account here
says, and who has none here does not get in. What has been begun is kept in this process for some
minutes; after a restart one begins again.
"""

from __future__ import annotations

import hmac
import secrets
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from config.sections import Oidc
from worker.desk import accounts
from worker.desk.accounts import Welcome
from worker.desk.refused import Refused
from worker.house import House

log = structlog.get_logger(__name__)

#: How the provider may sign; none that shares a secret, and never "none".
ALGORITHMS = ("RS256", "PS256", "ES256")
#: Seconds that somebody has at the provider, and for which its keys are believed.
PATIENCE, BELIEVED = 600.0, 3600.0
#: BegunSignIn at a time, and seconds for which the provider is waited for.
MOST, TIMEOUT = 1000, 10.0
#: Clocks of two machines differ.
LEEWAY = 60
DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """A sign-in that went to the provider: what must come back, and where it leads then."""

    state: str
    nonce: str
    verifier: str
    redirect: str
    back: str
    until: float


@dataclass(frozen=True, slots=True)
class Provider:
    """What the provider says of itself."""

    authorize: str
    token: str
    keys: jwk.KeySet
    until: float


class SingleSignOn:
    """The sign-ins that are under way; one for a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[str, BegunSignIn] = {}
        self._known: dict[str, Provider] = {}

    def begin(self, house: House, redirect: str, back: str) -> tuple[str, str]:
        """What the browser is to hold, and where it goes. Raises Refused."""
        settings = _settings(house)
        provider = self._provider(settings)
        state, nonce, verifier, held = (secrets.token_urlsafe(32) for _ in range(4))
        until = time.monotonic() + PATIENCE
        with self._lock:
            now = time.monotonic()
            self._begun = {key: one for key, one in self._begun.items() if one.until > now}
            if len(self._begun) >= MOST:
                raise Refused("Máy đang bận.", "Thử lại sau ít phút.")
            self._begun[held] = BegunSignIn(state, nonce, verifier, redirect, back, until)
        query = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": redirect,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in provider.authorize else "?"
        return held, f"{provider.authorize}{joint}{urlencode(query)}"

    def finish(self, house: House, held: str, state: str, code: str) -> tuple[Welcome, str]:
        """A session for whom the provider named, and where to go on. Raises Refused."""
        with self._lock:
            begun = self._begun.pop(held, None)  # once, whatever comes of it
        if begun is None or begun.until < time.monotonic():
            raise Refused("Lần đăng nhập này đã hết hạn.", "Đăng nhập lại từ đầu.")
        if not hmac.compare_digest(begun.state, state) or not code:
            raise Refused("Máy chủ đăng nhập không xác nhận.", "Đăng nhập lại từ đầu.")
        settings = _settings(house)
        claims = self._claims(settings, begun, code)
        name = claims.get(settings.claim)
        if not isinstance(name, str) or not name:
            raise _unconfirmed("claim")
        return accounts.vouched(house, name), begun.back

    def _claims(self, settings: Oidc, begun: BegunSignIn, code: str) -> Mapping[str, Any]:
        provider = self._provider(settings)
        assert settings.password is not None  # noqa: S101 - the configuration demands it
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": begun.redirect,
            "code_verifier": begun.verifier,
        }
        secret = (settings.client_id, settings.password.get_secret_value())
        answer = _asked(settings, "POST", provider.token, data=given, auth=secret)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise _unconfirmed("id_token")
        try:
            found = jwt.decode(token, provider.keys, algorithms=list(ALGORITHMS))
            _registry(settings, begun).validate(found.claims)
        except (JoseError, ValueError) as error:
            raise _unconfirmed(type(error).__name__) from None
        several = isinstance(found.claims["aud"], list) and len(found.claims["aud"]) > 1
        if several and found.claims.get("azp") != settings.client_id:
            raise _unconfirmed("azp")
        return found.claims

    def _provider(self, settings: Oidc) -> Provider:
        known = self._known.get(settings.issuer)
        if known is not None and known.until > time.monotonic():
            return known
        said = _asked(settings, "GET", settings.issuer.rstrip("/") + DISCOVERY)
        if said.get("issuer") != settings.issuer:
            raise _unconfirmed("issuer")
        try:
            keys = jwk.KeySet.import_key_set(_asked(settings, "GET", said["jwks_uri"]))  # type: ignore[arg-type]
            found = Provider(
                said["authorization_endpoint"],
                said["token_endpoint"],
                keys,
                time.monotonic() + BELIEVED,
            )
        except (KeyError, TypeError, JoseError, ValueError) as error:
            raise _unconfirmed(type(error).__name__) from None
        self._known[settings.issuer] = found
        return found


def _registry(settings: Oidc, begun: BegunSignIn) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": settings.issuer},
        aud={"essential": True, "value": settings.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": begun.nonce},
    )


def _settings(house: House) -> Oidc:
    if not house.settings.oidc.issuer:
        raise Refused("Cơ quan chưa dùng đăng nhập của tỉnh.", "Dùng tài khoản của trang này.")
    return house.settings.oidc


def _asked(settings: Oidc, method: str, url: str, **more: Any) -> dict[str, Any]:
    trust: ssl.SSLContext | bool = True
    if settings.ca_file is not None:
        trust = ssl.create_default_context(cafile=str(settings.ca_file))
    try:
        with httpx.Client(verify=trust, timeout=TIMEOUT, trust_env=False) as client:
            answer = client.request(method, url, **more)
            answer.raise_for_status()
            said = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        log.warning("single_sign_on.not_answered", error=type(error).__name__)
        raise Refused(
            "Máy chủ đăng nhập của tỉnh không trả lời.", "Dùng tài khoản của trang này."
        ) from None
    return said if isinstance(said, dict) else {}


def _unconfirmed(what: str) -> Refused:
    log.warning("single_sign_on.not_confirmed", what=what)
    return Refused(
        "Máy chủ đăng nhập của tỉnh không xác nhận được.", "Báo bộ phận công nghệ thông tin."
    )
