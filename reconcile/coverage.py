"""What each source is proven to have covered: absence is evidence only there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reconcile.claims import Origin, RegisterType, Role


@dataclass(frozen=True, slots=True)
class Declaration:
    """A book that somebody declared complete (sổ đã nhập đủ): until when, by whom."""

    until: date
    by: str
    unit: str = ""  # empty: every unit of the source
    register_type: RegisterType = RegisterType.NONE  # NONE: every type of the source
    first_number: int | None = None
    last_number: int | None = None


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """What is known of one source now.

    ``answered``: its newest attempt was complete (for files: every file of the source that is
    there could be read). ``silent_files``: files that could not be read this time; rows known
    only from them are not heard. ``starts``/``ends``: the window that its readings prove whole;
    ``units``: the units that appear in them (comparable keys), None when it has no unit column.
    """

    name: str
    role: Role
    kind: str
    origin: Origin = Origin.PAPER
    since: date | None = None  # nothing is missing before it
    answered: bool = False
    silent_files: frozenset[str] = frozenset()
    problem: str = ""  # Vietnamese, for page one
    unread_since: date | None = None  # since when it was not read in full
    starts: date | None = None
    ends: date | None = None
    units: frozenset[str] | None = None
    has_list: bool = True  # False: asked code by code, absence proves nothing
    declared: tuple[Declaration, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of every configured source."""

    sources: tuple[SourceCoverage, ...]

    def of(self, name: str) -> SourceCoverage | None:
        return next((source for source in self.sources if source.name == name), None)

    def by_role(self, role: Role) -> tuple[SourceCoverage, ...]:
        return tuple(source for source in self.sources if source.role is role)
