"""A sender that is killed between the server's 250 and its own commit: run by a test.

``python -m tests.worker.dying_sender CONFIG POINT``; the point ``sent`` lies after the server's
reply, ``claimed`` after "sending" was committed and before the server was spoken to.
"""

import os
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from tests.worker.alerts_house import opened
from worker.alerts.delivery import deliver
from worker.store import Outbox, Store


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class AfterSending(Outbox):
    def settle(self, *args, **more):
        die()


@dataclass(frozen=True, slots=True)
class AfterClaiming(Outbox):
    def claim(self, mail, *, seconds):
        Outbox.claim(self, mail, seconds=seconds)
        die()


POINTS = {"sent": AfterSending, "claimed": AfterClaiming}


class DyingStore(Store):
    @property
    def outbox(self):
        return POINTS[sys.argv[2]](self.database)


def main() -> None:
    house = opened(Path(sys.argv[1]))
    deliver(replace(house, store=DyingStore(house.store.database)), lease=1.0)


if __name__ == "__main__":
    main()
