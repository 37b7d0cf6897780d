"""The network under the transport: one deadline for a whole exchange, and no way to odd places.

A read timeout holds for one read: a server that drips a byte now and then keeps a client for
hours. Here every read and write of an exchange, headers included, has what is left of its time.
"""

from __future__ import annotations

import ipaddress
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpcore

CONNECT_SECONDS, READ_SECONDS, WRITE_SECONDS, POOL_SECONDS = 5.0, 20.0, 10.0, 120.0
KEEP_ALIVE_SECONDS = 20.0


class Timeout(threading.local):
    """Until when the exchange of this thread must be over (monotonic clock)."""

    at: float = float("inf")

    @contextmanager
    def of(self, seconds: float) -> Iterator[None]:
        self.at = time.monotonic() + seconds
        try:
            yield
        finally:
            self.at = float("inf")

    def left(self, timeout: float | None) -> float:
        """The time one operation may take. Raises httpcore.ReadTimeout when there is none."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("deadline")
        return left if timeout is None else min(timeout, left)


class Forbidden(Exception):
    """The name leads to an address that no source has: link-local, the cloud's metadata."""


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: Timeout) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, deadline: Timeout) -> None:
        self._backend = httpcore.SyncBackend()
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout)
        stream = self._backend.connect_tcp(host, port, left, local_address, socket_options)
        address = stream.get_extra_info("server_addr")[0].partition("%")[0]
        if ipaddress.ip_address(address).is_link_local:
            stream.close()
            raise Forbidden
        return _Stream(stream, self._deadline)


def open_pool(
    deadline: Timeout, connections: int, ca_file: Path | None, proxy: str
) -> httpcore.ConnectionPool:
    """Connections to one source. Nothing of the shell's environment counts: no proxy, no .netrc.

    Raises OSError when ``ca_file`` cannot be read.
    """
    context = _trust(ca_file, ca_file.stat().st_mtime_ns if ca_file else 0)
    if proxy:
        return httpcore.HTTPProxy(
            proxy,
            ssl_context=context,
            max_connections=connections,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
            network_backend=_Backend(deadline),
        )
    return httpcore.ConnectionPool(
        ssl_context=context,
        max_connections=connections,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
        network_backend=_Backend(deadline),
    )


@lru_cache(maxsize=16)
def _trust(ca_file: Path | None, _changed: int) -> ssl.SSLContext:
    """Which certificates are believed: the system's, or those of the file as it is now."""
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def timeouts() -> dict[str, float]:
    """How long each step of an exchange may take by itself."""
    return {
        "connect": CONNECT_SECONDS,
        "read": READ_SECONDS,
        "write": WRITE_SECONDS,
        "pool": POOL_SECONDS,
    }
