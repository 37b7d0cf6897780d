"""A connector over a list: the smallest example, and the double that tests use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from config.sources import SourceSettings
from connectors.connector import Memory
from reconcile.claims import Claim, Snapshot


@dataclass(frozen=True, slots=True)
class MemoryConnector:
    """Answers every poll with the same claims, in full."""

    source: SourceSettings
    claims: Sequence[Claim] = field(default=())

    def fetch(self, memory: Memory) -> Iterator[Snapshot]:
        """One complete snapshot; the memory is not needed."""
        yield Snapshot(
            source=self.source.name,
            role=self.source.role,
            rows=len(self.claims),
            claims=tuple(self.claims),
        )
