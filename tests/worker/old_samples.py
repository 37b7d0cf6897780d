"""Answers to the random samples of older versions, as those wrote them: nothing does so now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, insert

from worker.store import SampleAnswer, Store, seals
from worker.store.act_tables import sample_answer


def keep(store: Store, answers: Sequence[SampleAnswer]) -> None:
    """Write and seal them."""

    def act(connection: Connection) -> None:
        moved = seals.SealMoves()
        for one in answers:
            values = insert(sample_answer).values(**asdict(one)).returning(sample_answer.c.id)
            made = connection.execute(values).scalar_one()
            moved.add_rows(
                "sample", seals.rows_of(connection, "sample", sample_answer.c.id == made)
            )
        first = answers[0]
        seals.keep(
            connection,
            moved,
            actor=first.by,
            act="sample.answered",
            object=str(first.seed),
            at=first.at,
        )

    store.database.write(act)
