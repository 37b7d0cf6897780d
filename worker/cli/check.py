"""``check``: whether everything is well, and what to do if not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from worker.cli.output import COULD_NOT_RUN, DONE, answer, config_option, put_json, table
from worker.desk import checkup
from worker.desk.checkup import CheckLine


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--offline", is_flag=True, help="Không kết nối ra mạng, chỉ xem cấu hình và tệp.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON ra stdout.")
def check(config_file: Path, offline: bool, as_json: bool) -> None:
    """Kiểm tra cấu hình, các bảng, cơ sở dữ liệu và từng nguồn; nói rõ cần làm gì."""
    lines = checkup.examine(config_file, os.environ, offline=offline)
    if as_json:
        put_json([asdict(line) for line in lines])
    else:
        _show(lines)
    ok = all(line.well for line in lines)
    raise click.exceptions.Exit(DONE if ok else COULD_NOT_RUN)


def _show(found: Sequence[CheckLine]) -> None:
    lines = table("", "Mục", "Kết quả", "Cần làm")
    for one in found:
        mark = "[green]✓[/]" if one.well else "[bold red]✗[/]"
        lines.add_row(mark, one.what, one.said, one.to_do)
    answer(lines)
    bad = sum(not one.well for one in found)
    answer()
    answer("[green]Mọi thứ đã ổn.[/]" if not bad else f"[bold red]{bad} việc cần làm.[/]")
