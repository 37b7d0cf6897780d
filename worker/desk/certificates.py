"""How the console is reached: its address, and https on a network without a certificate authority.

``make`` is an authority of the office's own and a certificate by it, in the data folder; browsers
trust both once ``ca.crt`` is installed on the machines of the office. What lies there is used as
long as the configuration names no certificate of its own.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from config.settings import Settings
from worker.desk.refused import Refused

#: Browsers take no certificate that holds longer; the authority must outlast many of them.
HOLDS, AUTHORITY_HOLDS = timedelta(days=397), timedelta(days=3650)
#: A clock of another machine may run behind.
BEFORE = timedelta(days=1)
#: Days before its end at which somebody is told.
SOON = 30

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """What the console serves https with: for these names, until that day."""

    certificate: Path
    key: Path
    hosts: tuple[str, ...]
    until: date


def tls_of(settings: Settings) -> TlsFiles | None:
    """The certificate of the configuration, else the one that was made; None: plain http."""
    console = settings.console
    if console.certificate and console.private_key:
        return _read(console.certificate, console.private_key)
    folder = _folder(settings)
    made = folder / "console.crt", folder / "console.key"
    return _read(*made) if all(path.is_file() for path in made) else None


def address(settings: Settings) -> str:
    """Where people open the console: the name they know, never the address it listens on."""
    tls = tls_of(settings)
    console = settings.console
    names = [*console.hosts, *(tls.hosts if tls else ())]
    near = console.host if _is_loopback(console.host) else "localhost"
    host = next((name for name in names if not _is_loopback(name)), near)
    host = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{host}:{console.port}"


def make(settings: Settings, hosts: Sequence[str], now: datetime) -> TlsFiles:
    """A certificate for these names and addresses; the authority is made once and kept.

    Raises Refused.
    """
    if not hosts:
        raise Refused("Chưa có tên hoặc địa chỉ nào.", "Ví dụ: doisoat-may-chu 192.168.1.10")
    folder = _folder(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, authority_key = _authority(folder, settings.office.name, now)
    key = ec.generate_private_key(ec.SECP256R1())
    names = tuple(dict.fromkeys([*hosts, "localhost", "127.0.0.1"]))
    made = (
        _builder(hosts[0], authority.subject, key, now, HOLDS)
        .add_extension(x509.SubjectAlternativeName([_name(host) for host in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), False
        )
        .sign(authority_key, hashes.SHA256())
    )
    _write(folder / "console.key", _private(key))
    _write(folder / "console.crt", _public(made) + _public(authority), mode=0o644)
    found = tls_of(settings)
    assert found  # noqa: S101 - just written, or configured
    return found


def authority_file(settings: Settings) -> Path:
    """What is installed on the machines of the office."""
    return _folder(settings) / "ca.crt"


def _folder(settings: Settings) -> Path:
    return settings.office.data_dir / "console"


def _authority(folder: Path, office: str, now: datetime) -> tuple[x509.Certificate, Key]:
    files = folder / "ca.crt", folder / "ca.key"
    if all(path.is_file() for path in files):
        key = serialization.load_pem_private_key(files[1].read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - we made it
        return x509.load_pem_x509_certificate(files[0].read_bytes()), key
    key = ec.generate_private_key(ec.SECP256R1())
    name = f"Doi soat - {office}"[:64]
    made = (
        _builder(name, None, key, now, AUTHORITY_HOLDS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(_signs_only(), True)
        .sign(key, hashes.SHA256())
    )
    _write(files[1], _private(key))
    _write(files[0], _public(made), mode=0o644)
    return made, key


def _builder(
    name: str, issuer: x509.Name | None, key: Key, now: datetime, holds: timedelta
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BEFORE)
        .not_valid_after(now + holds)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )


def _signs_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host)
    except ValueError:
        raise Refused(f"“{host}” không phải tên máy hay địa chỉ IP.") from None


def _read(certificate: Path, key: Path) -> TlsFiles:
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    hosts = [
        *names.get_values_for_type(x509.DNSName),
        *map(str, names.get_values_for_type(x509.IPAddress)),
    ]
    return TlsFiles(certificate, key, tuple(hosts), found.not_valid_after_utc.date())


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _private(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """In one step, and never readable by others for a moment."""
    half = path.with_name(path.name + ".part")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
        file.write(content)
    half.replace(path)


def hosts_of(settings: Settings) -> Collection[str]:
    """The names under which the console may be asked for."""
    tls = tls_of(settings)
    return {settings.console.host, *settings.console.hosts, *(tls.hosts if tls else ())}
