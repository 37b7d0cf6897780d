"""``console``: the web console alone, and https for it on the office's own network."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from config.settings import Settings
from worker.cli.options import house_of, with_house
from worker.cli.output import COULD_NOT_RUN, config_option, day, misuse, say
from worker.desk import accounts, certificates
from worker.house import House


@click.group(invoke_without_command=True, subcommand_metavar="[LỆNH …]", options_metavar="")
@config_option
@click.pass_context
def console(context: click.Context, config_file: Path) -> None:
    """Chạy riêng trang điều hành, cho đến khi được bảo dừng (doisoat serve đã gồm trang này)."""
    if context.invoked_subcommand is not None:
        return
    house = house_of(config_file)
    _refuse_taken(house.settings)
    say(f"Trang điều hành: {certificates.address(house.settings)}", markup=False)
    if accounts.is_empty(house):
        say("Chưa có tài khoản: mở trang trên chính máy này, hoặc: doisoat user add", markup=False)
    house.close()
    environ = {**os.environ, "DOISOAT_CONFIG": str(config_file.absolute())}
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, "-m", "worker.console"], environ)  # noqa: S606


@console.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("hosts", metavar="TÊN-HOẶC-IP…", nargs=-1, required=True)
def certificate(house: House, hosts: Sequence[str]) -> None:
    """Lập chứng thư https nội bộ cho các tên máy, địa chỉ IP này; chạy lại để gia hạn.

    \b
    Ví dụ: doisoat console certificate doisoat-huyen 192.168.1.10
    """
    with misuse():
        made = certificates.make(house.settings, hosts, house.clock.now())
    say(f"Đã lập chứng thư cho {', '.join(made.hosts)}, hạn {day(made.until)}.", markup=False)
    say(f"Tệp: {made.certificate}", markup=False)
    say("Tiếp theo:", markup=False)
    say(
        f"  1. Cài {certificates.authority_file(house.settings)} vào “Trusted Root Certification "
        "Authorities” của các máy trong cơ quan, một lần.",
        markup=False,
    )
    if house.settings.console.host in ("127.0.0.1", "localhost", "::1"):
        say('  2. Trong doisoat.toml, mục [console]: host = "0.0.0.0"', markup=False)
    say(f"  3. Khởi động lại dịch vụ, mở {certificates.address(house.settings)}", markup=False)


def _refuse_taken(settings: Settings) -> None:
    """Told before anything is begun; the process itself would only end."""
    family = socket.AF_INET6 if ":" in settings.console.host else socket.AF_INET
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((settings.console.host, settings.console.port))
        except OSError as error:
            where = f"{settings.console.host}:{settings.console.port}"
            say(f"Không mở được {where}: {error.strerror}. Đổi [console] port.", markup=False)
            raise click.exceptions.Exit(COULD_NOT_RUN) from None
