"""``books``: which registers somebody declared complete, and which numbers are missing in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
import msgspec

from config.sources import RegisterSource
from reconcile.claims import RegisterType
from reconcile.coverage import Declaration
from reconcile.judging.registers import missing_numbers
from worker.cli.options import actor, house_of
from worker.cli.output import (
    DAY,
    answer,
    config_option,
    day,
    json_option,
    put_json,
    say,
    table,
)
from worker.house import House
from worker.run import warnings as words

TYPES = [kind.value for kind in RegisterType if kind]


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
    found = [one for one in _all(house) if everything or one["stands"]]
    if as_json:
        put_json(msgspec.to_builtins(found))
        return
    if not found:
        say("Chưa khai sổ nào đã nhập đủ. Khai: doisoat books declare --help")
        return
    lines = table("Số", "Nguồn", "Sổ", "Từ số", "Đến số", "Còn thiếu", "Khai bởi", right=(3, 4))
    for one in found:
        said: Declaration = one["declaration"]
        lines.add_row(
            str(one["id"] or "–"),
            one["source"],
            words.title(house, said),
            _number(said.first_number),
            _number(said.last_number),
            words.ranges(one["missing"]) if one["missing"] else _nothing(said),
            one["told"],
        )
    answer(lines)


@books.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--source", "name", metavar="TÊN", help="Nguồn sổ; bỏ trống khi chỉ có một sổ.")
@click.option("--until", required=True, type=DAY, help="Sổ đã nhập đủ đến hết ngày này.")
@click.option("--by", "said_by", required=True, metavar="AI", help="Người cam kết: tên, chức vụ.")
@click.option("--unit", default="", metavar="ĐƠN-VỊ", help="Chỉ sổ của đơn vị này.")
@click.option(
    "--type", "kind", default="", metavar="LOẠI", help=f"Chỉ loại sổ này: {', '.join(TYPES)}."
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
    house = house_of(config_file)
    if kind and kind not in TYPES:
        raise click.UsageError(f"Không có loại sổ “{kind}”. Có: {', '.join(TYPES)}.")
    if first is not None and last is not None and first > last:
        raise click.UsageError("--from-number lớn hơn --to-number.")
    if not said_by.strip():
        raise click.UsageError("--by: phải ghi ai cam kết.")
    if until > house.clock.today():
        raise click.UsageError("--until ở tương lai: không ai biết trước sổ sẽ nhập đủ.")
    source = _source(house, name)
    said = Declaration(
        until, said_by.strip(), _unit(house, unit, until), RegisterType(kind), first, last
    )
    number = house.store.books.declare(source, said, by=actor(), at=house.clock.now())
    say(f"Đã ghi số {number}: {words.title(house, said)}.", markup=False)
    if missing := _missing(house, source, said):
        say(f"Còn thiếu {words.ranges(missing)}. Nhập bổ sung, hoặc rút lại khai báo.")
    say(f"Áp dụng từ lần chạy sau: doisoat run. Rút lại: doisoat books withdraw {number}")


@books.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.argument("number", metavar="SỐ", type=int)
@click.option("--reason", required=True, metavar="LÝ-DO", help="Vì sao rút lại.")
def withdraw(config_file: Path, number: int, reason: str) -> None:
    """Rút lại một khai báo; khai báo cũ vẫn còn trong lịch sử."""
    house = house_of(config_file)
    done = house.store.books.withdraw(number, by=actor(), at=house.clock.now(), reason=reason)
    if not done:
        raise click.UsageError(f"Không có khai báo số {number} đang hiệu lực. Xem: books list")
    say(f"Đã rút lại khai báo số {number}. Áp dụng từ lần chạy sau: doisoat run")


def _all(house: House) -> list[dict[str, Any]]:
    """What the configuration declares, then what persons did."""
    found: list[dict[str, Any]] = [
        {"id": None, "source": source.name, "declaration": said, "stands": True}
        | {"told": "tệp cấu hình (complete_to)"}
        for source in house.settings.sources
        for said in source.declared
    ]
    for one in house.store.books.all():
        told = f"{one.declared_by} {day(one.declared_at.astimezone(house.clock.zone))}"
        if one.withdrawn_at:
            gone = day(one.withdrawn_at.astimezone(house.clock.zone))
            told += f"; rút lại {gone} bởi {one.withdrawn_by}: {one.reason}"
        entry = {"id": one.id, "source": one.source, "declaration": one.declaration}
        found.append(entry | {"stands": one.stands, "told": told})
    return [one | {"missing": _missing(house, one["source"], one["declaration"])} for one in found]


def _missing(house: House, source: str, said: Declaration) -> tuple[tuple[int, int], ...]:
    if said.first_number is None or said.last_number is None:
        return ()
    rows = [one for one in house.store.claims() if one.source == source and one.is_row]
    return missing_numbers(said, rows)


def _source(house: House, name: str | None) -> str:
    known = [one.name for one in house.settings.sources if isinstance(one, RegisterSource)]
    if name is None and len(known) == 1:
        return known[0]
    if name not in known:
        wanted = f"Không có nguồn sổ “{name}”." if name else "Có nhiều nguồn sổ."
        raise click.UsageError(f"{wanted} Dùng --source với một trong: {', '.join(known)}")
    return name


def _unit(house: House, text: str, on: date) -> str:
    """The unit's code on that day; without a table of units the text as it is."""
    if not text or not house.tables.units:
        return text
    found = house.tables.units.resolve(text, on)
    if found is None:
        raise click.UsageError(f"Bảng đơn vị không có “{text}” vào ngày {day(on)}.")
    return found


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _nothing(said: Declaration) -> str:
    return "không thiếu" if said.first_number is not None else "không khai số"
