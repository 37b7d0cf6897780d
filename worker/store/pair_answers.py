"""What persons answered of pairs: a row and a dossier are the same, or are not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from reconcile.cases import Answer
from worker.clock import Clock
from worker.store import seals
from worker.store.engine import Room, reads, writes
from worker.store.seals import SealMoves
from worker.store.tables import answer

#: When an answer was written that brings no moment of its own.
CLOCK = Clock()


class PairAnswers(Room):
    """Only ever added to: of a pair the newest answer counts."""

    @reads
    def all(self, connection: Connection, rows: Collection[str] | None = None) -> list[Answer]:
        """What persons said and did not take back, of these rows or of all, by row and dossier."""
        query = select(answer).order_by(answer.c.id)
        if rows is not None:
            query = query.where(answer.c.row.in_(sorted(rows)))
        newest = {(said.row, said.dossier): said for said in connection.execute(query)}
        return [
            Answer(said.row, said.dossier, said.same, said.by, said.day)
            for _, said in sorted(newest.items())
            if said.same is not None
        ]

    @reads
    def history(self, connection: Connection) -> list[Answer]:
        """All that persons ever said of pairs and that counted, in the order of saying."""
        query = select(answer).where(answer.c.same.is_not(None)).order_by(answer.c.id)
        return [
            Answer(said.row, said.dossier, said.same, said.by, said.day)
            for said in connection.execute(query)
        ]

    def add(self, said: Answer) -> bool:
        """Keep what a person said; False when the same was known already."""
        return self._say((said.row, said.dossier), said.same, said.by, said.on, CLOCK.now())

    def take_back(self, row: str, dossier: str, *, by: str, on: date) -> bool:
        """Undo what was said of a pair, which stays in the history; False when nothing was."""
        return self._say((row, dossier), None, by, on.isoformat(), CLOCK.now())

    @writes
    def _say(
        self,
        connection: Connection,
        pair: tuple[str, str],
        same: bool | None,
        by: str,
        on: str,
        at: datetime,
    ) -> bool:
        moved = SealMoves()
        made = say(connection, pair, same, by, on, moved)
        if made is None:
            return False
        act = "pair.taken_back" if same is None else "pair.same" if same else "pair.other"
        seals.keep(connection, moved, actor=by, act=act, object=str(made), at=at)
        return True


def say(
    connection: Connection,
    pair: tuple[str, str],
    same: bool | None,
    by: str,
    on: str,
    moved: SealMoves,
) -> int | None:
    """The number of the answer that was written (None where the same stood there), as a part of an
    act that seals what ``moved``; ``same`` None takes back what was said."""
    row, dossier = pair
    query = select(answer.c.same).where(answer.c.row == row, answer.c.dossier == dossier)
    before = connection.execute(query.order_by(answer.c.id.desc())).first()
    if (before.same if before else None) == same:
        return None
    values = {"row": row, "dossier": dossier, "same": same, "by": by, "day": on}
    made = connection.execute(insert(answer).values(**values).returning(answer.c.id)).scalar_one()
    moved.add_rows("answer", seals.rows_of(connection, "answer", answer.c.id == made))
    return int(made)
