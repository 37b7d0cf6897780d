"""What people found and noted by hand: answers to a random sample, papers on a discrepancy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from worker.store import seals
from worker.store.act_tables import paper, sample_answer
from worker.store.engine import Database

#: In the audit: rows of a sample were checked, a paper was noted.
ANSWERED, NOTED = "sample.answered", "paper.noted"


@dataclass(frozen=True, slots=True)
class SampleAnswer:
    """What somebody found in the original book for one row of a sample."""

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


@dataclass(frozen=True, slots=True)
class Papers:
    """Only ever added to: the newest answer for a row counts."""

    database: Database

    def answer_sample(self, answers: Sequence[SampleAnswer]) -> int:
        """Keep the answers that say something new; how many."""

        def act(connection: Connection) -> int:
            known = {(one.seed, one.row): one.matches for one in _answers(connection)}
            fresh = [one for one in answers if known.get((one.seed, one.row)) != one.matches]
            made = [
                connection.execute(
                    insert(sample_answer).values(**asdict(one)).returning(sample_answer.c.id)
                ).scalar_one()
                for one in fresh
            ]
            if fresh:
                moved = seals.SealMoves()
                for part in seals.in_parts(sample_answer.c.id, made):
                    moved.add_rows("sample", seals.rows_of(connection, "sample", part))
                first = fresh[0]
                seals.keep(
                    connection,
                    moved,
                    actor=first.by,
                    act=ANSWERED,
                    object=str(first.seed),
                    at=first.at,
                )
            return len(fresh)

        return self.database.write(act)

    def sample_answers(self, seed: int | None = None) -> list[SampleAnswer]:
        """What counts now, of one sample or of all, by seed, unit and row."""
        found = self.database.read(_answers)
        return [one for one in found if seed is None or one.seed == seed]

    def add(self, noted: Paper) -> None:
        def act(connection: Connection) -> None:
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

        self.database.write(act)

    def of(self, discrepancy_id: str | None = None) -> list[Paper]:
        """The papers on one discrepancy, or all, in the order in which they were noted."""
        names = ("discrepancy_id", "kind", "number", "day", "by", "at")
        query = select(*(paper.c[name] for name in names)).order_by(paper.c.id)
        if discrepancy_id is not None:
            query = query.where(paper.c.discrepancy_id == discrepancy_id)
        return self.database.read(
            lambda connection: [Paper(*row) for row in connection.execute(query)]
        )


def _answers(connection: Connection) -> list[SampleAnswer]:
    """The newest answer of each row."""
    names = ("seed", "row", "unit", "method", "matches", "by", "at")
    query = select(*(sample_answer.c[name] for name in names)).order_by(sample_answer.c.id)
    newest = {(row.seed, row.row): SampleAnswer(*row) for row in connection.execute(query)}
    return sorted(newest.values(), key=lambda one: (one.seed, one.unit, one.row))
