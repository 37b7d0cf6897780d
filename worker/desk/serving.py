"""What the console leaves for the parent that keeps it running."""

from __future__ import annotations

from worker.service import life_signs

#: Seconds between two signs.
EVERY = life_signs.LOOP_EVERY


def leave_sign() -> None:
    """The console answers: its loop goes round."""
    life_signs.leave(life_signs.WORK)
