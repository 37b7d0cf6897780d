"""Risk-limiting checks of frozen periods: their steps, only ever added and sealed in the audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from worker.store import seals
from worker.store.act_tables import check_step
from worker.store.engine import Room, reads, writes
from worker.store.errors import Overtaken


class ClaimPlan(msgspec.Struct, frozen=True):
    """One claim of a plan; ``risk`` and ``margin`` are fractions as text: ``1/20``."""

    claimed: str
    risk: str
    margin: str


class Plan(msgspec.Struct, frozen=True, tag="plan"):
    """What is to be proven, of which frozen version."""

    starts: date
    ends: date
    version: int
    manifest_hash: str  # SHA-256 of the frozen list
    claims: tuple[ClaimPlan, ...]
    units: tuple[str, ...] = ()  # codes and comparable names; empty: the whole office


class Seed(msgspec.Struct, frozen=True, tag="seed"):
    """The digits that were thrown in public, once."""

    digits: str
    witnesses: str


class Draw(msgspec.Struct, frozen=True, tag="draw"):
    """How many papers of each claim are drawn by now."""

    counts: dict[str, int]


class PaperAnswer(msgspec.Struct, frozen=True):
    """What a checker found for one dossier."""

    key: str
    seen: str
    registered_on: date | None = None
    returned_on: date | None = None


class PaperAnswers(msgspec.Struct, frozen=True, tag="answers"):
    """What was typed back at once; of a dossier the newest answer counts."""

    papers: tuple[PaperAnswer, ...]
    second: str  # the other checker


class CheckEnd(msgspec.Struct, frozen=True, tag="end"):
    """Why the check ended, and what it proved by then, as JSON."""

    reason: str
    result: str = ""


Act = Plan | Seed | Draw | PaperAnswers | CheckEnd


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step of a check: what, by whom, when."""

    number: int
    act: Act
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SampleCheck:
    """A check with all its steps, the plan first."""

    name: str  # 2024-Q1#0.1, of one unit 2024-Q1@X01#0.1
    steps: tuple[CheckStep, ...]

    @property
    def period(self) -> str:
        """The name under which the period was frozen."""
        return self.name.rpartition("#")[0].partition("@")[0]

    @property
    def plan(self) -> Plan:
        first = self.steps[0].act
        assert isinstance(first, Plan)  # noqa: S101 - nothing else can be the first
        return first

    @property
    def seed(self) -> Seed | None:
        return next((one.act for one in self.steps if isinstance(one.act, Seed)), None)

    @property
    def counts(self) -> dict[str, int]:
        """How many papers of each claim are drawn."""
        drawn = [one.act.counts for one in self.steps if isinstance(one.act, Draw)]
        return drawn[-1] if drawn else {}

    @property
    def papers(self) -> dict[str, PaperAnswer]:
        """The newest answer of each dossier, by its key."""
        given = [one.act.papers for one in self.steps if isinstance(one.act, PaperAnswers)]
        return {paper.key: paper for papers in given for paper in papers}

    @property
    def end(self) -> CheckStep | None:
        return next((one for one in self.steps if isinstance(one.act, CheckEnd)), None)


class Checks(Room):
    """The checks of an office."""

    @writes
    def add(
        self, connection: Connection, name: str, number: int, act: Act, *, by: str, at: datetime
    ) -> None:
        """Keep the step with that number. Raises Overtaken where it is not the next one."""
        query = select(check_step.c.id).where(check_step.c.check == name)
        if number != len(connection.execute(query).all()):
            raise Overtaken(name)
        payload = msgspec.json.encode(act)
        values = {"check": name, "number": number, "payload": payload, "by": by, "at": at}
        try:
            connection.execute(insert(check_step).values(**values))
        except IntegrityError as error:
            raise Overtaken(name) from error
        moved = seals.SealMoves()
        this = (check_step.c.check == name, check_step.c.number == number)
        moved.add_rows("check", seals.rows_of(connection, "check", *this))
        what = f"check.{act.__struct_config__.tag}"
        seals.keep(connection, moved, actor=by, act=what, object=name, at=at)

    @reads
    def all(self, connection: Connection) -> list[SampleCheck]:
        """Every check, in the order in which they were planned."""
        found: dict[str, list[CheckStep]] = {}
        query = select(check_step).order_by(check_step.c.id)
        for row in connection.execute(query):
            act = msgspec.json.decode(row.payload, type=Act)
            found.setdefault(row.check, []).append(CheckStep(row.number, act, row.by, row.at))
        return [SampleCheck(name, tuple(steps)) for name, steps in found.items()]

    def of(self, name: str) -> list[SampleCheck]:
        """The checks of a period (``2024-Q1``) or of a unit (``2024-Q1@X01``), the newest last."""
        return [one for one in self.all() if one.name.rpartition("#")[0] == name]
