"""Everything that works in the background, served by this process until it is asked to end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from config.settings import Settings
from worker.desk.actor import Actor, Right
from worker.desk.refused import Refused
from worker.service import broker, supervisor
from worker.service.supervisor import PARTS

__all__ = ["PARTS"]


def serve(
    settings: Settings, actor: Actor, parts: Sequence[str], told: Callable[[str], None]
) -> None:
    """Nothing, after a signal asked to end; ``told`` hears where the service answers for itself.

    Raises Refused where the office is served already, or a port or folder cannot be used.
    """
    actor.need(Right.HEALTH)
    try:
        supervisor.serve(settings, parts or PARTS, told=told)
    except (
        supervisor.AlreadyServed,
        supervisor.NoDoor,
        broker.NotOurs,
        FileNotFoundError,
    ) as error:
        raise Refused(str(error)) from None
