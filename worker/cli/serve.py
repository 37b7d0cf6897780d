"""``serve``: everything on one machine in one command."""

from __future__ import annotations

from pathlib import Path

import click

from worker import logs
from worker.cli.options import actor, house_of
from worker.cli.output import config_option, refusals, say
from worker.desk import service
from worker.desk.actor import at_the_shell


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option(
    "--only",
    "parts",
    multiple=True,
    type=click.Choice(service.PARTS),
    help="Chỉ chạy phần này trên máy này (lặp lại được); bỏ trống: mọi phần.",
)
def serve(config_file: Path, parts: tuple[str, ...]) -> None:
    """Chạy dịch vụ nền: làm việc theo lịch và theo yêu cầu, cho đến khi được bảo dừng.

    \b
    Không cần cài gì thêm: chưa khai [broker] thì tự chạy một hàng đợi nhỏ trên máy này.
    Trang điều hành: http://localhost:8068  ·  tài khoản: doisoat user add
    Tình trạng: http://127.0.0.1:8069/health/ready  ·  doisoat status
    """
    house = house_of(config_file)  # the configuration is sound, the database is made
    house.close()  # the service opens it in each of its processes
    logs.configure("INFO")
    with refusals():
        service.serve(
            house.settings,
            at_the_shell(actor()),
            parts,
            lambda place: say(f"Dịch vụ đang chạy; tình trạng: {place}/health/ready", markup=False),
        )
    say("Dịch vụ đã dừng.", markup=False)
