"""``doisoat serve``: the processes of the service, kept running by one parent.

The parent does no work of its own and waits for nobody: what asks a network or a database runs
beside it. A child that ends, or that does no work any more, is started again after a pause that
grows; when the parent is asked to end, it asks the children, the broker last.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

import httpx
import structlog

from config.settings import Settings
from worker.clock import pause
from worker.service import broker, celery, life_signs
from worker.service.children import Child
from worker.service.endpoint import listen
from worker.service.health import Watch
from worker.service.life_signs import LifeSign
from worker.service.ticking import say_goodbye

log = structlog.get_logger(__name__)

#: Seconds between two calls of the office's outside watch, and between two of the broker.
ALIVE_EVERY = 60.0
KNOCK_EVERY = 5.0
#: Seconds without an answer of the broker after which nobody is blamed for doing nothing; and after
#: which an embedded broker that runs and does not answer is started anew.
BROKER_SILENT = 15.0
BROKER_PATIENCE = 30.0
#: Seconds that a child may do nothing beyond what its work allows; on a busy machine, too.
PATIENCE = 30.0
#: So many rounds of the schedule may bring no sign.
ROUNDS = 4

WORKER, BEAT, CONSOLE, BROKER = "worker", "beat", "console", "broker"
PARTS = (WORKER, BEAT, CONSOLE)


class AlreadyServed(Exception):
    """Another parent serves this office, or this part of it."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"Dịch vụ của cơ quan này đang chạy rồi (tệp khóa {file})")


class NoDoor(Exception):
    """The place where the service answers for its health cannot be opened."""

    def __init__(self, host: str, port: int, error: OSError) -> None:
        super().__init__(
            f"Không mở được {host}:{port}: {error.strerror}. Đổi [service] health_port."
        )


@dataclass
class Errand:
    """Something that may have to wait for others: done beside the parent, one at a time."""

    name: str
    do: Callable[[], None]
    every: float
    due: float = 0.0
    thread: threading.Thread | None = field(default=None, repr=False)

    def run_when_due(self, now: float) -> None:
        """Begin it when its time has come; one that still waits is not begun a second time."""
        if now < self.due or (self.thread is not None and self.thread.is_alive()):
            return
        self.due = now + self.every
        self.thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        try:
            self.thread.start()
        except RuntimeError:  # no thread to be had now: it is tried again in its time
            self.thread = None
            log.warning("errand.not_begun", errand=self.name)

    def _run(self) -> None:
        try:
            self.do()
        except Exception as error:
            # Whatever an errand meets outside, the service stays; it is told and tried again.
            log.exception("errand.failed", errand=self.name, error=type(error).__name__)


class BrokerWatch:
    """When the broker answered last; the sign of work of an embedded one."""

    def __init__(self, settings: Settings, answered: LifeSign) -> None:
        self._settings = settings
        self._answered = answered
        self._at = time.monotonic()

    def knock(self) -> None:
        if not broker.knock(self._settings):
            self._at = time.monotonic()
            self._answered.file.touch()

    def answers(self, now: float) -> bool:
        return now - self._at <= BROKER_SILENT


