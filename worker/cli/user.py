"""``user``: people of the console, their roles and units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from worker.cli.options import account, with_house
from worker.cli.output import answer, hour, json_option, misuse, put_json, say, table
from worker.desk import accounts, certificates
from worker.desk.actor import ROLE_LABELS, OfficeRole, Unseen, at_the_shell
from worker.desk.refused import Refused
from worker.house import House

_ROLES = ", ".join(f"{role.value} ({ROLE_LABELS[role]})" for role in accounts.ROLES)


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def user() -> None:
    """Người dùng trang điều hành: tạo, xem, cho nghỉ, cấp lại mật khẩu."""


@user.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="TÊN")
@click.option("--full-name", required=True, metavar="HỌ-TÊN", help="Họ tên của người dùng.")
@click.option(
    "--role",
    required=True,
    type=click.Choice([role.value for role in accounts.ROLES]),
    help=f"Vai trò: {_ROLES}.",
)
@click.option(
    "--unit",
    "units",
    multiple=True,
    metavar="ĐƠN-VỊ",
    help="Đơn vị được xem, gồm cả đơn vị trực thuộc (lặp lại được); bỏ trống: toàn cơ quan.",
)
def add(house: House, name: str, full_name: str, role: str, units: Sequence[str]) -> None:
    """Tạo tài khoản TÊN; in một liên kết dùng một lần để người đó tự chọn mật khẩu."""
    with _refusals():
        codes = frozenset(_code(house, unit) for unit in units) if units else None
        by = at_the_shell(account())
        ticket = accounts.create(house, by, name, full_name, OfficeRole(role), codes)
    _show_link(house, ticket)


@user.command("list", options_metavar="[TÙY CHỌN]")
@with_house
@json_option
def show_all(house: House, as_json: bool) -> None:
    """Các tài khoản: vai trò, đơn vị, đang đăng nhập ở mấy nơi."""
    found = accounts.all_accounts(house, at_the_shell(account()))
    if as_json:
        put_json(
            [
                {
                    "name": one.name,
                    "role": one.role,
                    "units": None if one.units is None else list(one.units),
                    "left": one.left_at is not None,
                    "chose_password": one.chose,
                    "sessions": one.sessions,
                }
                for one in found
            ]
        )
        return
    lines = table("Tên", "Họ tên", "Vai trò", "Đơn vị", "Tình trạng", "Thấy lần cuối")
    for one in found:
        lines.add_row(
            one.name,
            one.full_name,
            ROLE_LABELS[OfficeRole(one.role)],
            ", ".join(map(house.tables.units.name, one.units or ())) or "toàn cơ quan",
            accounts.standing(one, house.clock.now()),
            hour(one.seen_at, house.clock.zone),
        )
    answer(lines)


@user.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="TÊN")
def disable(house: House, name: str) -> None:
    """Người này nghỉ: không vào được nữa, các phiên đang mở kết thúc ngay."""
    with _refusals():
        accounts.leave(house, at_the_shell(account()), name)
    say(f"Tài khoản {name} không vào được nữa. Cho quay lại: doisoat user enable", markup=False)


@user.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="TÊN")
def enable(house: House, name: str) -> None:
    """Người đã nghỉ quay lại, với mật khẩu, vai trò và đơn vị như trước."""
    with _refusals():
        accounts.come_back(house, at_the_shell(account()), name)
    say(f"Tài khoản {name} vào được như trước.", markup=False)


@user.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("name", metavar="TÊN")
def passwd(house: House, name: str) -> None:
    """Cấp liên kết một lần để chọn mật khẩu mới; mật khẩu cũ hết hiệu lực ngay."""
    with _refusals():
        ticket = accounts.reset(house, at_the_shell(account()), name)
    _show_link(house, ticket)


def _show_link(house: House, ticket: str) -> None:
    """On stdout, so that it can be piped; whoever opens it first chooses the password."""
    days = accounts.TICKET_HOLDS.days
    say(f"Đưa liên kết này cho người dùng; mở được một lần, trong {days} ngày:", markup=False)
    answer(accounts.link(certificates.address(house.settings), ticket), markup=False)


def _code(house: House, unit: str) -> str:
    code = house.tables.units.resolve(unit)
    if code is None:
        raise Refused(f"Không có đơn vị “{unit}” trong bảng units.csv.")
    return code


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        with misuse():
            yield
    except Unseen as unseen:
        raise click.UsageError(f"Không có tài khoản “{unseen}”. Xem: doisoat user list") from None
