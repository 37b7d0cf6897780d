"""Headers that an operator explains at ``import``: remembered, listed, forgotten, proposed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
import msgspec

from config.sources import FileSource
from reconcile.text.vietnamese import unit_key
from worker.cli.options import actor
from worker.cli.output import answer, day, put_json, refusals, say, table
from worker.desk import learned as desk
from worker.desk.actor import at_the_shell
from worker.desk.intake import FileConnector, Preview, one_unit
from worker.desk.learned import LABELS, Explained, Heading
from worker.house import House


def explained(
    house: House, source: FileSource, columns: Sequence[str], unit: str
) -> tuple[Heading, ...]:
    """What is known of headers together with what ``--column`` says; empty: it says nothing.

    Raises click.UsageError and Refused.
    """
    if not columns:
        if unit:
            raise click.UsageError("--unit đi cùng --column hoặc --forget.")
        return ()
    return desk.headings(house, source, _parsed(columns), desk.unit_of(house, unit))


def _parsed(columns: Sequence[str]) -> list[Explained]:
    found = []
    for text in columns:
        header, equals, name = text.rpartition("=")
        if not equals or not header.strip():
            raise click.UsageError(f'--column “{text}”: viết "Tiêu đề trong tệp=trường".')
        found.append(desk.explained(header, name))
    return found


def learn(
    house: House,
    source: FileSource,
    columns: Sequence[str],
    unit: str,
    connectors: Sequence[FileConnector],
) -> None:
    """Remember what ``--column`` says, for the files' own unit where no other is named."""
    whose = desk.unit_of(house, unit)
    if not whose:
        named = one_unit([preview for one in connectors for preview in one.preview()])
        whose = unit_key(house.tables.units.name(named)) if named else ""
    for one in _parsed(columns):
        column = desk.learn(house, at_the_shell(actor()), source, one, whose)
        if column is not None:
            told = f"đơn vị {whose}" if whose else "mọi đơn vị của nguồn"
            say(f"Đã nhớ cột «{column.label}» là {LABELS[one.field]}, cho {told}.", markup=False)


def forget(house: House, name: str | None, unit: str, headers: Sequence[str]) -> None:
    """Forget columns."""
    with refusals():
        forgotten = desk.forget(house, at_the_shell(actor()), name, unit, headers)
    for one in forgotten:
        say(f"Thôi nhớ cột «{one.label}» của nguồn {one.source}.", markup=False)


def show(house: House, *, as_json: bool) -> None:
    """The columns that are remembered."""
    found = desk.known(house, at_the_shell(actor()))
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
    for one in desk.likely(preview):
        label = one.label.replace('"', "")
        told = LABELS[one.field] if one.field else "TRƯỜNG"
        yield (
            f'Nếu cột «{one.label}» là {told}: doisoat import "{preview.snapshot.file}" '
            f'--column "{label}={told}"'
        )
