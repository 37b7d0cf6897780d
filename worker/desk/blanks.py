"""Cells of files that could not be read, in their place, and what persons type there.

What a cell says is shown to whoever may hand such a file in, and kept only once somebody typed
something for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.files.additions import field_of, understood
from connectors.files.header_words import LABELS
from connectors.files.preview import Preview
from reconcile.claims import Claim
from worker import words
from worker.desk import intake
from worker.desk.actor import Actor, Right, Unseen
from worker.desk.refused import Refused
from worker.house import House
from worker.store import TypedCell

MOST_BLANKS = 200  # that one page shows
LONGEST = 60  # characters that a person may type for a cell
#: Fields of which nobody but their own unit reads what was written.
PERSONAL = frozenset({"applicant_id", "subject_id"})


@dataclass(frozen=True, slots=True)
class BlankCell:
    """A cell that could not be read, or (``kept`` false) a row that is not taken.

    ``mark`` is empty where nothing can be typed in its place; ``typed`` is what counts there.
    """

    sheet: str
    row: int
    column: str
    reason: str
    kept: bool
    mark: str = ""
    written: str = ""
    typed: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FileBlanks:
    """The cells of one file, the first of ``count``, and who filled which.

    ``superseded`` stand and count no more: the file says something else there by now.
    """

    source: str
    file: str
    cells: tuple[BlankCell, ...]
    count: int
    filled: Mapping[str, TypedCell]
    superseded: tuple[TypedCell, ...]

    @property
    def name(self) -> str:
        """The file's name, without the way to it."""
        return self.file.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A cell that a person filled, as it is told to others."""

    id: int
    where: str
    column: str
    written: str
    typed: str
    unit: str
    by: str
    at: datetime
    withdrawn_by: str
    counts: bool  # some row that was read holds it


def drawn(preview: Preview) -> tuple[BlankCell, ...]:
    """The cells of a file that was looked at; those that can be filled, and are not, first."""
    rows = {(one.at.sheet, one.at.row) for one in preview.blanks}
    units = {
        (place.sheet, place.row): claim.unit
        for claim in (preview.snapshot.claims if rows else ())
        for place in claim.places
        if (place.sheet, place.row) in rows
    }
    cells = [
        BlankCell(
            one.at.sheet,
            one.at.row,
            one.at.column,
            one.at.reason,
            one.at.kept,
            one.mark,
            one.written,
            one.typed,
            units.get((one.at.sheet, one.at.row), ""),
        )
        for one in preview.blanks
    ]
    return tuple(sorted(cells, key=lambda one: (bool(one.typed), not one.mark)))


def of_file(house: House, actor: Actor, source: str, file: str) -> FileBlanks:
    """The cells of a file that was taken in, of the actor's units. Raises Unseen, Refused."""
    actor.need(Right.INTAKE)
    known = next((one for one in house.store.readings.files(source) if one.path == file), None)
    if known is None or not (actor.units is None or any(map(actor.sees, known.units))):
        raise Unseen(file)
    reader = intake.reader(house, intake.receiving(house, source))
    path = reader.path_of(file)
    if path is None:
        raise Refused("Tệp không còn trên máy chủ, không xem được ô nào.", "Gửi lại tệp.")
    preview = reader.preview_as(path, file)
    if not preview.snapshot.complete:
        raise Refused(preview.snapshot.problem)
    cells = [one for one in drawn(preview) if actor.sees(one.unit)]
    return _with_filled(house, actor, source, file, cells)


def _with_filled(
    house: House, actor: Actor, source: str, file: str, cells: Sequence[BlankCell]
) -> FileBlanks:
    there = {one.mark for one in cells}
    standing = house.store.typed_cells.standing(source, file)
    mine = [one for one in standing if actor.sees(one.unit)]
    return FileBlanks(
        source,
        file,
        tuple(cells[:MOST_BLANKS]),
        len(cells),
        {one.mark: one for one in mine if one.mark in there},
        tuple(one for one in mine if one.mark not in there),
    )


