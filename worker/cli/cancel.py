"""``cancel``: a run that was handed to the workers is taken back."""

from __future__ import annotations

import click

from worker.cli.options import actor, with_house
from worker.cli.output import say
from worker.desk import runs
from worker.desk.actor import Unseen, at_the_shell
from worker.desk.runs import RunState
from worker.house import House


@click.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.argument("run_id", metavar="LƯỢT")
def cancel(house: House, run_id: str) -> None:
    """Hủy một lượt đã giao cho dịch vụ nền (run --queue).

    Lượt đang chờ được hủy ngay; lượt đang chạy dừng ở bước kế tiếp, trước khi ghi nhớ kết quả.
    """
    try:
        state = runs.cancel(house, at_the_shell(actor()), run_id)
    except Unseen:
        said = f"Không có lượt “{run_id}” trong hàng đợi. Xem: doisoat status"
        raise click.UsageError(said) from None
    if state is RunState.CANCELLED:
        say(f"Đã hủy lượt {run_id}. {runs.kept(house)}".rstrip(), markup=False)
    elif state is RunState.RUNNING:
        say(f"Lượt {run_id} sẽ dừng ở bước kế tiếp.", markup=False)
    else:
        say(f"Lượt {run_id} đã kết thúc, không còn gì để hủy.", markup=False)
