"""``serve``: everything on one machine in one command."""

from __future__ import annotations

import os
from pathlib import Path

import click

from worker import logs, serving
from worker.cli.speech import COULD_NOT_RUN, config_option, say
from worker.house import open_house


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option(
    "--only",
    "parts",
    multiple=True,
    type=click.Choice(serving.PARTS),
    help="Chỉ chạy phần này trên máy này (lặp lại được); bỏ trống: mọi phần.",
)
def serve(config_file: Path, parts: tuple[str, ...]) -> None:
    """Chạy dịch vụ nền: làm việc theo lịch và theo yêu cầu, cho đến khi được bảo dừng.

    \b
    Không cần cài gì thêm: chưa khai [broker] thì tự chạy một hàng đợi nhỏ trên máy này.
    Tình trạng: http://127.0.0.1:8069/health/ready  ·  doisoat status
    """
    house = open_house(config_file, os.environ)  # the configuration is sound, the database is made
    house.store.close()
    logs.configure("INFO")
    try:
        serving.serve(
            house.settings,
            parts or serving.PARTS,
            told=lambda place: say(
                f"Dịch vụ đang chạy; tình trạng: {place}/health/ready", markup=False
            ),
        )
    except (serving.AlreadyServed, FileNotFoundError) as error:
        say(str(error), markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN) from None
    except OSError as error:
        place = f"{house.settings.service.health_host}:{house.settings.service.health_port}"
        say(f"Không mở được {place}: {error.strerror}. Đổi [service] health_port.", markup=False)
        raise click.exceptions.Exit(COULD_NOT_RUN) from None
    say("Dịch vụ đã dừng.", markup=False)
