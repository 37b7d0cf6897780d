"""How long each stage of a run took, for the log: where the time goes is IT's first question."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger(__name__)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Log ``run.stage`` with its seconds of wall clock once the stage is done."""
    begun = time.monotonic()
    yield
    log.info("run.stage", stage=name, seconds=round(time.monotonic() - begun, 2))
