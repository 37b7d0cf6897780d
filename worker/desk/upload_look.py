"""How a file that waits would be understood, and what it would change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.files.header_words import LABELS
from connectors.files.preview import Preview, SeenTable
from connectors.files.reading import CONTENTS
from reconcile.claims import Claim, RegisterType
from reconcile.judging.proof import REGISTERS
from reconcile.text.vietnamese import plain
from worker.desk import blanks, intake, learned
from worker.desk.actor import Actor
from worker.desk.blanks import MOST_BLANKS, BlankCell
from worker.house import House
from worker.run import file_questions
from worker.store import Taken


@dataclass(frozen=True, slots=True)
class UploadColumn:
    """A column of a file: its letter and header, what it was understood as, cells to know it by.

    ``likely`` is the field that it may be, where nobody knows it.
    """

    place: str
    label: str
    field: str
    said: str
    unknown: bool
    samples: tuple[str, ...] = ()
    likely: str = ""


@dataclass(frozen=True, slots=True)
class UploadTable:
    """A table of a file; ``needs_unit``: nobody knows of which unit its rows are."""

    sheet: str
    first_row: int
    columns: tuple[UploadColumn, ...]
    lacking: tuple[str, ...]
    register: str
    unit: str
    unit_from: str
    rows: int
    needs_unit: bool


@dataclass(frozen=True, slots=True)
class UploadLook:
    """How a waiting file would be understood, and what it would change.

    ``blanks`` are the first of ``blank_count``. ``unitless`` rows have no unit, ``strange`` are
    units of other people. ``question`` is what must be said of the file that lies there already.
    """

    format: str
    tables: tuple[UploadTable, ...]
    blanks: tuple[BlankCell, ...]
    blank_count: int
    effect: Taken
    warnings: tuple[str, ...]
    twins: int
    unitless: int
    strange: tuple[str, ...]
    question: str = ""

    @property
    def problem(self) -> str:
        return self.effect.problem

    @property
    def ready(self) -> bool:
        """Whether it can be taken in as it is."""
        return self.effect.complete and not self.unitless and not self.strange


def drawn(house: House, actor: Actor, preview: Preview, effect: Taken, shrunk: str) -> UploadLook:
    """What the page of a waiting file shows; ``shrunk``: why its reading is doubted."""
    shot = preview.snapshot
    likely = {one.label: one.field for one in learned.likely(preview)}
    cells = blanks.drawn(preview)
    return UploadLook(
        format=CONTENTS.get(preview.format, ""),
        tables=tuple(_table(house, preview, one, likely) for one in preview.tables),
        blanks=cells[:MOST_BLANKS],
        blank_count=sum(not one.typed for one in cells),
        effect=effect,
        warnings=shot.warnings,
        twins=preview.twins,
        unitless=sum(not one.unit for one in shot.claims),
        strange=strange(house, actor, shot.claims),
        question=shrunk or (file_questions.why(effect.doubt) if effect.doubt else ""),
    )


def _table(house: House, preview: Preview, one: SeenTable, likely: dict[str, str]) -> UploadTable:
    columns = tuple(
        UploadColumn(
            column.place,
            column.label,
            column.field,
            column.said,
            column.unknown,
            preview.samples.get((one.sheet, one.first_row, column.place), ()),
            likely.get(column.label, "") if column.unknown else "",
        )
        for column in one.columns
    )
    return UploadTable(
        sheet=one.sheet,
        first_row=one.first_row,
        columns=columns,
        lacking=one.lacking,
        register=REGISTERS[RegisterType(one.register_type)] if one.register_type else "",
        unit=one.unit,
        unit_from=one.unit_from,
        rows=one.rows,
        needs_unit=intake.lacks_unit(one),
    )


def strange(house: House, actor: Actor, claims: Iterable[Claim]) -> tuple[str, ...]:
    """Names of the units in the file that are not the actor's."""
    named = {claim.unit for claim in claims if claim.unit}
    return tuple(sorted(house.tables.units.name(one) for one in named if not actor.sees(one)))


def fields() -> list[tuple[str, str]]:
    """The fields that a column may be, with their words, in alphabetical order."""
    return sorted(LABELS.items(), key=lambda one: plain(one[1]))
