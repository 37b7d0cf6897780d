"""What every connector is, and what it is told of the last readings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, runtime_checkable

from config.sources import SourceSettings
from connectors.politeness import Budget
from reconcile.claims import Procedure, Sent, Snapshot


@dataclass(frozen=True, slots=True)
class FileMemory:
    """The last complete reading of one file."""

    fingerprint: str
    rows: int
    covers_from: date | None = None
    covers_to: date | None = None


@dataclass(frozen=True, slots=True, order=True)
class Codes:
    """A dossier to ask a source for that has no list: its own code, then the national one.

    ``procedure``: its class, for a source that asks for one. ``trail``: its status trail as last
    read, for a source that keeps one of its pending linked dossiers. ``listed``: what its row of
    the list said when its details were last read (``said.row_digest``), for a source with details.
    """

    own: str
    national: str = ""
    procedure: Procedure = Procedure.UNKNOWN
    trail: tuple[Sent, ...] = ()
    listed: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the store remembers of one source; file names are those of Snapshot.file.

    The rest is for polled sources: ``cursor``, where the last poll left off; ``today`` at the
    office; ``sweep``, read everything again; ``codes``, the dossiers to ask for, in this order;
    ``budget``, what this poll may ask: it goes to the transport; ``left``, what is left of a
    reading of everything that the slice before did not end.
    """

    files: Mapping[str, FileMemory] = field(default_factory=dict)
    cursor: str = ""
    swept_on: date | None = None
    today: date | None = None
    sweep: bool = False
    codes: tuple[Codes, ...] = ()
    budget: Budget | None = None
    left: str = ""


class Connector(Protocol):
    """A way to read one source. It reads only: nothing is ever changed at a source."""

    @property
    def source(self) -> SourceSettings:
        """The settings of the source it reads."""
        ...

    def fetch(self, memory: Memory) -> Iterator[Snapshot]:
        """Poll once. A file that cannot be read is a snapshot that is not complete.

        Raises SourceError when a system cannot be asked at all.
        """
        ...


@runtime_checkable
class Knocks(Protocol):
    """A connector that can try its source without reading it: for ``doisoat check``."""

    def knock(self) -> str:
        """Log in and ask for next to nothing; says in Vietnamese what was found.

        Raises SourceError.
        """
        ...
