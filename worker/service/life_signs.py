"""Signs of work: how a child of ``doisoat serve`` shows that it works and does not only exist.

A process that was stopped, or that hangs in a call, is there and does nothing. So each child
touches a small file of its parent's whenever it has done something; the parent looks at the file
and never at a network. Without a parent (plain Celery) there is no file, and nothing is touched.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import signals

#: The folder in which a child leaves its signs; only the parent sets it.
FOLDER = "DOISOAT_SIGNS"
#: A task was sent or done · the loop that takes tasks from the broker goes round.
WORK, LOOP = "work", "loop"
#: Seconds between two signs of the loop.
LOOP_EVERY = 5.0


@dataclass
class LifeSign:
    """One file that a child touches, and for how long it may be left untouched.

    Only the change of the file counts, held against the parent's own monotone time: a clock that
    is put right, or a machine that stood still, silences nobody.
    """

    file: Path
    patience: float
    seen: int = 0
    silent_from: float = 0.0

    def excuse(self, now: float, *, until: float | None = None) -> None:
        """Begin to wait anew: at a start, and while nobody could have worked."""
        self.silent_from = max(self.silent_from, now if until is None else until)

    def is_silent(self, now: float) -> bool:
        """Whether nothing was done for longer than patience lasts."""
        with contextlib.suppress(OSError):
            touched = self.file.stat().st_mtime_ns
            if touched != self.seen:
                self.seen, self.silent_from = touched, now
        return now - self.silent_from > self.patience


def leave(name: str) -> None:
    """Touch one of this child's files."""
    folder = os.environ.get(FOLDER)
    if folder:
        with contextlib.suppress(OSError):  # a full disk is told elsewhere, and ends nothing here
            (Path(folder) / name).touch()


def connect() -> None:
    """Leave signs whenever a task is sent, begun or done, and while a worker's loop goes round."""
    signals.before_task_publish.connect(_worked, weak=False)
    signals.task_prerun.connect(_worked, weak=False)
    signals.task_postrun.connect(_worked, weak=False)
    signals.worker_ready.connect(_goes_round, weak=False)


def _worked(**_facts: object) -> None:
    leave(WORK)


def _goes_round(sender: Any, **_facts: object) -> None:
    """Once for each worker: its timer goes on through every reconnection."""
    leave(LOOP)
    sender.timer.call_repeatedly(LOOP_EVERY, leave, (LOOP,))
