"""P16 and P18: sources that are read for hours, through kills, and side by side, at the defaults.

Nothing is lifted: requests a second, requests at a time, slice, lease and sweep are those that an
office gets that sets none of them.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.report import Section, number, table
from config.sections import Service
from config.sources import PolledSource
from tests.simulators import dvcqg
from tests.worker.servers import valkey
from tests.worker.services import until
from tests.worker.struck import (
    BATCH,
    Politeness,
    Struck,
    findings,
    struck,
    through_kills,
    undisturbed,
)
from worker.house import House
from worker.service import poll_slices
from worker.store import PollState

DOSSIERS, KILLS = 5_000, 20
#: Seconds that one kill may cost: a lease has to run out, the sweep has to come, a slice to begin.
PATIENCE = 1200.0
SIDE_BY_SIDE = 400
PORTAL = """
[[sources]]
name = "cong-{number}"
role = "portal"
kind = "dvcqg"
adapter_url = "{url}"
madonvi = "{madonvi}"
username = "{user}"
password_file = "secrets/cong"
"""


def default(section: type[PolledSource | Service], name: str) -> float:
    value = section.model_fields[name].default
    return float(value.total_seconds() if hasattr(value, "total_seconds") else value)


def polite() -> Politeness:
    """As an office has it that sets nothing."""
    return Politeness(
        rate=default(PolledSource, "requests_per_second"),
        slice=int(default(Service, "slice")),
        parallel=int(default(PolledSource, "max_parallel")),
    )


def at_the_defaults(one: Struck) -> Struck:
    """The tests' service has a short lease and sweeps often; here it has the product's own."""
    config = one.town.service.config
    text = config.read_text("utf-8")
    config.write_text(text.replace('lease = "2s"\n', "").replace('sweep = "1s"\n', ""), "utf-8")
    return one


def office(stack: ExitStack, dossiers: int) -> Struck:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doisoat-", dir="/tmp")))
    (folder / "broker").mkdir()
    broker = stack.enter_context(valkey(folder / "broker"))
    url = f"sqlite:///{folder}/doisoat.db"
    made = struck(folder / "office", url, broker, dossiers=dossiers, how=polite())
    one = at_the_defaults(stack.enter_context(made))
    one.house.store.close()
    one.house = one.town.service.house()
    return one


# P16


def through() -> Section:
    with ExitStack() as stack:
        one = office(stack, DOSSIERS)
        told = through_kills(one, KILLS, PATIENCE)
        folder = one.town.service.folder
        same = findings(folder, told.run_id) == undisturbed(folder.parent / "khac", one.town)
        alone = told.questions / polite().rate
    lines = [
        f"{DOSSIERS:,} dossiers at a portal without a list and in an iGate, `celery` worker and"
        f" beat, SQLite; {polite().rate:g} requests a second, slices of {polite().slice} s, lease"
        f" {default(Service, 'lease'):g} s, sweep {default(Service, 'sweep'):g} s: the defaults."
        f" {told.kills} SIGKILLs of worker, beat or broker, one of them of everything at once. To"
        f" reach: every code heard, asked twice at most a batch ({BATCH}) a kill, the run ends by"
        " itself.",
        "",
        *table(
            ["slices", "questions", "heard twice", "most of one code", "took, min", "alone, min"],
            [
                [
                    f"{told.slices}",
                    f"{told.questions:,}",
                    f"{told.twice}",
                    f"{told.most}",
                    number(told.seconds / 60, 1),
                    number(alone / 60, 1),
                ]
            ],
        ),
        "",
        "Findings as those of an undisturbed run: " + ("yes." if same else "**no**."),
    ]
    return Section("long-polls", "P16: a long poll through kills, at the defaults", lines)


# P18


def beside() -> Section:
    with ExitStack() as stack:
        one = office(stack, SIDE_BY_SIDE)
        portals = [
            stack.enter_context(dvcqg.Portal(copies=one.town.portal.copies)) for _ in range(2)
        ]
        config = one.town.service.config
        text, rest = config.read_text("utf-8").split("[mail]")
        more = "".join(
            PORTAL.format(number=number, url=portal.url, madonvi=dvcqg.MADONVI, user=dvcqg.USER)
            for number, portal in enumerate(portals)
        )
        config.write_text(f"{text}{more}\n[mail]{rest}", "utf-8")
        one.house.store.close()
        one.house = house = one.town.service.house()
        one.serve()
        one.town.service.started(1)
        read(one, house, ["igate"])
        alone = {name: read(one, house, [name]) for name in ("cong", "cong-0", "cong-1")}
        together = read(one, house, list(alone))
    slowest = max(alone.values())
    lines = [
        f"Three portals of {SIDE_BY_SIDE:,} dossiers each, asked code by code at the default"
        f" {polite().rate:g} requests a second, by one `celery` worker; SQLite. To reach: together"
        " at most 1.15 × the slowest alone.",
        "",
        *table(
            ["alone, s", "together, s", "ratio"],
            [
                [
                    ", ".join(number(one, 1) for one in alone.values()),
                    number(together, 1),
                    number(together / slowest, 2),
                ]
            ],
        ),
    ]
    title = "P18: sources that are read side by side, at the defaults"
    return Section("side-by-side", title, lines)


def read(one: Struck, house: House, names: list[str]) -> float:
    """Have these sources read by the service; how long it took."""
    at, on = house.clock.now(), house.clock.today()
    begun = time.perf_counter()
    rounds = house.store.asked.ask(names, sweep=names, by="bench", at=at, on=on)
    poll_slices.hint(house, names)

    def over() -> bool:
        polls = house.store.asked.all()
        return all(polls[name].state is not PollState.READING for name in rounds)

    until(over, PATIENCE, one.town.service)
    assert all(house.store.asked.all()[name].state is PollState.DONE for name in rounds)
    return time.perf_counter() - begun
