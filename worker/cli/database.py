"""``db``: migrations, integrity, backup."""

from __future__ import annotations

import os
from pathlib import Path

import click

import config.settings
from worker import store
from worker.cli.speech import COULD_NOT_RUN, config_option, say


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def db() -> None:
    """Cơ sở dữ liệu: nâng cấp, kiểm tra, sao lưu."""


@db.command(options_metavar="[TÙY CHỌN]")
@config_option
def upgrade(config_file: Path) -> None:
    """Nâng cấp cơ sở dữ liệu lên bản mới; tự sao lưu trước."""
    settings = config.settings.load(config_file, os.environ)
    done = store.upgrade(settings.database.connect_url)
    if done.before == done.after:
        say("Cơ sở dữ liệu đã ở bản mới nhất, không phải làm gì.")
        return
    say(f"Đã nâng cấp: {done.before or 'chưa có'} → {done.after}.", markup=False)
    if done.backup is not None:
        say(f"Bản sao lưu trước khi nâng cấp: {done.backup}", markup=False)


@db.command(options_metavar="[TÙY CHỌN]")
@config_option
def verify(config_file: Path) -> None:
    """Kiểm tra toàn vẹn cơ sở dữ liệu."""
    settings = config.settings.load(config_file, os.environ)
    problems = store.Store.open(settings.database.connect_url).verify()
    if not problems:
        say("[green]Cơ sở dữ liệu toàn vẹn.[/]")
        return
    for problem in problems:
        say(f"  ✗ {problem}", markup=False)
    say("Dừng dùng cơ sở dữ liệu này; khôi phục từ bản sao lưu gần nhất.", markup=False)
    raise click.exceptions.Exit(COULD_NOT_RUN)


@db.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.argument("target", metavar="TỆP", type=click.Path(dir_okay=False, path_type=Path))
def backup(config_file: Path, target: Path) -> None:
    """Sao lưu ra TỆP trong khi chương trình vẫn chạy (chỉ với SQLite)."""
    settings = config.settings.load(config_file, os.environ)
    store.Store.open(settings.database.connect_url).backup(target)
    say(f"Đã sao lưu ra {target}.", markup=False)
