"""The countings of periods as the service carries them out, without one."""

from __future__ import annotations

from worker.desk import periods
from worker.desk.actor import Actor
from worker.house import House
from worker.service import period_counts


def carried_out(house: House) -> None:
    """What the service does with every counting that waits."""
    for one in house.store.periods.counts_due():
        period_counts.carry_out(house, one.starts, one.ends)


def counted(house: House, actor: Actor, name: str) -> None:
    """Somebody had the period counted, and it was."""
    periods.ask_to_count(house, actor, name)
    carried_out(house)


def approved(house: House, actor: Actor, name: str) -> None:
    """Somebody approved what was proposed, and it was kept if it could be."""
    periods.approve(house, actor, name)
    carried_out(house)
