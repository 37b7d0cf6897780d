"""``units``: lines for the table of units, proposed from the units that the files name."""

from __future__ import annotations

from pathlib import Path

import click

from worker.cli.options import actor, with_house
from worker.cli.output import answer, number, say
from worker.desk import units as desk
from worker.desk.actor import at_the_shell
from worker.house import House


@click.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Ghi ra tệp này thay vì in."
)
def units(house: House, out: Path | None) -> None:
    """Gợi ý các dòng cho tables/units.csv từ những đơn vị gặp trong tệp và sổ.

    Mã đơn vị, người nhận, thư điện tử để trống: sửa rồi chép vào tables/units.csv.
    """
    found = desk.proposed(house, at_the_shell(actor()))
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