def standing_in(house: House, cells: Iterable[BlankCell]) -> dict[str, TypedCell]:
    """What counts for these cells, by mark, with who typed it."""
    marks = (one.mark for one in cells if one.typed)
    found = house.store.typed_cells.of_marks(marks)
    return {one.mark: one for one in found if one.withdrawn_at is None}


def fill(
    house: House,
    actor: Actor,
    source: str,
    file: str,
    cells: Iterable[BlankCell],
    typed: Mapping[str, str],
    unit: str = "",
) -> list[TypedCell]:
    """What was typed, by mark, is kept beside the file and read instead, from the next reading on.

    ``unit`` is that of rows that name none. Raises Refused where a text is no value of its field,
    Unseen where no such cell of the actor's is there.
    """
    actor.need(Right.INTAKE)
    known = {one.mark: one for one in cells if one.mark}
    said = {mark: " ".join(text.split()) for mark, text in typed.items() if text.strip()}
    if not said:
        raise Refused("Chưa gõ gì vào ô nào.")
    made = []
    for mark, text in said.items():
        one = known.get(mark)
        of = (one.unit if one else "") or unit
        if one is None or not actor.sees(of):
            raise Unseen(mark)
        _, wrong = understood(mark, text)
        if wrong or len(text) > LONGEST:
            where = f"dòng {one.row}, cột “{one.column}”"
            raise Refused(f"Chưa dùng được “{text[:LONGEST]}” ở {where}: {wrong or 'dài quá'}.")
        place = (one.sheet, one.row, one.column, one.written, text)
        made.append(TypedCell(0, source, file, mark, of, *place, actor.who, house.clock.now()))
    house.store.typed_cells.fill(made, by=actor.who, at=house.clock.now())
    marks = [one.mark for one in made]
    return [one for one in house.store.typed_cells.standing(source, file) if one.mark in marks]


def take_back(house: House, actor: Actor, numbers: Iterable[int]) -> list[TypedCell]:
    """What was typed counts no more; from the next reading on the file does. Raises Unseen."""
    actor.need(Right.INTAKE)
    found = [house.store.typed_cells.one(number) for number in numbers]
    mine = [one for one in found if one and actor.sees(one.unit)]
    if len(mine) < len(found) or not mine:
        raise Unseen("")
    done = [
        one
        for one in mine
        if house.store.typed_cells.take_back(one, by=actor.who, at=house.clock.now())
    ]
    if not done:
        raise Refused("Ô này đã được rút lại.")
    return done


def told_of(house: House, claim: Claim) -> Iterator[str]:
    """Which cells of a row a person typed, who and when; not what the file says there."""
    zone = house.clock.zone
    newest = {one.mark: one for one in house.store.typed_cells.of_marks(claim.typed)}
    for mark in claim.typed:
        label = LABELS[field_of(mark)]
        one = newest.get(mark)
        by = f", {one.by} ngày {words.day(one.at.astimezone(zone).date())}" if one else ""
        yield f"{label[:1].upper()}{label[1:]} do người gõ tay vì ô trong tệp không đọc được{by}"


def typed_in(house: House, actor: Actor, units: frozenset[str] | None = None) -> list[TypedLine]:
    """Every cell of these units that a person filled, the newest first."""
    wanted = actor.within(units)
    cells = [one for one in house.store.typed_cells.all() if wanted is None or one.unit in wanted]
    counting = {
        (source, file): house.store.typed_cells.read_in(source, file)
        for source, file in {(one.source, one.file) for one in cells}
    }
    return [
        _line(house, one, one.mark in counting[one.source, one.file]) for one in reversed(cells)
    ]


def _line(house: House, one: TypedCell, counts: bool) -> TypedLine:
    personal = field_of(one.mark) in PERSONAL
    return TypedLine(
        one.id,
        f"{one.file.rpartition('/')[2]} – {one.sheet} – dòng {one.row}",
        one.column,
        "(số định danh)" if personal else one.written,
        "(số định danh)" if personal else one.typed,
        house.tables.units.name(one.unit) if one.unit else "",
        one.by,
        one.at.astimezone(house.clock.zone),
        one.withdrawn_by,
        counts and one.withdrawn_at is None,
    )
