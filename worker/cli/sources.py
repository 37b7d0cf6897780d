"""``sources``: which sources the data come from, and what to do with one that was renamed or left.

Only configured sources count. What others said stays in the store until a person says what it is.
"""

from __future__ import annotations

import click

from reconcile.labels import ROLES
from worker.cli.options import actor, with_house
from worker.cli.output import answer, hour, json_option, number, put_json, refusals, say, table
from worker.desk import sources as desk
from worker.desk.actor import at_the_shell
from worker.house import House


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def sources() -> None:
    """Nguồn dữ liệu: xem, nhận lại dữ liệu khi đổi tên nguồn, ghi nhận nguồn đã bỏ."""


@sources.command("list", options_metavar="[TÙY CHỌN]")
@with_house
@json_option
def show_all(house: House, as_json: bool) -> None:
    """Các nguồn trong cấu hình và các nguồn chỉ còn dữ liệu trong kho."""
    found = desk.every(house)
    if as_json:
        put_json(
            [
                {
                    "name": one.name,
                    "configured": one.configured,
                    "retired": one.retired,
                    "claims": one.claims,
                }
                for one in found
            ]
        )
        return
    lines = table("Nguồn", "Là", "Trong cấu hình", "Hồ sơ, dòng", "Đọc lần cuối", right=(3,))
    for one in found:
        state = "có" if one.configured else "không, đã bỏ" if one.retired else "KHÔNG"
        read = hour(one.known.read_at, house.clock.zone) if one.known else "–"
        lines.add_row(one.name, ROLES[one.role], state, number(one.claims), read)
    answer(lines)


@sources.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("old", metavar="TÊN-CŨ")
@click.argument("new", metavar="TÊN-MỚI")
@click.option("--reason", default="", metavar="LÝ-DO", help="Ghi chú cho nhật ký thao tác.")
def rename(house: House, old: str, new: str, reason: str) -> None:
    """Nguồn TÊN-CŨ nay mang TÊN-MỚI trong cấu hình: chuyển toàn bộ dữ liệu sang tên mới.

    Hồ sơ, liên kết, câu trả lời, việc đang theo dõi, khai báo sổ và kỳ đã chốt đi theo. Đổi lại
    tên trong cấu hình thì dùng lại đúng lệnh này theo chiều ngược lại.
    """
    with refusals():
        done = desk.rename(house, at_the_shell(actor()), old, new, reason=reason)
    say(
        f"Đã chuyển {number(done.claims)} hồ sơ, dòng sổ và {number(done.findings)} việc từ "
        f"“{old}” sang “{new}”.",
        markup=False,
    )
    if done.dropped:
        say(
            "Các việc sau có người xử lý ở cả hai tên; giữ lịch sử của tên cũ, hãy xem lại: "
            + ", ".join(done.dropped),
            markup=False,
        )
    say("Áp dụng từ lượt chạy sau: doisoat run", markup=False)


@sources.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="TÊN")
@click.option("--reason", required=True, metavar="LÝ-DO", help="Vì sao bỏ nguồn này.")
def retire(house: House, name: str, reason: str) -> None:
    """Ghi nhận nguồn đã bỏ hẳn: không nhắc nữa; dữ liệu vẫn giữ, không tính vào số liệu."""
    with refusals():
        desk.retire(house, at_the_shell(actor()), name, reason=reason)
    say(f"Đã ghi nguồn “{name}” là đã bỏ. Lấy lại: doisoat sources restore {name}", markup=False)


@sources.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="TÊN")
@click.option("--reason", default="", metavar="LÝ-DO", help="Ghi chú cho nhật ký thao tác.")
def restore(house: House, name: str, reason: str) -> None:
    """Lấy lại nguồn đã ghi là bỏ: lại được nhắc cho đến khi có trong cấu hình."""
    with refusals():
        desk.restore(house, at_the_shell(actor()), name, reason=reason)
    say(f"Đã lấy lại nguồn “{name}”. Thêm lại vào cấu hình thì dữ liệu được tính.", markup=False)
