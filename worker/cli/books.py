"""``books``: which registers somebody declared complete, and which numbers are missing in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
import msgspec

from reconcile.coverage import Declaration
from worker.cli.options import actor, house_of
from worker.cli.output import (
    DAY,
    answer,
    config_option,
    day,
    json_option,
    put_json,
    refusals,
    say,
    table,
)
from worker.desk import books as desk
from worker.desk.actor import at_the_shell
from worker.desk.books import StandingBook
from worker.house import House


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def books() -> None:
    """Sổ đã nhập đủ: khai báo, xem số còn thiếu, rút lại."""


@books.command("list", options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--all", "everything", is_flag=True, help="Cả những sổ đã rút lại.")
@json_option
def show_all(config_file: Path, everything: bool, as_json: bool) -> None:
    """Các sổ được cam kết đã nhập đủ, và những số còn thiếu trong sổ."""
    house = house_of(config_file)
    found = desk.declared(house, at_the_shell(actor()), everything=everything)
    if as_json:
        put_json(
            [
                {
                    "id": one.id,
                    "source": one.source,
                    "declaration": msgspec.to_builtins(one.declaration),
                    "stands": one.stands,
                    "told": _told(house, one),
                    "missing": one.missing,
                }
                for one in found
            ]
        )
        return
    if not found:
        say("Chưa khai sổ nào đã nhập đủ. Khai: doisoat books declare --help")
        return
    lines = table("Số", "Nguồn", "Sổ", "Từ số", "Đến số", "Còn thiếu", "Khai bởi", right=(3, 4))
    for one in found:
        said = one.declaration
        lines.add_row(
            str(one.id or "–"),
            one.source,
            desk.title(house, said),
            _number(said.first_number),
            _number(said.last_number),
            desk.gaps(one.missing) or _nothing(said),
            _told(house, one),
        )
    answer(lines)


@books.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--source", "name", metavar="TÊN", help="Nguồn sổ; bỏ trống khi chỉ có một sổ.")
@click.option("--until", required=True, type=DAY, help="Sổ đã nhập đủ đến hết ngày này.")
@click.option("--by", "said_by", required=True, metavar="AI", help="Người cam kết: tên, chức vụ.")
@click.option("--unit", default="", metavar="ĐƠN-VỊ", help="Chỉ sổ của đơn vị này.")
@click.option(
    "--type", "kind", default="", metavar="LOẠI", help=f"Chỉ loại sổ này: {', '.join(desk.TYPES)}."
)
@click.option("--from-number", "first", type=click.IntRange(0), metavar="SỐ", help="Từ số.")
@click.option("--to-number", "last", type=click.IntRange(0), metavar="SỐ", help="Đến số.")
def declare(
    config_file: Path,
    name: str | None,
    until: date,
    said_by: str,
    unit: str,
    kind: str,
    first: int | None,
    last: int | None,
) -> None:
    """Khai một sổ đã nhập đủ: chỉ khi đó mới kết luận «sổ không có» và «quá hạn thật».

    \b
    Ví dụ:  doisoat books declare --until 31/03/2024 --by "Công chức hộ tịch" \\
                --unit "Xã Tân Minh" --type so_khai_sinh --from-number 1 --to-number 120
    """
    house, me = house_of(config_file), at_the_shell(actor())
    with refusals():
        said = desk.wanted(
            house,
            me,
            until=until,
            by=said_by,
            unit=unit,
            register_type=kind,
            first=first,
            last=last,
        )
        source = desk.source_of(house, name)
        number = desk.declare(house, me, source, said)
    found = desk.check(house, source, said)
    say(f"Đã ghi số {number}: {found.title}.", markup=False)
    if found.missing:
        say(f"Còn thiếu {desk.gaps(found.missing)}. Nhập bổ sung, hoặc rút lại khai báo.")
    if found.warning:
        say(f"! {found.warning}", markup=False)
    say(f"Áp dụng từ lần chạy sau: doisoat run. Rút lại: doisoat books withdraw {number}")


@books.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.argument("number", metavar="SỐ", type=int)
@click.option("--reason", required=True, metavar="LÝ-DO", help="Vì sao rút lại.")
def withdraw(config_file: Path, number: int, reason: str) -> None:
    """Rút lại một khai báo; khai báo cũ vẫn còn trong lịch sử."""
    house = house_of(config_file)
    with refusals():
        desk.withdraw(house, at_the_shell(actor()), number, reason=reason)
    say(f"Đã rút lại khai báo số {number}. Áp dụng từ lần chạy sau: doisoat run")


def _told(house: House, one: StandingBook) -> str:
    """Who declared a book and when, and who took it back."""
    if one.declared_at is None:
        return "tệp cấu hình (complete_to)"
    told = f"{one.declared_by} {day(one.declared_at.astimezone(house.clock.zone))}"
    if one.withdrawn_at:
        gone = day(one.withdrawn_at.astimezone(house.clock.zone))
        told += f"; rút lại {gone} bởi {one.withdrawn_by}: {one.reason}"
    return told


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _nothing(said: Declaration) -> str:
    return "không thiếu" if said.first_number is not None else "không khai số"
