"""Certificates for servers on loopback, made anew by every test run: no key is ever committed.

Elliptic curve P-256 in plain Python: slow and not for secrets, good enough for a test's server.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int] | None


def _add(a: Point, b: Point) -> Point:
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _times(scalar: int, point: Point) -> Point:
    found: Point = None
    while scalar:
        if scalar & 1:
            found = _add(found, point)
        point = _add(point, point)
        scalar >>= 1
    return found


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def _seq(*parts: bytes) -> bytes:
    return _der(0x30, *parts)


def _int(value: int) -> bytes:
    return _der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    body = bytes([first * 40 + second])
    for number in rest:
        part = [number & 0x7F]
        while number := number >> 7:
            part.append(0x80 | number & 0x7F)
        body += bytes(reversed(part))
    return _der(6, body)


def _bits(body: bytes) -> bytes:
    return _der(3, b"\0", body)


def _time(moment: datetime) -> bytes:
    return _der(0x17, f"{moment:%y%m%d%H%M%S}Z".encode())


def _name(common: str) -> bytes:
    return _seq(_der(0x31, _seq(_oid("2.5.4.3"), _der(0x0C, common.encode()))))


def _extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    return _seq(_oid(oid), _der(1, b"\xff") if critical else b"", _der(4, value))


SHA256_WITH_ECDSA = _seq(_oid("1.2.840.10045.4.3.2"))
CURVE = _oid("1.2.840.10045.3.1.7")


@dataclass(frozen=True)
class Key:
    secret: int

    @classmethod
    def new(cls) -> "Key":
        return cls(secrets.randbelow(N - 1) + 1)

    @property
    def public(self) -> bytes:
        x, y = _times(self.secret, G) or (0, 0)
        return b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")

    @property
    def identifier(self) -> bytes:
        return hashlib.sha1(self.public).digest()

    def sign(self, body: bytes) -> bytes:
        digest = int.from_bytes(hashlib.sha256(body).digest(), "big")
        nonce = secrets.randbelow(N - 1) + 1
        r = (_times(nonce, G) or (0, 0))[0] % N
        s = pow(nonce, -1, N) * (digest + r * self.secret) % N
        return _seq(_int(r), _int(s))

    def pem(self) -> str:
        secret = self.secret.to_bytes(32, "big")
        body = _seq(_int(1), _der(4, secret), _der(0xA0, CURVE), _der(0xA1, _bits(self.public)))
        return _armoured("EC PRIVATE KEY", body)


def _armoured(label: str, body: bytes) -> str:
    text = base64.encodebytes(body).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n"


@dataclass(frozen=True)
class Authority:
    """A certificate authority of an office's own."""

    key: Key
    pem: str
    name: str

    @classmethod
    def new(cls, name: str = "Invented test authority") -> "Authority":
        key = Key.new()
        is_ca = _extension("2.5.29.19", _seq(_der(1, b"\xff")), critical=True)
        usage = _extension("2.5.29.15", b"\x03\x02\x01\x06", critical=True)
        body = _certificate(name, name, key, key, (is_ca, usage), days=3650)
        return cls(key, body, name)

    def issue(self, folder: Path, host: str = "127.0.0.1", *, days: int = 30) -> Path:
        """A file with the key and the certificate of a server; negative days: expired."""
        key = Key.new()
        octets = bytes(map(int, host.split("."))) if host[0].isdigit() else b""
        names = _seq(_der(0x87, octets) if octets else _der(0x82, host.encode()))
        server = _extension("2.5.29.17", names)
        text = key.pem() + _certificate(host, self.name, key, self.key, (server,), days=days)
        path = folder / f"{host}-{days}.pem"
        path.write_text(text)
        return path


def _certificate(
    subject: str, issuer: str, key: Key, signer: Key, extensions: tuple[bytes, ...], *, days: int
) -> str:
    start = datetime.now(UTC) - timedelta(days=60)
    end = datetime.now(UTC) + timedelta(days=days)
    more = (
        _extension("2.5.29.14", _der(4, key.identifier)),
        _extension("2.5.29.35", _seq(_der(0x80, signer.identifier))),
    )
    to_sign = _seq(
        _der(0xA0, _int(2)),
        _int(secrets.randbits(63)),
        SHA256_WITH_ECDSA,
        _name(issuer),
        _seq(_time(start), _time(end)),
        _name(subject),
        _seq(_seq(_oid("1.2.840.10045.2.1"), CURVE), _bits(key.public)),
        _der(0xA3, _seq(*extensions, *more)),
    )
    signed = _seq(to_sign, SHA256_WITH_ECDSA, _bits(signer.sign(to_sign)))
    return _armoured("CERTIFICATE", signed)
