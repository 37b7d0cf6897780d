"""A worker that dies of one run, as it would when the machine has no memory left for it.

Started by the tests with ``celery -A tests.worker.poisoned worker``.
"""

import os
import signal
from datetime import date
from typing import Any

from worker.run import story
from worker.service.celery import app
from worker.store import queue

__all__ = ["POISONED", "app"]

#: Runs with this day of judgement kill their process in the middle.
POISONED = date(2024, 2, 29)


def poison() -> None:
    """The fault, and no waiting between the tries."""
    decide = story.decide

    def deadly(house: Any, scope: Any, *more: Any, **asked: Any) -> Any:
        if scope.as_of == POISONED:
            os.kill(os.getpid(), signal.SIGKILL)
        return decide(house, scope, *more, **asked)

    story.decide = deadly
    queue.PAUSES = (0.0,) * 6


if os.environ.get("DOISOAT_CONFIG"):
    poison()
