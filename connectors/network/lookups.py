"""Sources without a list: every dossier that the office knows is looked up by its code.

Answers are taken in in batches, and a poll that breaks off keeps what it heard; on the same day the
next one goes on from there, and on any day where our own budget ended it. Dossiers that are settled
are asked for only in a sweep.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing

from config.office_tables import Tables
from config.sources import SourceSettings
from connectors.connector import Codes, Memory
from connectors.errors import BudgetSpent, SourceError
from connectors.network.paging import fingerprint
from connectors.said import Dossiers, Said
from reconcile.claims import Snapshot

BATCH = 200  # questions that are taken in together
ANY_DAY = "*"  # in a cursor: the next poll goes on whatever the day

#: The dossiers of one question, and what the source said of them.
Heard = tuple[Sequence[Codes], Sequence[Said]]


class Lookups:
    """Which dossiers this poll asks for, and the snapshots of what it heard."""

    def __init__(self, source: SourceSettings, tables: Tables, memory: Memory) -> None:
        self.source = source
        self.tables = tables
        self.today = memory.today
        known = memory.files.get("")
        self.fingerprint = fingerprint(source, tables)
        self.everything = (
            memory.sweep or known is None or known.fingerprint != self.fingerprint
        )  # what is understood in another way is asked for again
        began, _, last = memory.cursor.partition("|")
        goes_on = bool(last) and began in (ANY_DAY, f"{self.today}")
        self.codes = [
            one
            for one in sorted(memory.codes)
            if (self.everything or not one.settled) and not (goes_on and one.own <= last)
        ]

    def snapshots(self, answers: Generator[Heard], questions: int) -> Iterator[Snapshot]:
        """A snapshot a batch of answers, in the order of the questions, so many in all.

        Raises SourceError where the answers do, after a snapshot of what was heard before it.
        """
        if not questions:
            yield self._snapshot([], "")
        done = 0
        with closing(answers):
            while True:
                batch, error = _heard(answers)
                done += len(batch)
                if batch:
                    day = ANY_DAY if isinstance(error, BudgetSpent) else f"{self.today}"
                    cursor = f"{day}|{batch[-1][0][-1].own}" if done < questions else ""
                    yield self._snapshot([said for _, heard in batch for said in heard], cursor)
                if error is not None:
                    raise error
                if not batch:
                    return

    def _snapshot(self, heard: Sequence[Said], cursor: str) -> Snapshot:
        dossiers = Dossiers(self.source, self.tables).extend(heard)
        return Snapshot(
            source=self.source.name,
            role=self.source.role,
            fingerprint=self.fingerprint,
            rows=len(dossiers.claims),
            covers_to=self.today,
            claims=dossiers.claims,
            rejected=tuple(dossiers.rejected),
            warnings=dossiers.warnings,
            partial=True,
            more_to_come=bool(cursor),
            swept=self.everything and not cursor,
            cursor=cursor,
        )


def _heard(answers: Iterator[Heard]) -> tuple[list[Heard], SourceError | None]:
    """The next batch, and what ended it before it was full."""
    batch: list[Heard] = []
    try:
        for heard in answers:
            batch.append(heard)
            if len(batch) == BATCH:
                break
    except SourceError as error:
        return batch, error
    return batch, None
