"""What the heads of many commands share: the office they work on, and who speaks."""

from __future__ import annotations

import functools
import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from worker.cli.output import COULD_NOT_RUN, DAY, config_option, say
from worker.desk.refused import Refused
from worker.house import House, open_house

Command = Callable[..., Any]


def house_of(config_file: Path) -> House:
    """The office of the command that runs now; its store is closed when the command ends.

    Raises what ``open_house`` raises.
    """
    house = open_house(config_file, os.environ)
    click.get_current_context().call_on_close(house.close)
    return house


def with_house(command: Command) -> Command:
    """``--config``, and the opened office as the first argument; what the desk refuses is told."""

    @config_option
    @functools.wraps(command)
    def opened(config_file: Path, **asked: Any) -> Any:
        house = house_of(config_file)
        try:
            return command(house, **asked)
        except Refused as refused:
            for text in filter(None, (refused.text, refused.hint)):
                say(text, markup=False)
            raise click.exceptions.Exit(COULD_NOT_RUN) from None

    return opened


def by_option(what: str) -> Callable[[Command], Command]:
    """``--by``: on whose behalf; the account that runs the command always stands beside."""
    return click.option(
        "--by",
        metavar="NGƯỜI",
        default=None,
        callback=lambda _context, _option, named: on_behalf(named),
        help=f"{what}; tài khoản chạy lệnh luôn được ghi kèm.",
    )


all_option = click.option("--all", "everything", is_flag=True, help="Tất cả, không cắt danh sách.")
unit_option = click.option(
    "--unit", "units", multiple=True, metavar="ĐƠN-VỊ", help="Chỉ đơn vị này."
)


def account() -> str:
    """The account of this process, as the system knows it: the environment may say anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def on_behalf(named: str | None) -> str:
    """The account, and the person for whom it speaks: ``root, thay mặt Trần Văn Vụ``."""
    person = " ".join((named or "").split())
    return f"{account()}, thay mặt {person}" if person and person != account() else account()


def actor() -> str:
    """Who speaks through this command line, as the audit writes it."""
    return f"cli:{account()}"


_PERIOD = (
    click.option("--from", "starts", type=DAY, help="Từ ngày (tiếp nhận)."),
    click.option("--to", "ends", type=DAY, help="Đến ngày (tiếp nhận)."),
    click.option(
        "--period", "named", metavar="KỲ", help="Kỳ: 2024-Q1, 2024-03, 2024-6T, 2024-9T hoặc 2024."
    ),
    click.option("--as-of", "as_of", type=DAY, help="Ngày chốt: việc sau đó coi như chưa biết."),
    click.option("--unit", "units", multiple=True, metavar="ĐƠN-VỊ", help="Chỉ đơn vị này."),
    click.option(
        "--procedure",
        "procedures",
        multiple=True,
        metavar="THỦ-TỤC",
        help="birth, birth_linked, death, death_linked hoặc một mã thủ tục (lặp lại được).",
    ),
)


def period_options(command: Command) -> Command:
    """Which dossiers are spoken of: period, day of judgement, units, procedures."""
    for option in reversed(_PERIOD):
        command = option(command)
    return command
