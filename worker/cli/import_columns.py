"""Headers that an operator explains at ``import``: remembered, listed, forgotten, proposed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
import msgspec

from config.sources import FileSource
from connectors.files.folder import FileConnector
from connectors.files.header_words import LABELS
from connectors.files.headers import words
from connectors.files.learned import Heading, field_named
from connectors.files.preview import Preview
from reconcile.text.vietnamese import unit_key
from worker.cli.options import actor
from worker.cli.output import answer, day, put_json, say, table
from worker.house import House, learned
from worker.store import LearnedColumn

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


def explained(
    house: House, source: FileSource, columns: Sequence[str], unit: str
) -> tuple[Heading, ...]:
    """What is known of headers together with what ``--column`` says; empty: it says nothing.

    Raises click.UsageError in Vietnamese.
    """
    if not columns:
        if unit:
            raise click.UsageError("--unit đi cùng --column hoặc --forget.")
        return ()
    said = {_parsed(house, source, text, unit) for text in columns}
    over = {(one.source, one.unit, one.header) for one in said}
    known = (one for one in learned(house.store) if (one.source, one.unit, one.header) not in over)
    return (*known, *sorted(said))


def _parsed(house: House, source: FileSource, text: str, unit: str) -> Heading:
    header, equals, name = text.rpartition("=")
    if not equals or not words(header):
        raise click.UsageError(f'--column “{text}”: viết "Tiêu đề trong tệp=trường".')
    field = field_named(name)
    if field is None:
        known = ", ".join(LABELS.values())
        raise click.UsageError(f"Không có trường “{name.strip()}”. Có: {known}.")
    return Heading(source.name, _unit(house, unit), words(header), field)


def _unit(house: House, text: str) -> str:
    """The comparable name of a unit."""
    if not text.strip():
        return ""
    units = house.tables.units
    code = units.resolve(text, house.clock.today())
    if code is None and units:
        raise click.UsageError(f"Bảng đơn vị không có “{text}”.")
    return unit_key(units.name(code)) if code else unit_key(text)


def learn(
    house: House,
    source: FileSource,
    known: Sequence[Heading],
    connectors: Sequence[FileConnector],
    columns: Sequence[str],
) -> None:
    """Remember what ``--column`` says, for the files' own unit where no other is named."""
    labels = {words(text.rpartition("=")[0]): text.rpartition("=")[0].strip() for text in columns}
    before = set(learned(house.store))
    for one in known:
        if one in before:
            continue
        unit = one.unit or _unit_of(house, connectors)
        column = LearnedColumn(
            source.name, unit, one.header, one.field, labels[one.header], actor(), house.clock.now()
        )
        house.store.learned.learn(column)
        whose = f"đơn vị {unit}" if unit else "mọi đơn vị của nguồn"
        say(f"Đã nhớ cột «{column.label}» là {LABELS[one.field]}, cho {whose}.", markup=False)


def _unit_of(house: House, connectors: Sequence[FileConnector]) -> str:
    """The one unit that all tables of the files name; empty where they name none or several."""
    named = {
        seen.unit
        for connector in connectors
        for preview in connector.preview()
        for seen in preview.tables
    }
    unit = named.pop() if len(named) == 1 else ""
    return unit_key(house.tables.units.name(unit)) if unit else ""


def forget(house: House, name: str | None, unit: str, headers: Sequence[str]) -> None:
    """Forget columns; raises click.UsageError when one is not known."""
    wanted = _unit(house, unit)
    for header in headers:
        found = [
            one
            for one in house.store.learned.all()
            if one.header == words(header)
            and (name is None or one.source == name)
            and (not unit or one.unit == wanted)
        ]
        if not found:
            raise click.UsageError(f"Chưa nhớ cột “{header}”. Xem: doisoat import --columns")
        for one in found:
            house.store.learned.forget(one, by=actor(), at=house.clock.now())
            say(f"Thôi nhớ cột «{one.label}» của nguồn {one.source}.", markup=False)


def show(house: House, *, as_json: bool) -> None:
    """The columns that are remembered."""
    found = house.store.learned.all()
    if as_json:
        put_json(msgspec.to_builtins(found))
        return
    if not found:
        say("Chưa nhớ cột nào. Nhớ: doisoat import TỆP --column TIÊU-ĐỀ=TRƯỜNG", markup=False)
        return
    lines = table("Nguồn", "Đơn vị", "Tiêu đề trong tệp", "Hiểu là", "Ghi bởi")
    for one in found:
        at = day(one.at.astimezone(house.clock.zone))
        unit = one.unit or "mọi đơn vị"
        lines.add_row(one.source, unit, one.label, LABELS[one.field], f"{one.by} {at}")
    answer(lines)


def proposed(preview: Preview) -> Iterator[str]:
    """The line to paste where a column is not understood; the person chooses the field."""
    known = {column.field for seen in preview.tables for column in seen.columns}
    for seen in preview.tables:
        for column in seen.columns:
            if not column.unknown or not words(column.label):
                continue
            likely = _LIKELY.get(words(column.label).split()[0], ())
            field = next((name for name in likely if name not in known), "")
            if not field and not seen.lacking:
                continue
            label = column.label.replace('"', "")
            told = LABELS[field] if field else "TRƯỜNG"
            yield (
                f'Nếu cột «{column.label}» là {told}: doisoat import "{preview.snapshot.file}" '
                f'--column "{label}={told}"'
            )
