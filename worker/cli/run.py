"""``run``: reading, reconciling and reporting, here and now or by the workers."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec

from worker import reports
from worker.cli import handing, scopes
from worker.cli.options import house_of, period_options
from worker.cli.output import (
    DONE,
    config_option,
    json_option,
    put_json,
    say,
)
from worker.cli.summary import run_bar, summarise
from worker.clock import pause
from worker.desk import runs
from worker.house import House
from worker.run import leases, story
from worker.run.notices import notices
from worker.run.requests import Outcome, Request
from worker.store import RunState, Store

#: How the folder of a trial's copy is called in data_dir; its process number follows.
TRIAL = ".trial-"


@click.command(options_metavar="[TÙY CHỌN]")
@config_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Nơi ghi báo cáo.")
@click.option("--dry-run", is_flag=True, help="Chạy thử: không ghi nhớ gì, không để lại báo cáo.")
@click.option(
    "--queue", "queued", is_flag=True, help="Ghi nhận lượt chạy, giao cho dịch vụ nền và theo dõi."
)
@click.option(
    "--no-wait", "no_wait", is_flag=True, help="Không chờ đọc nguồn qua mạng: xét theo cái đã biết."
)
@click.option("--fail-on-open", is_flag=True, help="Mã kết thúc 1 khi còn hồ sơ chưa khớp.")
@json_option
@period_options
def run(
    config_file: Path,
    out: Path | None,
    dry_run: bool,
    fail_on_open: bool,
    queued: bool,
    no_wait: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Đối soát ngay: đọc các nguồn, ghép, xét, viết báo cáo.

    \b
    Ví dụ:  doisoat run --period 2024-Q1
            doisoat run --from 01/01/2024 --to 31/03/2024 --unit "Xã Tân Minh"
            doisoat run --period 2024-Q1 --queue
    """
    house = house_of(config_file)
    _tell_notices(house)
    if queued:
        if dry_run:
            raise click.UsageError("--dry-run chạy thử ngay tại đây, không dùng cùng --queue.")
        scope = scopes.scope(house, **asked)
        wanted = Request(scope=scope, fail_on_open=fail_on_open, wait=not no_wait)
        handing.over(house, wanted, out, as_json=as_json)
    with trial(house) if dry_run else _real(house) as (working, folder):
        request = Request(
            scope=scopes.scope(working, **asked),
            out=folder or out,
            fail_on_open=fail_on_open,
            wait=not no_wait,
        )
        outcome = _ran(working, request, as_json=as_json)
        if as_json:
            put_json(msgspec.json.decode(reports.run_json(outcome.contents, dict(outcome.files))))
        else:
            summarise(outcome, trial=dry_run)
    raise click.exceptions.Exit(outcome.exit_code)


def _tell_notices(house: House) -> None:
    """What makes this run count otherwise than the last, before it begins."""
    for one in notices(house.settings, house.store, house.clock.today()):
        say(f"Lưu ý: {one.said}", markup=False)
        say(f"  {one.to_do}", markup=False)


def _ran(house: House, request: Request, *, as_json: bool) -> Outcome:
    """Run, once whoever works on another scope is done; the same scope is followed instead."""
    while True:
        try:
            with run_bar() as tell:
                return story.run(house, request, tell)
        except KeyboardInterrupt:
            if kept := runs.kept(house):
                say(kept, markup=False)
            raise
        except leases.Busy as busy:
            other = house.store.run(busy.run_id)
            if other is not None and other.scope == request.scope and request.out is None:
                _follow(house, busy.run_id, as_json=as_json)
                continue
            say(f"Đang có lượt đối soát {busy.run_id}, phạm vi khác; chờ xong sẽ chạy.")
        while house.store.lease_holder(leases.ALL) is not None:
            pause(0.5)


@contextmanager
def _real(house: House) -> Iterator[tuple[House, Path | None]]:
    yield house, None


def sweep_trials(data: Path) -> None:
    """Remove the copies of trials whose process was killed. Only the owner ever could read them."""
    data.mkdir(parents=True, exist_ok=True)
    for left in data.glob(f"{TRIAL}*"):
        number = left.name.removeprefix(TRIAL).partition("-")[0]
        if number.isdigit() and not _lives(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def trial(house: House) -> Iterator[tuple[House, Path | None]]:
    """The same house over a copy of its store; everything it writes is thrown away."""
    sweep_trials(house.settings.office.data_dir)
    with (
        tempfile.TemporaryDirectory(
            prefix=f"{TRIAL}{os.getpid()}-", dir=house.settings.office.data_dir
        ) as folder,
        closing(Store.open(f"sqlite:///{folder}/trial.db", sources=house.store.sources)) as copy,
    ):
        house.store.copy_to(copy)
        yield replace(house, store=copy), Path(folder) / "report"


def _follow(house: House, run_id: str, *, as_json: bool) -> None:
    """Wait for the run that works on the same and answer with its result; return if it failed."""
    say(f"Đang có lượt đối soát {run_id}; theo dõi lượt đó.", markup=False)
    found = handing.follow(house, run_id, patience=0.0, give_up=0.0)  # nobody takes it up
    if found is None or found.state is not RunState.DONE:
        say("Lượt đó dừng giữa chừng; chạy lại từ đầu.", markup=False)
        return
    if as_json:
        put_json(msgspec.json.decode(found.summary))
    else:
        say(f"Lượt {run_id} đã xong.", markup=False)
    raise click.exceptions.Exit(found.exit_code or DONE)