def children(
    settings: Settings,
    parts: Sequence[str] = PARTS,
    *,
    folder: Path | None = None,
    broker_is_mine: Callable[[], bool] = lambda: True,
) -> list[Child]:
    """The processes of these parts, in the order of their start. They leave signs in ``folder``.

    Raises FileNotFoundError where an embedded broker is needed and there is none.
    """
    environ = {
        **os.environ,
        celery.CONFIG: str(settings.file),
        "REMAP_SIGTERM": "SIGQUIT",  # Celery: a run is given back, then the worker ends
    }
    command = (sys.executable, "-m", "celery", "-A", "worker.app")
    round_ = ROUNDS * settings.service.sweep.total_seconds()

    def of(name: str, *argv: str, **patience: float) -> Child:
        if folder is None:
            return Child(name, argv, environ)
        place = folder / name
        place.mkdir(mode=0o700, exist_ok=True)
        watched = tuple(LifeSign(place / sign, seconds) for sign, seconds in patience.items())
        return Child(name, argv, {**environ, life_signs.FOLDER: str(place)}, watched)

    found: list[Child] = []
    if broker.is_embedded(settings):
        one = of(BROKER, *broker.command(settings), **{life_signs.WORK: BROKER_PATIENCE})
        one.mine = broker_is_mine
        found.append(one)
    if WORKER in parts:
        # Every process may be busy with a long task; the loop that takes tasks goes round anyway.
        work = celery.LONGEST_TASK + round_ + PATIENCE
        allowed = {life_signs.WORK: work, life_signs.LOOP: 2 * PATIENCE}
        found.append(of(WORKER, *command, "worker", *celery.WORKER_ARGS, **allowed))
    if BEAT in parts:
        found.append(of(BEAT, *command, "beat", **{life_signs.WORK: round_ + PATIENCE}))
    if CONSOLE in parts:
        answers = (sys.executable, "-m", "worker.console")
        found.append(of(CONSOLE, *answers, **{life_signs.WORK: 2 * PATIENCE}))
    return found


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Nobody serves this office meanwhile, no part of it and on no machine that shares its folder.

    Raises AlreadyServed.
    """
    with _locked(settings.office.data_dir / "serve.lock", fcntl.LOCK_EX):
        yield


@contextlib.contextmanager
def only(settings: Settings, parts: Sequence[str]) -> Iterator[None]:
    """One parent of these parts a machine (a container is one); others may serve beside it.

    Raises AlreadyServed: by the same parts here, or by somebody who needs the office alone.
    """
    folder = settings.office.data_dir
    what = "" if set(parts) == set(PARTS) else f"-{'-'.join(sorted(set(parts)))}"
    host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())
    with _locked(folder / "serve.lock", fcntl.LOCK_SH):
        file = folder / f"serve{what}@{host}.lock"
        with _locked(file, fcntl.LOCK_EX):
            _forget_the_dead(folder, file)
            yield


@contextlib.contextmanager
def _locked(file: Path, how: int) -> Iterator[None]:
    with _opened(file) as lock:
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyServed(file) from None
        yield


def _opened(file: Path) -> IO[str]:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return file.open("w")


def _forget_the_dead(folder: Path, mine: Path) -> None:
    """Containers come and go, each with a name of its own: locks that nobody holds are removed."""
    for file in folder.glob("serve*@*.lock"):
        if file != mine:
            with contextlib.suppress(AlreadyServed, OSError), _locked(file, fcntl.LOCK_EX):
                file.unlink()


class SharedBroker:
    """Which of several parents on one machine keeps the embedded broker: who has its lock."""

    def __init__(self, settings: Settings) -> None:
        self._file = broker.socket_file(settings).with_suffix(".lock")
        self._lock: IO[str] | None = None

    def is_mine(self) -> bool:
        """Whether this parent keeps it; it is taken over when the one who had it has ended."""
        if self._lock is None:
            lock = _opened(self._file)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                return False
            self._lock = lock
        return True

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()


def serve(
    settings: Settings,
    parts: Sequence[str] = PARTS,
    *,
    told: Callable[[str], None] = lambda _text: None,
) -> None:
    """Keep everything running until a signal asks to end.

    Raises AlreadyServed, NoDoor (the port is taken), FileNotFoundError (no embedded broker),
    broker.NotOurs (its folder belongs to somebody else).
    """
    asked = _asked_to_end()
    with contextlib.ExitStack() as ending:
        ending.enter_context(only(settings, parts))
        shared = SharedBroker(settings)
        ending.callback(shared.close)
        if broker.is_embedded(settings):
            broker.own_folder(settings)
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="doisoat-serve-")))
        family = children(settings, parts, folder=folder, broker_is_mine=shared.is_mine)
        watch = Watch(settings.file)
        place = _listen(settings, watch, family, ending)
        told(place)
        ending.callback(log.info, "service.ended")
        ending.callback(_say_goodbye, settings, asked)
        ending.callback(_end, family)
        _keep(family, _errands(settings, watch, folder), asked)


def _say_goodbye(settings: Settings, asked: Sequence[int]) -> None:
    """Only an end that was asked for is remembered as one."""
    if asked:
        say_goodbye(settings)


def _listen(
    settings: Settings, watch: Watch, family: Sequence[Child], ending: contextlib.ExitStack
) -> str:
    host, port = settings.service.health_host, settings.service.health_port
    try:
        server = listen(host, port, watch, lambda: all(child.is_well for child in family))
    except OSError as error:
        raise NoDoor(host, port, error) from error
    ending.callback(server.server_close)
    ending.callback(server.shutdown)
    return f"http://{server.server_address[0]!s}:{server.server_address[1]}"


def _asked_to_end() -> list[int]:
    """Filled by the first SIGTERM or SIGINT."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    return asked


@dataclass
class Errands:
    """What is asked of others while the parent keeps its children."""

    watched: BrokerWatch
    all: tuple[Errand, ...]


def _errands(settings: Settings, watch: Watch, folder: Path) -> Errands:
    """The broker is knocked at, and the outside watch is called where there is one."""
    (folder / BROKER).mkdir(mode=0o700, exist_ok=True)
    watched = BrokerWatch(settings, LifeSign(folder / BROKER / life_signs.WORK, BROKER_PATIENCE))
    found = [Errand("broker", watched.knock, KNOCK_EVERY)]
    if url := settings.service.alive_url:
        first = time.monotonic() + ALIVE_EVERY
        found.append(Errand("alive", lambda: _say_alive(watch, url), ALIVE_EVERY, first))
    return Errands(watched, tuple(found))


def _keep(family: Sequence[Child], errands: Errands, asked: Sequence[int]) -> None:
    last = time.monotonic()
    while not asked:
        now = time.monotonic()
        for errand in errands.all:
            errand.run_when_due(now)
        for child in family:
            # Without a broker nobody can work, and when this process got no turn nobody did.
            stood_still = now - last > KNOCK_EVERY
            if stood_still or (child.name != BROKER and not errands.watched.answers(now)):
                child.excuse(now)
            child.keep(now)
        last = now
        pause(0.2)


def _end(family: Sequence[Child]) -> None:
    """All but the broker say goodbye at the same time."""
    for child in family:
        if child.name != BROKER:
            child.ask_to_end()
    for child in reversed(family):
        child.end()


def _say_alive(watch: Watch, url: str) -> None:
    """Tell the outside watch that all is well; it raises the alarm when nobody calls.

    May take as long as the other side likes: it is an errand.
    """
    if not watch.health().ready:
        return
    try:
        with httpx.stream("GET", url, timeout=5.0, trust_env=False):
            pass  # that it answered is all; what it says is nobody's business
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("alive.not_told", error=type(error).__name__)
