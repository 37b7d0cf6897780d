"""A source system on loopback: a real HTTP server that remembers everything it served.

A simulator answers ``Request`` with ``Reply``; faults are scripted from outside and spoil the
answers they match. The ledger is only ever appended to and knows which requests would write.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body or b"{}")

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the simulator says; ``served`` are the dossiers in it, for the ledger."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json;charset=UTF-8"
    raw: bytes | None = None
    length: int | None = None  # announced, where it is not the truth
    closes: bool = False  # ends by closing the connection, no length at all
    drip: float = 0.0  # seconds between single bytes
    served: tuple[str, ...] = ()

    def content(self) -> bytes:
        return self.raw if self.raw is not None else json.dumps(self.body).encode()


Spoil = Callable[[Reply], Reply]


@dataclass(slots=True)
class Fault:
    """Spoils the answers that it matches, ``times`` times, after letting ``after`` pass."""

    spoil: Spoil
    path: str = ""
    times: int = 1_000_000
    after: int = 0
    when: Mapping[str, str] = field(default_factory=dict)

    def hits(self, request: Request) -> bool:
        if self.path not in request.path or self.times <= 0:
            return False
        if any(request.query.get(name) != value for name, value in self.when.items()):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger."""

    method: str
    path: str
    query: Mapping[str, str]
    status: int
    served: tuple[str, ...]
    reads: bool  # a request that changes nothing
    secrets: tuple[str, ...]  # credentials that came with it


#: Requests to any simulator of this process that would have changed something.
WRITES: list[Entry] = []


class Simulator:
    """One source system; ``with Simulator() as sim`` serves at ``sim.url``."""

    #: POST requests that only read, by the end of their path.
    READS_BY_POST: ClassVar[tuple[str, ...]] = ()
    #: Where it listens: loopback and any free port, unless a demonstration wants a fixed one.
    address: tuple[str, int] = ("127.0.0.1", 0)

    def __init__(self, *, latency: float = 0.0) -> None:
        self.latency = latency
        self.ledger: list[Entry] = []
        self.faults: list[Fault] = []
        self.lock = threading.RLock()
        self.busy = 0
        self.busiest = 0
        self._server: ThreadingHTTPServer | None = None

    # What a simulator is

    def reply(self, request: Request) -> Reply:
        raise LookupError(request.path)

    def is_read(self, request: Request) -> bool:
        return request.method == "GET" or request.path.endswith(self.READS_BY_POST)

    # The server

    def __enter__(self) -> Self:
        simulator = self

        class Handler(_Handler):
            of = simulator

        self._server = _Server(self.address, Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def served(self) -> list[str]:
        """Every dossier that was served in a good answer, in order."""
        return [code for entry in self.ledger if entry.status == 200 for code in entry.served]

    def writes(self) -> list[Entry]:
        """Requests that would have changed something: there must never be one."""
        return [entry for entry in self.ledger if not entry.reads]

    def asked(self, path: str) -> list[Entry]:
        return [entry for entry in self.ledger if path in entry.path]

    def handle(self, request: Request) -> Reply:
        with self.lock:
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        if self.latency:
            time.sleep(self.latency)
        with self.lock:
            try:
                said = self.reply(request)
            except LookupError:
                said = Reply({"error": "not found"}, 404)
            for fault in self.faults:
                if fault.hits(request):
                    said = fault.spoil(said)
            self.busy -= 1
            self._write_down(request, said)
        return said

    def _write_down(self, request: Request, said: Reply) -> None:
        secret = ("authorization", "cookie", "x-api-key")
        entry = Entry(
            request.method,
            request.path,
            request.query,
            said.status,
            said.served,
            self.is_read(request),
            tuple(value for name, value in request.headers.items() if name in secret),
        )
        self.ledger.append(entry)
        if not entry.reads:
            WRITES.append(entry)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in mid-answer is a client's right."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    of: Simulator

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815 - the names that http.server wants

    def log_message(self, *_said: Any) -> None:
        """The ledger is the log."""

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # the client was killed while it spoke: nothing was asked
            self.close_connection = True
            return
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = self.of.handle(Request(self.command, parts.path, query, headers, body))
        self._send(said)

    def _send(self, said: Reply) -> None:
        content = said.content()
        head = [f"HTTP/1.1 {said.status} Said", f"Content-Type: {said.kind}"]
        head += [f"{name}: {value}" for name, value in said.headers.items()]
        if said.closes:
            head.append("Connection: close")
        else:
            head.append(f"Content-Length: {len(content) if said.length is None else said.length}")
        self.wfile.write("\r\n".join([*head, "", ""]).encode() + (b"" if said.drip else content))
        if said.drip:
            for byte in content:
                self.wfile.write(bytes([byte]))
                time.sleep(said.drip)
        if said.closes or said.length is not None:
            self.close_connection = True


# The faults that every source must be survived with


def status(code: int, **headers: str) -> Spoil:
    """An error of the server; ``Retry_After`` for the header of that name."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda said: Reply({"error": "busy"}, code, named)


def login_page(_said: Reply) -> Reply:
    """A page that says 200 and wants a password."""
    return Reply(
        raw=b"<html><form action='/login'><input name=password></form></html>", kind="text/html"
    )


def redirect(to: str) -> Spoil:
    return lambda _said: Reply({}, 302, {"Location": to})


def cut(said: Reply) -> Reply:
    """Half of the body, under the length of the whole."""
    content = said.content()
    return replace(said, raw=content[: len(content) // 2], length=len(content), served=())


def cut_by_closing(said: Reply) -> Reply:
    """Half of the body and no length: the end of the connection is the end of the answer."""
    content = said.content()
    return replace(said, raw=content[: len(content) // 2], closes=True, served=())


def cut_json(said: Reply) -> Reply:
    """Half of the body, with the length of the half."""
    content = said.content()
    return replace(said, raw=content[: len(content) // 2], served=())


def nonsense(said: Reply) -> Reply:
    return Reply({"surprise": [1, 2, 3]})


def not_a_number(said: Reply) -> Reply:
    return Reply(raw=b'{"content": NaN}')


def deep(said: Reply) -> Reply:
    return Reply(raw=b"[" * 200_000 + b"]" * 200_000)


def bomb(said: Reply) -> Reply:
    """A gigabyte of blanks in a few bytes."""
    return Reply(raw=_bomb(), headers={"Content-Encoding": "gzip"})


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(b"[") + packer.flush(zlib.Z_FULL_FLUSH)
    megabyte = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + megabyte * 1000  # a flushed block may be repeated


def zipped(said: Reply) -> Reply:
    """A good answer, compressed."""
    packed = gzip.compress(said.content())
    return replace(said, raw=packed, headers={**said.headers, "Content-Encoding": "gzip"})


def drip(seconds: float) -> Spoil:
    """A body a byte at a time, far longer than anybody should listen; it says nothing."""
    return lambda said: replace(said, raw=b" " * 400, drip=seconds, served=())
