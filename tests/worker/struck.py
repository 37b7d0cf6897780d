"""A service that reads a long source while its parts are killed, and what its ledgers say of it."""

from __future__ import annotations

import contextlib
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reconcile.scope import Scope
from tests.worker.servers import Valkey
from tests.worker.services import PATIENCE, ended, kill_group, until
from tests.worker.town import Town, town
from worker.clock import Clock
from worker.house import House, open_house
from worker.run import story
from worker.run.requests import Request
from worker.store import PollState, upgrade

#: What one kill may make be asked for again: questions.
BATCH = 200


@dataclass(frozen=True)
class Politeness:
    """How a source is asked, and for how long at a time."""

    rate: float
    slice: int  # seconds
    parallel: int = 4


@dataclass
class Struck:
    """The service of a town, and the nemesis of its parts."""

    town: Town
    house: House
    broker: Valkey
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    kills: int = 0

    def serve(self) -> None:
        self.worker = self.town.service.worker(f"w{self.kills}")
        self.beat = self.town.service.beat()

    def strike(self) -> None:
        """Kill a part of the service, and start it again."""
        self.kills += 1
        part = self.chance.choice(["worker", "worker", "beat", "broker"])
        if part == "broker":
            self._strike_broker()
        elif part == "beat":
            kill_group(self.beat)
            self.beat = self.town.service.beat()
        else:
            self._strike_worker()

    def _strike_worker(self) -> None:
        kill_group(self.worker)
        self.worker: subprocess.Popen[bytes] = self.town.service.worker(f"w{self.kills}")

    def _strike_broker(self) -> None:
        self.broker.kill()
        self.broker.start()

    def strike_all(self) -> None:
        """The machine goes down and comes up."""
        self.kills += 1
        for child in (self.worker, self.beat):
            kill_group(child)
        self._strike_broker()
        self.serve()


@contextlib.contextmanager
def struck(
    folder: Path, url: str, broker: Valkey, *, dossiers: int, how: Politeness, hands_over: int = 20
) -> Iterator[Struck]:
    """A town whose service is not started yet."""
    upgrade(url)
    with town(
        folder,
        database=url,
        broker_url=broker.url,
        count=dossiers,
        rate=how.rate,
        parallel=how.parallel,
        page=50,
    ) as made:
        config = made.service.config
        text = config.read_text("utf-8")
        config.write_text(text.replace("[service]", f'[service]\nslice = "{how.slice}s"'), "utf-8")
        made.hand_over(hands_over)
        one = Struck(made, made.service.house(), broker)
        try:
            yield one
        finally:
            one.house.store.close()


@dataclass(frozen=True)
class Told:
    """What the ledgers tell of a run that went through kills."""

    run_id: str
    kills: int
    slices: int
    seconds: float
    questions: int
    twice: int  # answers that had been given before
    most: int  # times that one dossier was answered


def through_kills(one: Struck, kills: int, patience: float = PATIENCE) -> Told:
    """A run that is asked for while the service is killed so often, and once as a whole.

    What every code was asked is compared with the portal's own ledger.
    """
    portal, service = one.town.portal, one.town.service
    dossiers = len(one.town.one_stop.rows)
    one.serve()
    service.started(1)
    run_id = one.town.ask(one.house)
    begun = time.monotonic()
    for number in range(kills):
        more = (number + 1) * dossiers // (kills + 2)
        until(lambda more=more: len(set(portal.served())) >= more, patience, service)
        one.strike_all() if number == kills // 2 else one.strike()
    until(lambda: ended(one.house, run_id), patience, service)
    took = time.monotonic() - begun
    poll = one.house.store.asked.of("cong")
    assert poll is not None
    assert (poll.state, poll.done) == (PollState.DONE, poll.total)
    heard = Counter(portal.served())
    assert set(heard) == {row.nation_code or row.code for row in one.town.one_stop.rows}
    questions, twice = len(portal.ledger), sum(heard.values()) - len(heard)
    return Told(run_id, one.kills, poll.slice, took, questions, twice, max(heard.values()))


def findings(folder: Path, run_id: str) -> str:
    return (folder / "data/reports" / run_id / "findings.jsonl").read_text("utf-8")


def undisturbed(folder: Path, one: Town) -> str:
    """What a run of its own finds, over the same sources and an empty store."""
    folder.mkdir()
    for name in ("secrets", "inbox", "tables"):
        (folder / name).symlink_to(one.service.folder / name)
    text = one.service.config.read_text("utf-8")
    lines = text[: text.index("[database]")].splitlines()
    fast = "requests_per_second = 5000"
    quick = [fast if line.startswith("requests_per_second") else line for line in lines]
    (folder / "doisoat.toml").write_text("\n".join(quick), "utf-8")
    house = open_house(folder / "doisoat.toml", {})
    request = Request(Scope(as_of=Clock().today()), sweep=True, formats=("json",))
    outcome = story.run(house, request)
    house.store.close()
    return findings(folder, outcome.run_id)
