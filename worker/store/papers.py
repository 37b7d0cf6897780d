"""Papers that people noted on a discrepancy; the answers to random samples of older versions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from worker.store import seals
from worker.store.act_tables import paper, sample_answer
from worker.store.engine import Room, reads, writes

#: In the audit: a paper was noted.
NOTED = "paper.noted"


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


class Papers(Room):
    """Only ever added to: the newest answer for a row counts."""

    @reads
    def sample_answers(self, connection: Connection, seed: int | None = None) -> list[SampleAnswer]:
        """What counts now, of one sample or of all, by seed, unit and row."""
        found = _answers(connection)
        return [one for one in found if seed is None or one.seed == seed]

    @writes
    def add(self, connection: Connection, noted: Paper) -> None:
        values = insert(paper).values(**asdict(noted)).returning(paper.c.id)
        made, moved = connection.execute(values).scalar_one(), seals.SealMoves()
        moved.add_rows("paper", seals.rows_of(connection, "paper", paper.c.id == made))
        seals.keep(
            connection,
            moved,
            actor=noted.by,
            act=NOTED,
            object=noted.discrepancy_id,
            at=noted.at,
        )

    @reads
    def of(self, connection: Connection, discrepancy_id: str | None = None) -> list[Paper]:
        """The papers on one discrepancy, or all, in the order in which they were noted."""
        names = ("discrepancy_id", "kind", "number", "day", "by", "at")
        query = select(*(paper.c[name] for name in names)).order_by(paper.c.id)
        if discrepancy_id is not None:
            query = query.where(paper.c.discrepancy_id == discrepancy_id)
        return [Paper(*row) for row in connection.execute(query)]


def _answers(connection: Connection) -> list[SampleAnswer]:
    """The newest answer of each row."""
    names = ("seed", "row", "unit", "method", "matches", "by", "at")
    query = select(*(sample_answer.c[name] for name in names)).order_by(sample_answer.c.id)
    newest = {(row.seed, row.row): SampleAnswer(*row) for row in connection.execute(query)}
    return sorted(newest.values(), key=lambda one: (one.seed, one.unit, one.row))
