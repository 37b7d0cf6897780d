"""``serve``: everything on one machine in one command."""

from __future__ import annotations

from pathlib import Path

import click

from worker import logs
from worker.cli.options import actor, house_of
from worker.cli.output import COULD_NOT_RUN, config_option, say
from worker.service import broker, queue, supervisor
from worker.store import RunState


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option(
    "--only",
    "parts",
    multiple=True,
    type=click.Choice(supervisor.PARTS),
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
    house.store.close()  # the service opens it in each of its processes
    logs.configure("INFO")
    try:
        supervisor.serve(
            house.settings,
            parts or supervisor.PARTS,
            told=lambda place: say(
                f"Dịch vụ đang chạy; tình trạng: {place}/health/ready", markup=False
            ),
        )
    except (
        supervisor.AlreadyServed,
        supervisor.NoDoor,
        broker.NotOurs,
        FileNotFoundError,
    ) as error:
        say(str(error), markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN) from None
    say("Dịch vụ đã dừng.", markup=False)


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.argument("run_id", metavar="LƯỢT")
def cancel(config_file: Path, run_id: str) -> None:
    """Hủy một lượt đã giao cho dịch vụ nền (run --queue).

    Lượt đang chờ được hủy ngay; lượt đang chạy dừng ở bước kế tiếp, trước khi ghi nhớ kết quả.
    """
    house = house_of(config_file)
    state = queue.cancel(house, run_id, by=actor())
    if state is RunState.CANCELLED:
        say(f"Đã hủy lượt {run_id}.", markup=False)
    elif state is RunState.RUNNING:
        say(f"Lượt {run_id} sẽ dừng ở bước kế tiếp.", markup=False)
    elif state is None:
        raise click.UsageError(f"Không có lượt “{run_id}” trong hàng đợi. Xem: doisoat status")
    else:
        say(f"Lượt {run_id} đã kết thúc, không còn gì để hủy.", markup=False)
