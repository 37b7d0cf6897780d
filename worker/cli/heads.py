"""What the heads of many commands share: the office they work on, and who speaks."""

from __future__ import annotations

import functools
import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from worker.cli.speech import config_option
from worker.house import House, open_house

Command = Callable[..., Any]


def house_of(config_file: Path) -> House:
    """The office of the command that runs now; its store is closed when the command ends.

    Raises what ``open_house`` raises.
    """
    house = open_house(config_file, os.environ)
    click.get_current_context().call_on_close(house.store.close)
    return house


def with_house(command: Command) -> Command:
    """``--config``, and the opened office as the first argument."""

    @config_option
    @functools.wraps(command)
    def opened(config_file: Path, **asked: Any) -> Any:
        return command(house_of(config_file), **asked)

    return opened


def by_option(what: str) -> Callable[[Command], Command]:
    """``--by``: who answers for it; the login name where nobody is named."""
    return click.option(
        "--by",
        metavar="NGƯỜI",
        default=getpass.getuser,
        show_default="tên đăng nhập",
        help=f"{what}; mặc định là tên đăng nhập.",
    )


all_option = click.option("--all", "everything", is_flag=True, help="Tất cả, không cắt danh sách.")
unit_option = click.option(
    "--unit", "units", multiple=True, metavar="ĐƠN-VỊ", help="Chỉ đơn vị này."
)


def actor() -> str:
    """Who speaks through this command line, as the audit writes it."""
    return f"cli:{getpass.getuser()}"
