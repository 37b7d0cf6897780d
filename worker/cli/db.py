"""``db``: migrations, integrity, copies and putting one back, retention."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import click

import config.settings
from config.settings import Settings
from worker.cli.options import actor, with_house
from worker.cli.output import (
    COULD_NOT_RUN,
    DAY,
    answer,
    config_option,
    day,
    json_option,
    misuse,
    number,
    put_json,
    say,
    table,
)
from worker.desk import database
from worker.desk.actor import at_the_shell
from worker.house import House

#: What a purge removes, in words.
REMOVED = {
    "run_contents": "Nội dung các lượt đối soát cũ (không viết lại báo cáo được nữa)",
    "queue": "Yêu cầu chạy đã xong",
    "discrepancies": "Hồ sơ lệch đã khép lâu, kèm lịch sử",
    "masked": "Lý do do người ghi, được che",
    "mails": "Thư đã xong",
    "intakes": "Bản giữ để hoàn tác lần nạp",
    "audit": "Nhật ký thao tác quá hạn lưu",
}


@click.group(subcommand_metavar="LỆNH …", options_metavar="")
def db() -> None:
    """Cơ sở dữ liệu: nâng cấp, kiểm tra, sao lưu, khôi phục, dọn theo thời hạn lưu."""


@db.command(options_metavar="[TÙY CHỌN]")
@config_option
def upgrade(config_file: Path) -> None:
    """Nâng cấp cơ sở dữ liệu lên bản mới; tự sao lưu trước."""
    done = database.upgrade(_settings(config_file), at_the_shell(actor()))
    if done.before == done.after:
        say("Cơ sở dữ liệu đã ở bản mới nhất, không phải làm gì.")
        return
    say(f"Đã nâng cấp: {done.before or 'chưa có'} → {done.after}.", markup=False)
    if done.backup is not None:
        say(f"Bản sao lưu trước khi nâng cấp: {done.backup}", markup=False)


@db.command(options_metavar="[TÙY CHỌN]")
@config_option
def verify(config_file: Path) -> None:
    """Kiểm tra toàn vẹn cơ sở dữ liệu và chuỗi nhật ký thao tác."""
    found = database.verify(_settings(config_file), at_the_shell(actor()))
    if not found.problems:
        say("[green]Cơ sở dữ liệu toàn vẹn.[/]")
        if found.acts:
            last = found.seal[:16]
            say(f"Nhật ký thao tác: {number(found.acts)} dòng, dấu cuối {last}", markup=False)
        if found.sealed_since is not None:
            on = day(found.sealed_since)
            say(
                f"Dữ liệu có trước ngày {on} được niêm phong lúc nâng cấp: "
                "đã bị sửa từ trước đó thì không phát hiện được.",
                markup=False,
            )
        return
    for problem in found.problems:
        say(f"  ✗ {problem}", markup=False)
    say("Dừng dùng cơ sở dữ liệu này; khôi phục từ bản sao lưu gần nhất:", markup=False)
    say("  doisoat db restore TỆP", markup=False)
    raise click.exceptions.Exit(COULD_NOT_RUN)


@db.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.argument("target", metavar="TỆP", type=click.Path(dir_okay=False, path_type=Path))
def backup(config_file: Path, target: Path) -> None:
    """Sao lưu ra TỆP trong khi chương trình vẫn chạy.

    Bản sao lưu luôn là một tệp SQLite, kể cả khi dữ liệu nằm trong PostgreSQL.
    """
    made = database.backup(_settings(config_file), at_the_shell(actor()), target)
    size = number(max(made // 1_000_000, 1))
    say(f"Đã sao lưu ra {target} ({size} MB), đã kiểm tra toàn vẹn.", markup=False)


@db.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.argument("source", metavar="TỆP", type=click.Path(dir_okay=False, path_type=Path))
def restore(config_file: Path, source: Path) -> None:
    """Khôi phục dữ liệu từ bản sao lưu TỆP; dừng dịch vụ trước.

    Bản sao lưu được kiểm tra trước khi dùng; dữ liệu đang có được giữ riêng, không bị xóa. Thư
    được giữ lại cho đến khi có người xác nhận: doisoat alerts unfreeze.
    """
    back = database.restore(_settings(config_file), at_the_shell(actor()), source)
    done = back.restored
    say(f"[green]Đã khôi phục[/] từ {source} (bản {done.revision}).")
    if back.newest_run:
        say(f"Lượt đối soát mới nhất trong đó: {back.newest_run}.", markup=False)
    if done.aside is not None:
        say(f"Dữ liệu trước khi khôi phục được giữ ở: {done.aside}", markup=False)
    if done.mails is None:
        say("Không rõ những thư nào đã gửi từ khi sao lưu đến nay.", markup=False)
    elif done.mails:
        say(
            f"{number(done.mails)} thư soạn sau bản sao lưu vẫn có trong danh sách, không gửi lại.",
            markup=False,
        )
    say("Thư đang được giữ lại. Việc tiếp theo:", markup=False)
    say("  1. doisoat status, doisoat db verify: xem dữ liệu đã đúng chưa.", markup=False)
    say("  2. doisoat run, doisoat alerts list: thư nào có thể đã gửi rồi.", markup=False)
    say("  3. doisoat alerts unfreeze: cho gửi thư trở lại.", markup=False)


@db.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--lost", is_flag=True, help="Xác nhận: cơ sở dữ liệu cũ đã mất, không còn bản sao.")
def new(config_file: Path, lost: bool) -> None:
    """Lập cơ sở dữ liệu trống thay cái đã mất, khi không còn bản sao lưu nào để khôi phục.

    Lịch sử, kỳ đã chốt, câu trả lời đều mất; thư được giữ lại vì không rõ đã gửi những gì.
    """
    with misuse():
        database.make_anew(_settings(config_file), at_the_shell(actor()), lost=lost)
    say("Đã lập cơ sở dữ liệu trống. Việc tiếp theo:", markup=False)
    say("  1. doisoat run: đọc lại các nguồn từ đầu.", markup=False)
    say("  2. doisoat alerts unfreeze: cho gửi thư, sau khi đã xem.", markup=False)


@db.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.option("--until", type=DAY, help="Ngày chốt mới nhất còn đúng.")
@click.option("--reason", default="", metavar="LÝ-DO", help="Vì sao đặt lại.")
def judged(house: House, until: date | None, reason: str) -> None:
    """Ngày chốt mới nhất đã xét; đặt lại khi đồng hồ máy từng chạy sai.

    \b
    Ví dụ:  doisoat db judged --until 31/03/2024 --reason "đồng hồ máy chạy trước 40 ngày"
    """
    who = at_the_shell(actor())
    if until is None:
        say(
            f"Ngày chốt mới nhất đã xét: {day(database.last_judged(house, who))}.",
            markup=False,
        )
        return
    with misuse():
        count = database.judge_until(house, who, until, reason=reason)
    left = day(database.last_judged(house, who))
    say(f"Đã bỏ ngày chốt của {number(count)} lượt sau ngày {day(until)}; nay là {left}.")
    say("Chạy lại để xét theo ngày đúng: doisoat run", markup=False)


@db.command(options_metavar="[TÙY CHỌN]")
@with_house
@click.option("--dry-run", is_flag=True, help="Chỉ đếm sẽ xóa gì, không xóa.")
@json_option
def purge(house: House, dry_run: bool, as_json: bool) -> None:
    """Xóa những gì đã quá thời hạn lưu ở [retention]; dịch vụ tự làm mỗi đêm."""
    cleared = database.purge(house, at_the_shell(actor()), trial=dry_run)
    if as_json:
        put_json({"dry_run": dry_run, "rows": dict(cleared.rows.counts), "files": cleared.files})
        return
    lines = table("Loại", "Sẽ xóa" if dry_run else "Đã xóa", right=(1,))
    for name, count in cleared.rows.counts.items():
        lines.add_row(REMOVED[name], number(count))
    lines.add_row("Tệp và thư mục (báo cáo, thư, bản sao cũ)", number(len(cleared.files)))
    answer(lines)
    for path in cleared.files:
        say(f"  - {path}", markup=False)
    if dry_run:
        say("Chưa xóa gì. Xóa thật: doisoat db purge", markup=False)


def _settings(config_file: Path) -> Settings:
    """The configuration alone: the database may be what is wrong."""
    return config.settings.load(config_file, os.environ)
