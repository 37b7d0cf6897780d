"""``db``: migrations, integrity, copies and putting one back, retention."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import date
from pathlib import Path

import click

import config.settings
from config.settings import Settings
from worker import store
from worker.cli.options import actor, house_of, with_house
from worker.cli.output import (
    COULD_NOT_RUN,
    DAY,
    answer,
    config_option,
    day,
    json_option,
    number,
    put_json,
    say,
    table,
)
from worker.clock import Clock
from worker.house import House, is_lost, new_store, open_store, refuse_lost
from worker.run import leases
from worker.service import chores, supervisor
from worker.service.schedule import BEAT
from worker.store import StoreError

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
    settings = config.settings.load(config_file, os.environ)
    refuse_lost(settings)
    done = store.upgrade(settings.database.connect_url, folder=chores.backups_folder(settings))
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
    settings = config.settings.load(config_file, os.environ)
    with closing(open_store(settings)) as opened:
        problems = opened.upkeep.verify()
        seq, seal = opened.audit.head()
        since = opened.upkeep.sealed_since()
    if not problems:
        say("[green]Cơ sở dữ liệu toàn vẹn.[/]")
        if seq:
            say(f"Nhật ký thao tác: {number(seq)} dòng, dấu cuối {seal[:16]}", markup=False)
        if since is not None:
            on = day(since.astimezone(Clock(settings.office.timezone).zone))
            say(
                f"Dữ liệu có trước ngày {on} được niêm phong lúc nâng cấp: "
                "đã bị sửa từ trước đó thì không phát hiện được.",
                markup=False,
            )
        return
    for problem in problems:
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
    settings = config.settings.load(config_file, os.environ)
    with closing(open_store(settings)) as opened:
        opened.upkeep.backup(target)
    size = number(max(target.stat().st_size // 1_000_000, 1))
    say(f"Đã sao lưu ra {target} ({size} MB), đã kiểm tra toàn vẹn.", markup=False)


@db.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.argument("source", metavar="TỆP", type=click.Path(dir_okay=False, path_type=Path))
def restore(config_file: Path, source: Path) -> None:
    """Khôi phục dữ liệu từ bản sao lưu TỆP; dừng dịch vụ trước.

    Bản sao lưu được kiểm tra trước khi dùng; dữ liệu đang có được giữ riêng, không bị xóa. Thư
    được giữ lại cho đến khi có người xác nhận: doisoat alerts unfreeze.
    """
    settings = config.settings.load(config_file, os.environ)
    clock = Clock(settings.office.timezone)
    try:
        with supervisor.alone(settings):
            _refuse_while_served(settings)
            done = store.restore(
                settings.database.connect_url,
                source,
                chores.backups_folder(settings),
                by=actor(),
                at=clock.now(),
                zone=clock.zone,
            )
    except supervisor.AlreadyServed:
        raise StoreError(
            "Dịch vụ đang chạy: dừng trước (systemctl stop doisoat) rồi khôi phục lại"
        ) from None
    with closing(open_store(settings)) as opened:
        last = next(iter(opened.runs.newest(1)), None)
    say(f"[green]Đã khôi phục[/] từ {source} (bản {done.revision}).")
    if last is not None:
        say(f"Lượt đối soát mới nhất trong đó: {last.id}.", markup=False)
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
    settings = config.settings.load(config_file, os.environ)
    clock = Clock(settings.office.timezone)
    if not is_lost(settings):
        raise click.UsageError("Cơ sở dữ liệu còn đó, hoặc chưa từng có: không cần lập lại.")
    if not lost:
        refuse_lost(settings)
    with supervisor.alone(settings), closing(new_store(settings)) as opened:
        reason = "Cơ sở dữ liệu cũ đã mất, lập mới; không rõ những thư nào đã gửi"
        opened.outbox.freeze(reason, by=actor(), at=clock.now(), unsure=True)
        opened.audit.append(
            actor=actor(), act="db.made_anew", object="-", reason=reason, at=clock.now()
        )
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
    newest = house.store.decisions.last_judged()
    if until is None:
        say(f"Ngày chốt mới nhất đã xét: {day(newest)}.", markup=False)
        return
    if not reason.strip():
        raise click.UsageError("--reason: phải ghi vì sao đặt lại.")
    if until > house.clock.today():
        raise click.UsageError("--until ở tương lai: không ai biết trước.")
    if newest is None or newest <= until:
        raise click.UsageError(f"Ngày chốt mới nhất là {day(newest)}: không có gì phải đặt lại.")
    with leases.held(house.store, "", house.clock):
        count = house.store.decisions.put_right_judged(
            until, by=actor(), reason=reason.strip(), at=house.clock.now()
        )
    left = day(house.store.decisions.last_judged())
    say(f"Đã bỏ ngày chốt của {number(count)} lượt sau ngày {day(until)}; nay là {left}.")
    say("Chạy lại để xét theo ngày đúng: doisoat run", markup=False)


def _refuse_while_served(settings: Settings) -> None:
    """Workers on other machines are known by their sign of life only."""
    try:
        opened = store.Store.open(settings.database.connect_url, upgrade_if_missing=False)
    except StoreError:
        return  # damaged, too old, not there: what a restore is for
    try:
        last = None if opened.schedule.is_stopped(BEAT) else opened.schedule.last_beat(BEAT)
        holder = opened.leases.holder("all")
    except StoreError:
        return
    finally:
        opened.close()
    most = 2 * settings.service.sweep.total_seconds()
    if holder is not None:
        raise StoreError(f"Đang có lượt đối soát {holder.run_id}: chờ xong rồi khôi phục lại")
    if last is not None and last.age < most:
        raise StoreError(
            f"Dịch vụ ở máy {last.host} còn chạy (nhịp cuối cách đây {last.age:.0f} giây): "
            f"dừng lại, chờ {most:.0f} giây rồi khôi phục lại"
        )


@db.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--dry-run", is_flag=True, help="Chỉ đếm sẽ xóa gì, không xóa.")
@json_option
def purge(config_file: Path, dry_run: bool, as_json: bool) -> None:
    """Xóa những gì đã quá thời hạn lưu ở [retention]; dịch vụ tự làm mỗi đêm."""
    house = house_of(config_file)
    cleared = chores.purge(house, trial=dry_run)
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
