"""The tables of the office (CSV): units, procedures, statuses, calendar, submitted figures.

A missing table means the shipped default; the office's lines stand over the default's.
``units.csv`` has no default: without it a unit is what the sources call it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config import days_off, procedures, statuses, submitted, units
from config.csvfile import TableColumn, TableReader, read
from config.errors import ConfigError, Problem
from config.procedures import Procedures
from config.settings import Settings
from config.statuses import Statuses
from config.submitted import Submitted
from config.units import Units
from reconcile.policy import Linking, Owner, Policy
from reconcile.text.vietnamese import unit_key
from reconcile.workdays import Calendar

#: Columns of units.csv that say who gets the mails: no row is read differently by them.
_PEOPLE = frozenset({"recipient", "role", "email"})
SHIPPED = Path(__file__).parent / "tables"


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything the tables say.

    ``fingerprint`` changes with any of them, ``reading`` only with those that decide how a
    source's rows are understood (units, procedures, statuses).
    """

    units: Units = field(default_factory=Units)
    procedures: Procedures = field(default_factory=Procedures)
    statuses: Statuses = field(default_factory=Statuses)
    calendar: Calendar = field(default_factory=Calendar)
    submitted: tuple[Submitted, ...] = ()
    fingerprint: str = ""
    reading: str = ""
    notes: tuple[Problem, ...] = ()  # lines that a person should look at


def policy(settings: Settings, tables: Tables) -> Policy:
    """The numbers of the core, with the office's calendar and its columns of form II.06a."""
    numbers = settings.policy
    return Policy(
        calendar=tables.calendar,
        linking=Linking(
            auto=numbers.link_auto,
            review=numbers.link_review,
            margin=numbers.link_margin,
            size=numbers.link_size,
            owners=tuple(_owners(settings, tables)),
        ),
        grace_workdays=numbers.grace_workdays,
        edge_days=numbers.edge_days,
        untold_days=numbers.untold_days,
        stale_after_days=numbers.stale_after_days,
        post_allowance_days=numbers.post_allowance_days,
        post_working_days=numbers.post_working_days,
        late_typing_rows=numbers.late_typing_rows,
        duplicate_days=numbers.duplicate_days,
        apology_is_on_time=numbers.apology_is_on_time,
        same_day_until=numbers.same_day_until,
        group_scope=frozenset(numbers.group_scope),
        ii06a=dict(tables.statuses.ii06a),
        judged=frozenset(numbers.judged),
        since=settings.office.since,
    )


def _owners(settings: Settings, tables: Tables) -> Iterator[tuple[str, str, Owner]]:
    """Source, unit and whom its owner (chủ hồ sơ) is, where somebody said it."""
    for source in settings.sources:
        if source.owner is not Owner.MIXED:
            yield source.name, "", source.owner
        for unit, owner in source.owner_of.items():
            yield source.name, unit_key(tables.units.resolve(unit) or unit), owner


def load(settings: Settings) -> Tables:
    """Read every table; raises ConfigError with every problem of all of them."""
    reader = _Reader(settings)
    unit_sheet = reader.own("units", units.COLUMNS)
    procedure_sheets = reader.both("procedures", procedures.COLUMNS)
    status_sheets = reader.both("statuses", statuses.COLUMNS)
    calendar_sheets = reader.both("calendar", days_off.COLUMNS)
    submitted_sheet = reader.own("submitted", submitted.COLUMNS)
    known = units.build(unit_sheet) if unit_sheet else Units()
    figures = submitted.build(submitted_sheet, known)
    tables = Tables(
        units=known,
        procedures=procedures.build(*procedure_sheets),
        statuses=statuses.build(*status_sheets),
        calendar=days_off.build(*calendar_sheets),
        submitted=figures,
        fingerprint=_digest(reader.sheets),
        reading=_digest(
            [sheet for sheet in reader.sheets if sheet.label in reader.decisive], without=_PEOPLE
        ),
        notes=tuple(note for sheet in reader.sheets for note in sheet.notes),
    )
    problems = [problem for sheet in reader.sheets for problem in sheet.problems]
    if problems:
        raise ConfigError(problems)
    return tables


class _Reader:
    """Finds and reads the tables of an office, and remembers what it read."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.folder
        self.places = (settings.office.tables_dir, settings.folder)
        self.sheets: list[TableReader] = []
        self.decisive: set[str] = set()

    def own(self, name: str, columns: Sequence[TableColumn]) -> TableReader | None:
        """The office's table: in its folder of tables, else beside the configuration."""
        path = next(
            (one for place in self.places if (one := place / f"{name}.csv").is_file()), None
        )
        if path is None:
            return None
        label = path.relative_to(self.folder) if path.is_relative_to(self.folder) else path.name
        return self._read(path, Path(label).as_posix(), columns, name)

    def both(
        self, name: str, columns: Sequence[TableColumn]
    ) -> tuple[TableReader, TableReader | None]:
        """The shipped table and the office's."""
        shipped = self._read(SHIPPED / f"{name}.csv", f"bảng mặc định {name}.csv", columns, name)
        return shipped, self.own(name, columns)

    def _read(
        self, path: Path, label: str, columns: Sequence[TableColumn], name: str
    ) -> TableReader:
        sheet = read(path, label, columns)
        self.sheets.append(sheet)
        if name in ("units", "procedures", "statuses"):
            self.decisive.add(label)
        return sheet


def _digest(sheets: Sequence[TableReader], without: frozenset[str] = frozenset()) -> str:
    """A hash of what the tables say: a comment or another separator changes nothing."""
    digest = hashlib.sha256()
    for sheet in sheets:
        for row in sheet.rows:
            cells = "\x1f".join(
                f"{name}={row.cells[name]}" for name in sorted(row.cells) if name not in without
            )
            digest.update(f"{sheet.label}\x1e{cells}\x1e".encode())
    return digest.hexdigest()
