"""Papers that people noted on a discrepancy; the answers to random samples of older versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from worker.store import seals
from worker.store.act_tables import paper, sample_answer
from worker.store.engine import Room, reads, writes

#: In the audit: a paper was noted, by mistake.
NOTED, TAKEN_BACK = "paper.noted", "paper.taken_back"


@dataclass(frozen=True, slots=True)
class SampleAnswer:
    """What somebody found in the book for one row of a sample; only older versions wrote it."""

    seed: int
    row: str  # the short key of the register row
    unit: str
    method: str  # how it was linked, as the sample said
    matches: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that bears on a discrepancy; ``kind`` is a key of ``worker.words.PAPERS``."""

    discrepancy_id: str
    kind: str
    number: str
    day: date
    by: str
    at: datetime
    id: int = field(default=0, compare=False)  # 0: it was not kept yet


_SAID = ("discrepancy_id", "kind", "number", "day", "by", "at")


class Papers(Room):
    """Papers that were noted; of the answers to samples the newest for a row counts."""

    @reads
    def sample_answers(self, connection: Connection, seed: int | None = None) -> list[SampleAnswer]:
        """What counts now, of one sample or of all, by seed, unit and row."""
        found = _answers(connection)
        return [one for one in found if seed is None or one.seed == seed]

    @writes
    def add(self, connection: Connection, noted: Paper) -> int:
        """The number under which a paper is kept."""
        values = {name: getattr(noted, name) for name in _SAID}
        kept = insert(paper).values(**values).returning(paper.c.id)
        made, moved = int(connection.execute(kept).scalar_one()), seals.SealMoves()
        moved.add_rows("paper", seals.rows_of(connection, "paper", paper.c.id == made))
        seals.keep(
            connection,
            moved,
            actor=noted.by,
            act=NOTED,
            object=noted.discrepancy_id,
            at=noted.at,
        )
        return made

    @writes
    def take_back(
        self, connection: Connection, noted: Paper, said: str, *, by: str, at: datetime
    ) -> None:
        """The paper is gone; the audit keeps what it ``said``."""
        moved, this = seals.SealMoves(), paper.c.id == noted.id
        moved.take_rows("paper", seals.rows_of(connection, "paper", this))
        if connection.execute(delete(paper).where(this)).rowcount:
            told = noted.discrepancy_id
            seals.keep(connection, moved, actor=by, act=TAKEN_BACK, object=told, reason=said, at=at)

    def one(self, number: int) -> Paper | None:
        """The paper of this number."""
        return next(iter(self._read(paper.c.id == number)), None)

    def of(self, discrepancy_id: str | None = None) -> list[Paper]:
        """The papers on one discrepancy, or all, in the order in which they were noted."""
        return self._read(
            *(() if discrepancy_id is None else (paper.c.discrepancy_id == discrepancy_id,))
        )

    @reads
    def _read(self, connection: Connection, *where: Any) -> list[Paper]:
        query = select(*(paper.c[name] for name in (*_SAID, "id")))
        rows = connection.execute(query.where(*where).order_by(paper.c.id))
        return [Paper(*row) for row in rows]


def _answers(connection: Connection) -> list[SampleAnswer]:
    """The newest answer of each row."""
    names = ("seed", "row", "unit", "method", "matches", "by", "at")
    query = select(*(sample_answer.c[name] for name in names)).order_by(sample_answer.c.id)
    newest = {(row.seed, row.row): SampleAnswer(*row) for row in connection.execute(query)}
    return sorted(newest.values(), key=lambda one: (one.seed, one.unit, one.row))
