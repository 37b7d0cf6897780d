"""Sources without a list: every dossier that the office knows is looked up by its code.

Answers are taken in in batches, so a poll that breaks off keeps what it heard; on the same day the
next one goes on from there. Dossiers that are settled are asked for only in a sweep.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import islice

from config.sources import SourceSettings
from config.tables import Tables
from connectors.connector import Codes, Memory
from connectors.passes import fingerprint
from connectors.wire import Dossiers, Said
from reconcile.claims import Snapshot

BATCH = 200  # questions that are taken in together: what a broken poll keeps

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
        self.codes = [
            one
            for one in sorted(memory.codes)
            if (self.everything or not one.settled)
            and not (began == f"{self.today}" and last and one.own <= last)
        ]

    def snapshots(self, answers: Generator[Heard], questions: int) -> Iterator[Snapshot]:
        """A snapshot a batch of answers, in the order of the questions, so many in all."""
        if not questions:
            yield self._snapshot([], "")
        done = 0
        with closing(answers):
            while batch := list(islice(answers, BATCH)):
                done += len(batch)
                last = batch[-1][0][-1].own
                cursor = f"{self.today}|{last}" if done < questions else ""
                yield self._snapshot([said for _, heard in batch for said in heard], cursor)

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
