"""Sources without a list: the dossiers that the office knows are looked up by their codes.

Whom to ask, and in which order, is decided by whoever remembers what was asked before; answers are
given on in batches, so that little is lost when a poll breaks off. When its time is over (a slice,
a service that shuts down) no further question begins, and what was heard is given on.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing

from config.office_tables import Tables
from config.sources import SourceSettings
from connectors.connector import Codes, Memory
from connectors.errors import SourceError
from connectors.network.paging import fingerprint
from connectors.said import Dossiers, Said
from reconcile.claims import Snapshot

BATCH = 100  # questions that are taken in together

#: The dossiers of one question, and what the source said of them.
Heard = tuple[Sequence[Codes], Sequence[Said]]


class Lookups:
    """Which dossiers this poll asks for, and the snapshots of what it heard."""

    def __init__(self, source: SourceSettings, tables: Tables, memory: Memory) -> None:
        self.source = source
        self.tables = tables
        self.today = memory.today
        self.sweep = memory.sweep
        self.fingerprint = fingerprint(source, tables)
        self.codes = memory.codes

    def snapshots(self, answers: Generator[Heard], questions: int) -> Iterator[Snapshot]:
        """A snapshot a batch of answers, in the order of the questions, so many in all.

        Raises SourceError where the answers do, after a snapshot of what was heard before it.
        """
        if not questions:
            yield self._snapshot([], more=False)
        done = 0
        with closing(answers):
            while True:
                batch, error = _heard(answers)
                done += len(batch)
                if batch:
                    yield self._snapshot(batch, more=done < questions)
                if error is not None:
                    raise error
                if not batch:
                    return

    def _snapshot(self, batch: Sequence[Heard], *, more: bool) -> Snapshot:
        said = [one for _, heard in batch for one in heard]
        dossiers = Dossiers(self.source, self.tables).extend(said)
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
            more_to_come=more,
            swept=self.sweep and not more,
            asked=tuple(one.own for group, _ in batch for one in group),
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
