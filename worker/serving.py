"""``doisoat serve``: the processes of the service, kept running by one parent.

The parent does no work of its own. A child that ends is started again after a pause that grows;
when the parent is asked to end, it asks the children, the broker last.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import httpx
import structlog

from config.settings import Settings
from worker import app, broker
from worker.clock import pause
from worker.endpoint import listen
from worker.health import Watch
from worker.service import say_goodbye

log = structlog.get_logger(__name__)

#: Seconds before a child is started again; a child that lived long begins from the first.
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
LONG = 60.0
#: Seconds that the workers have to give their run back, and the others to end.
GOODBYE = {"worker": 40.0}
SHORT_GOODBYE = 10.0
#: Seconds between two calls of the office's outside watch.
ALIVE_EVERY = 60.0

WORKER, BEAT = "worker", "beat"
PARTS = (WORKER, BEAT)
_PR_SET_PDEATHSIG = 1


class AlreadyServed(Exception):
    """Another parent serves this office."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"Dịch vụ của cơ quan này đang chạy rồi (tệp khóa {file})")


@dataclass
class Child:
    """A process that is kept running."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    failures: int = 0
    started: float = 0.0
    again_at: float = 0.0

    def keep(self, now: float) -> None:
        """Start it when it does not run and its pause is over."""
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None:
            if now - self.started >= LONG:
                self.failures = 0
            wait = PAUSES[min(self.failures, len(PAUSES) - 1)]
            log.error("child.ended", child=self.name, code=self.process.returncode, again_in=wait)
            self.process, self.failures, self.again_at = None, self.failures + 1, now + wait
        if now >= self.again_at:
            self.start(now)

    def start(self, now: float) -> None:
        self.process = subprocess.Popen(
            list(self.argv),
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            # Its own group: Ctrl-C at the terminal reaches the parent alone, which says goodbye.
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - before any thread of ours uses a lock
        )
        self.started = now
        log.info("child.started", child=self.name, pid=self.process.pid)

    def end(self) -> None:
        """Ask it to end, and make it end when it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(GOODBYE.get(self.name, SHORT_GOODBYE))
        except subprocess.TimeoutExpired:
            log.warning("child.killed", child=self.name)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(SHORT_GOODBYE)

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None


def _end_with_parent() -> None:
    """A child of a parent that was killed ends too (Linux; elsewhere the supervisor sees to it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def children(settings: Settings, parts: Sequence[str] = PARTS) -> list[Child]:
    """The processes of these parts, in the order of their start.

    Raises FileNotFoundError where an embedded broker is needed and there is none.
    """
    environ = {
        **os.environ,
        app.CONFIG: str(settings.file),
        "REMAP_SIGTERM": "SIGQUIT",  # Celery: a run is given back, then the worker ends
    }
    celery = (sys.executable, "-m", "celery", "-A", "worker.app")
    found: list[Child] = []
    if broker.is_embedded(settings):
        found.append(Child("broker", broker.command(settings), environ))
    if WORKER in parts:
        found.append(Child(WORKER, (*celery, "worker", *app.WORKER_ARGS), environ))
    if BEAT in parts:
        found.append(Child(BEAT, (*celery, "beat"), environ))
    return found


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """One parent an office and machine. Raises AlreadyServed."""
    file = settings.office.data_dir / "serve.lock"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyServed(file) from None
        yield


def serve(
    settings: Settings,
    parts: Sequence[str] = PARTS,
    *,
    told: Callable[[str], None] = lambda _text: None,
) -> None:
    """Keep everything running until a signal asks to end.

    Raises AlreadyServed, FileNotFoundError (no embedded broker), OSError (the port is taken).
    """
    asked = _asked_to_end()
    family = children(settings, parts)
    service = settings.service
    with alone(settings):
        if broker.is_embedded(settings):
            broker.socket_file(settings).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        watch = Watch(settings.file)
        server = listen(service.health_host, service.health_port, watch, lambda: _alive(family))
        told(f"http://{server.server_address[0]!s}:{server.server_address[1]}")
        try:
            _keep(family, watch, service.alive_url, asked)
        finally:
            for child in reversed(family):
                child.end()
            server.shutdown()
            server.server_close()
            if asked:
                say_goodbye(settings)
            log.info("service.ended")


def _asked_to_end() -> list[int]:
    """Filled by the first SIGTERM or SIGINT."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    return asked


def _keep(family: Sequence[Child], watch: Watch, alive_url: str, asked: Sequence[int]) -> None:
    call_at = time.monotonic() + ALIVE_EVERY
    while not asked:
        now = time.monotonic()
        for child in family:
            child.keep(now)
        if alive_url and now >= call_at:
            call_at = now + ALIVE_EVERY
            _say_alive(watch, alive_url)
        pause(0.2)


def _alive(family: Sequence[Child]) -> bool:
    """Every child runs, or is between two tries that have not failed for long."""
    return all(child.lives or child.failures < len(PAUSES) for child in family)


def _say_alive(watch: Watch, url: str) -> None:
    """Tell the outside watch that all is well; it raises the alarm when nobody calls."""
    if not watch.health().ready:
        return
    try:
        httpx.get(url, timeout=5.0, trust_env=False)
    except httpx.HTTPError as error:
        log.warning("alive.not_told", error=type(error).__name__)
