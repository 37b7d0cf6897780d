"""Following a run of somebody else, from the terminal and from ``run --queue`` alike."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from worker.service import queue
from worker.store import RunState


@dataclass
class Seen:
    """A run as it is read, and nothing more."""

    state: RunState
    problem: str = ""


@dataclass
class Told:
    """A store in which a run passes through these states, a look each; nobody works on it."""

    states: list[RunState]
    looks: list[RunState] = field(default_factory=list)

    def one(self, _run_id: str) -> Seen:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        self.looks.append(state)
        return Seen(state)

    def holder(self, _name: str) -> None:
        return None

    @property
    def asked(self) -> Told:
        """One for all its rooms."""
        return self

    runs = leases = asked

    def at_work(self) -> dict[str, str]:
        return {}


@pytest.mark.parametrize(
    ("states", "last"),
    [
        ([RunState.RUNNING, RunState.DONE], RunState.DONE),  # it ended between two looks
        ([RunState.RUNNING, RunState.RUNNING], RunState.RUNNING),  # its process was killed
        ([RunState.DONE], RunState.DONE),
    ],
)
def test_a_run_that_nobody_works_on_is_looked_at_once_more_and_left(states, last):
    store, told = Told(states), []
    found = queue.follow(store, "r", told.append, patience=0.0, give_up=-1.0)  # type: ignore[arg-type]
    assert found is not None
    assert found.state is last
