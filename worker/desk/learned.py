"""What the headers of an office's files mean: explained by a person once, remembered for a unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.sources import FileSource
from connectors.files.header_words import LABELS
from connectors.files.headers import words
from connectors.files.learned import Heading, field_named
from connectors.files.preview import Preview
from reconcile.text.vietnamese import unit_key
from worker.desk.actor import Actor, Right
from worker.desk.refused import Refused
from worker.house import House, learned
from worker.store import LearnedColumn

__all__ = ["LABELS", "Heading"]

#: How a header begins, and the fields that it may well be.
_LIKELY = {
    "ngay": ("returned_on", "registered_on", "received_on"),
    "ky": ("signed",),
    "ma": ("own_code", "national_code"),
    "so": ("own_code",),
    "ho": ("subject",),
    "ten": ("subject",),
    "trang": ("status",),
    "tinh": ("status",),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """A header as a person explains it: its words, and the field that it is."""

    label: str
    field: str

    @property
    def header(self) -> str:
        """The header, comparable."""
        return words(self.label)


@dataclass(frozen=True, slots=True)
class LikelyColumn:
    """A column that nobody understands, and the field that it may be; empty: any."""

    label: str
    field: str


def explained(label: str, field: str) -> Explained:
    """The header and its field. Raises Refused where there is no header, or no such field."""
    if not words(label):
        raise Refused(f"Cột “{label}” không có tiêu đề để nhớ.")
    found = field_named(field)
    if found is None:
        raise Refused(f"Không có trường “{field.strip()}”. Có: {', '.join(LABELS.values())}.")
    return Explained(label.strip(), found)


def unit_of(house: House, text: str) -> str:
    """The comparable name of a unit. Raises Refused where the table of units has none such."""
    if not text.strip():
        return ""
    units = house.tables.units
    code = units.resolve(text, house.clock.today())
    if code is None and units:
        raise Refused(f"Bảng đơn vị không có “{text}”.")
    return unit_key(units.name(code)) if code else unit_key(text)


def headings(
    house: House, source: FileSource, said: Sequence[Explained], unit: str
) -> tuple[Heading, ...]:
    """What is known of headers, and over it what is said now of a unit (empty: of all)."""
    fresh = {Heading(source.name, unit, one.header, one.field) for one in said}
    over = {(one.source, one.unit, one.header) for one in fresh}
    known = (one for one in learned(house.store) if (one.source, one.unit, one.header) not in over)
    return (*known, *sorted(fresh))


def learn(
    house: House, actor: Actor, source: FileSource, said: Explained, unit: str
) -> LearnedColumn | None:
    """Remember a header for the files of a unit (empty: of every unit); None: it was known.

    Raises Refused where that is for the files of others, too.
    """
    actor.need(Right.INTAKE)
    if not (unit and sees_named(house, actor, unit)) and actor.units is not None:
        raise Refused("Cột được nhớ cho từng đơn vị: chọn đơn vị của tệp trước.")
    if Heading(source.name, unit, said.header, said.field) in learned(house.store):
        return None
    column = LearnedColumn(
        source.name, unit, said.header, said.field, said.label, actor.who, house.clock.now()
    )
    house.store.learned.learn(column)
    return column


def forget(
    house: House, actor: Actor, source: str | None, unit: str, headers: Sequence[str]
) -> list[LearnedColumn]:
    """The columns that are remembered no more. Raises Refused where one was not."""
    actor.need(Right.INTAKE)
    wanted = unit_of(house, unit)
    forgotten = []
    for header in headers:
        found = [
            one
            for one in known(house, actor)
            if one.header == words(header)
            and (source is None or one.source == source)
            and (not unit or one.unit == wanted)
        ]
        if not found:
            raise Refused(f"Chưa nhớ cột “{header}”.", "Xem: doisoat import --columns")
        for one in found:
            house.store.learned.forget(one, by=actor.who, at=house.clock.now())
        forgotten += found
    return forgotten


def known(house: House, actor: Actor) -> list[LearnedColumn]:
    """The columns that are remembered, of the actor's units."""
    found = house.store.learned.all()
    if actor.units is None:
        return found
    return [one for one in found if one.unit and sees_named(house, actor, one.unit)]


def sees_named(house: House, actor: Actor, unit: str) -> bool:
    """Whether the actor sees the unit of this comparable name."""
    if actor.units is None:
        return True
    names = house.tables.units
    return unit in {unit_key(names.name(code)) for code in actor.units} | {*actor.units}


def likely(preview: Preview) -> Iterator[LikelyColumn]:
    """The columns that nobody understands and that may matter; the person chooses the field."""
    there = {column.field for seen in preview.tables for column in seen.columns}
    for seen in preview.tables:
        for column in seen.columns:
            if not column.unknown or not words(column.label):
                continue
            may_be = _LIKELY.get(words(column.label).split()[0], ())
            field = next((name for name in may_be if name not in there), "")
            if field or seen.lacking:
                yield LikelyColumn(column.label, field)
