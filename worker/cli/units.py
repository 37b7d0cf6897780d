"""``units``: lines for the table of units, proposed from the units that the files name."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click

from config.sources import FileSource
from config.units import COLUMNS
from connectors import Memory
from reconcile.text.vietnamese import one_spelling, unit_key
from worker.cli.options import house_of
from worker.cli.output import answer, config_option, number, say
from worker.house import House


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Ghi ra tệp này thay vì in."
)
def units(config_file: Path, out: Path | None) -> None:
    """Gợi ý các dòng cho tables/units.csv từ những đơn vị gặp trong tệp và sổ.

    Mã đơn vị, người nhận, thư điện tử để trống: sửa rồi chép vào tables/units.csv.
    """
    house = house_of(config_file)
    found = unit_lines(house)
    if len(found) == 1:
        say("Chưa gặp đơn vị nào ngoài bảng đơn vị.", markup=False)
        return
    text = "\n".join(found) + "\n"
    if out is None:
        answer(text.rstrip(), markup=False)
        return
    try:
        with out.open("x", encoding="utf-8-sig", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"Tệp {out} đã có; chọn tên khác.") from None
    say(f"Đã ghi {number(len(found) - 1)} đơn vị vào {out}; sửa rồi chép vào tables/units.csv.")


def unit_lines(house: House) -> list[str]:
    """The header of ``units.csv``, then a line for each unit that the table does not know.

    A code is proposed, for it must stand there; who gets the mails nobody can guess.
    """
    named = {unit for file in house.store.readings.files() for unit in file.units}
    for connector in house.connectors:
        if isinstance(connector.source, FileSource):
            named |= {claim.unit for shot in connector.fetch(Memory()) for claim in shot.claims}
    known = house.tables.units
    wanted = sorted({name for name in named if name and known.resolve(name) is None})
    spelt = one_spelling(wanted)
    by_key: dict[str, list[str]] = {}
    for name in wanted:
        by_key.setdefault(unit_key(name), []).append(spelt.get(name, name))
    taken = {unit.code for unit in known.all}
    free = (code for number in range(1, 10_000) if (code := f"DV{number:02}") not in taken)
    header = [column.name for column in COLUMNS]
    rows = [
        [next(free), names[0], "|".join(dict.fromkeys(names[1:])).replace(names[0], "").strip("|")]
        for _, names in sorted(by_key.items())
    ]
    return [_line(header), *(_line([*row, *[""] * (len(header) - len(row))]) for row in rows)]


def _line(cells: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
