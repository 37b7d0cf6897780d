"""A child process that is kept running: started, judged by its work, and asked to end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from worker.service.life_signs import LifeSign

log = structlog.get_logger(__name__)

#: Seconds before a child is started again; a child that lived long begins from the first.
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
LONG = 60.0
#: Seconds that a child may take until its first sign of work: a machine may be busy.
FIRST_SIGN = 180.0
#: Seconds that the workers have to give their run back, and the others to end.
GOODBYE = {"worker": 40.0}
SHORT_GOODBYE = 10.0

_PR_SET_PDEATHSIG = 1
# Looked up now: between fork and exec there is no time for it.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Child:
    """A process that is kept running. ``mine``: False while another parent keeps it for all."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    signs: tuple[LifeSign, ...] = ()
    mine: Callable[[], bool] = lambda: True
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    failures: int = 0
    started: float = 0.0
    again_at: float = 0.0

    def keep(self, now: float) -> None:
        """Start it when it does not run and its pause is over; end it when it does no work."""
        if self.lives:
            if not any(sign.is_silent(now) for sign in self.signs):
                return
            log.error("child.silent", child=self.name, since=round(now - self.started))
            self.kill()
        if self.process is not None:
            self.kill()  # what a dead worker left behind of its group
            if now - self.started >= LONG:
                self.failures = 0
            self._failed(now, code=self.process.returncode)
            self.process = None
        if now >= self.again_at and self.mine():
            self._start(now)

    def excuse(self, now: float) -> None:
        """Nobody could have worked just now: its time without a sign of work begins anew."""
        for sign in self.signs:
            sign.excuse(now)

    def _start(self, now: float) -> None:
        try:
            self.process = subprocess.Popen(
                list(self.argv),
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                # Its own group: Ctrl-C at the terminal reaches the parent alone, which says
                # goodbye; and what it forked is reached with it.
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one call of what is loaded already
            )
        except (OSError, subprocess.SubprocessError) as error:
            # No memory, no process to be had, the disk gone: it passes, the service stays.
            self._failed(now, code=type(error).__name__)
            return
        self.started = now
        for sign in self.signs:
            sign.excuse(now, until=now + FIRST_SIGN)
        log.info("child.started", child=self.name, pid=self.process.pid)

    def _failed(self, now: float, code: int | str) -> None:
        wait = PAUSES[min(self.failures, len(PAUSES) - 1)]
        log.error("child.ended", child=self.name, code=code, again_in=wait)
        self.failures, self.again_at = self.failures + 1, now + wait

    def ask_to_end(self) -> None:
        """Begin its goodbye; one that was stopped is woken up for it."""
        if self.process is not None and self.lives:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
                os.killpg(self.process.pid, signal.SIGCONT)

    def end(self) -> None:
        """Ask it to end, and make it end when it does not."""
        if self.process is None or not self.lives:
            return
        self.ask_to_end()
        try:
            self.process.wait(GOODBYE.get(self.name, SHORT_GOODBYE))
        except subprocess.TimeoutExpired:
            log.warning("child.killed", child=self.name)
            self.kill()

    def kill(self) -> None:
        """End it and all that it forked, whatever state they are in."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(SHORT_GOODBYE)

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def is_well(self) -> bool:
        """It runs, is kept by another, or is between two tries that have not failed for long."""
        return self.lives or not self.mine() or self.failures < len(PAUSES)


def _end_with_parent() -> None:
    """A child of a parent that was killed ends too (Linux; elsewhere the supervisor sees to it)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
